// Domains as bytes: saved while others write, opened again from memory and as files.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/c/abi.h"
#include "tests/support/scratch.h"

namespace {

using Catch::Matchers::ContainsSubstring;
using yin::tests::bytes_of;
using yin::tests::Domain;
using yin::tests::error;
using yin::tests::ok;
using yin::tests::Pin;
using yin::tests::Scratch;
using yin::tests::with_mode;
using yin::tests::write_bytes;

constexpr std::uint64_t kCapacity = std::uint64_t{64} << 20;

int append(void* to, const void* bytes, std::size_t size) {
  const auto* from = static_cast<const char*>(bytes);
  static_cast<std::vector<char>*>(to)->assign(from, from + size);
  return 0;
}

std::vector<char> save(const Domain& domain) {
  std::vector<char> bytes;
  ok(yin_save(domain.c, append, &bytes, &error));
  return bytes;
}

yin_status open_status(const std::vector<char>& bytes) {
  yin_domain* domain = nullptr;
  error = {};
  const yin_status status = yin_open_bytes(bytes.data(), bytes.size(), nullptr, &domain, &error);
  yin_domain_release(domain);
  return status;
}

// Another domain of the same bytes.
yin_domain* copy_of(const std::vector<char>& bytes) {
  yin_domain* made = nullptr;
  ok(yin_open_bytes(bytes.data(), bytes.size(), nullptr, &made, &error));
  return made;
}

}  // namespace

TEST_CASE("what a file holds is in the domain of its bytes, and the file stays as it is") {
  const Scratch scratch;
  const std::string file = scratch.file("bytes.yin");
  {
    yin_open_options options = with_mode(YIN_CREATE, kCapacity);
    options.durability = YIN_DURABILITY_COMMIT;
    const Domain domain(file, options);
    const Pin pin(domain);
    (void)pin.atom("a", pin.read("{:text \"longer than a word\", :items [1 2.5 #{x}]}"));
  }
  const auto bytes = bytes_of(file);
  {
    const Domain copy(copy_of(bytes));
    const Pin pin(copy);
    const yin_word atom = pin.atom("a");
    CHECK(pin.edn(yin_get(pin.c, pin.deref(atom), pin.keyword("text"))) ==
          "\"longer than a word\"");
    ok(yin_reset(pin.c, atom, pin.read("[:changed]"), nullptr, &error));
  }
  CHECK(bytes_of(file) == bytes);
}

TEST_CASE("what was saved opens as a file, at the state that was saved") {
  const Scratch scratch;
  const std::string file = scratch.file("saved.yin");
  const std::string back = scratch.file("back.yin");
  {
    // With checkpoints, which must not take it back to what it was before.
    yin_open_options options = with_mode(YIN_CREATE, kCapacity);
    options.durability = YIN_DURABILITY_COMMIT;
    const Domain domain(file, options);
    {
      const Pin pin(domain);
      (void)pin.atom("a", pin.read("[:old]"));
    }
    ok(yin_flush(domain.c, 10'000, &error));
  }
  const Domain copy(copy_of(bytes_of(file)));
  {
    const Pin pin(copy);
    ok(yin_reset(pin.c, pin.atom("a"), pin.read("[:new]"), nullptr, &error));
  }
  write_bytes(back, save(copy));
  const Domain opened(back, with_mode(YIN_JOIN));
  ok(yin_verify(opened.c, &error));
  const Pin pin(opened);
  CHECK(pin.edn(pin.deref(pin.atom("a"))) == "[:new]");
}

TEST_CASE("saved while others write and collect, it is whole, and of one moment") {
  const Domain domain("", with_mode(YIN_CREATE, kCapacity));
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("a", pin.read("[0 0]"));
  }
  const auto both = [](void*, yin_pin* under, yin_word now, yin_word* next, yin_error*) {
    std::int64_t n = 0;
    (void)yin_to_int(under, yin_nth(under, now, 0), &n, nullptr);
    const yin_word words[] = {yin_int(under, n + 1), yin_int(under, n + 1)};
    return yin_collection(under, YIN_VECTOR, words, 2, next, nullptr);
  };
  std::atomic<bool> stop = false;
  std::mutex mutex;
  std::string failure;
  std::vector<std::thread> writers;
  for (int i = 0; i < 2; ++i) {
    writers.emplace_back([&] {
      while (!stop) {
        yin_error why{};
        yin_pin* pin = nullptr;
        yin_word after = 0;
        const bool done = yin_pin_begin(domain.c, &pin, &why) == YIN_OK &&
                          yin_swap(pin, atom, both, nullptr, nullptr, &after, &why) == YIN_OK;
        yin_pin_end(pin);
        if (done) continue;
        // On one core the keeper may not get to it.
        if (why.status == YIN_RESOURCE_EXHAUSTED && yin_keep(domain.c, nullptr, &why) == YIN_OK) {
          continue;
        }
        const std::scoped_lock lock(mutex);
        failure = why.message;
        return;
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    const Domain copy(copy_of(save(domain)));
    ok(yin_verify(copy.c, &error));
    const Pin pin(copy);
    const yin_word value = pin.deref(pin.atom("a"));
    CHECK(yin_nth(pin.c, value, 0) == yin_nth(pin.c, value, 1));
  }
  stop = true;
  for (auto& writer : writers) writer.join();
  CHECK(failure == "");
}

TEST_CASE("bytes that are no whole domain are told so") {
  CHECK(open_status({}) == YIN_DATA_LOSS);
  CHECK(open_status(std::vector<char>(5000, 'x')) == YIN_DATA_LOSS);
  CHECK_THAT(error.message, ContainsSubstring("not a Yin domain"));
  const Domain domain("", with_mode(YIN_CREATE, kCapacity));
  auto bytes = save(domain);
  bytes.resize(bytes.size() - 65536);
  CHECK(open_status(bytes) == YIN_DATA_LOSS);
  CHECK_THAT(error.message, ContainsSubstring("truncated"));
  bytes.resize(4096);
  CHECK(open_status(bytes) == YIN_DATA_LOSS);
}

TEST_CASE("a file is not saved but backed up, and a save can be given up") {
  const Scratch scratch;
  const std::string file = scratch.file("file.yin");
  const Domain in_file(file, with_mode(YIN_CREATE, kCapacity));
  std::vector<char> bytes;
  CHECK(yin_save(in_file.c, append, &bytes, &error) == YIN_INVALID_ARGUMENT);
  CHECK_THAT(error.message, ContainsSubstring("yin backup"));
  const Domain domain("", with_mode(YIN_CREATE, kCapacity));
  const auto give_up = [](void*, const void*, std::size_t) { return 1; };
  CHECK(yin_save(domain.c, give_up, nullptr, &error) == YIN_ABORTED);
  CHECK(save(domain).size() % 65536 == 0);
  yin_close(domain.c);
  CHECK(yin_save(domain.c, append, &bytes, &error) == YIN_CLOSED);
}
