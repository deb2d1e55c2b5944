// Opening, closing, versions, errors, durability of the C interface.

#include <atomic>
#include <cstring>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/c/abi.h"
#include "tests/support/child.h"
#include "tests/support/scratch.h"

namespace {

using Catch::Matchers::ContainsSubstring;
using yin::tests::bytes_of;
using yin::tests::Child;
using yin::tests::Domain;
using yin::tests::error;
using yin::tests::increment_under_pin;
using yin::tests::ok;
using yin::tests::Pin;
using yin::tests::Scratch;
using yin::tests::under_pin;
using yin::tests::with_mode;

yin_status open_status(const std::string& path, const yin_open_options& options) {
  yin_domain* domain = nullptr;
  error = {};
  const yin_status status = yin_open(path.c_str(), &options, &domain, &error);
  if (status == YIN_OK) {
    yin_domain_release(domain);
  } else {
    CHECK(domain == nullptr);
    CHECK(error.status == status);
    CHECK(std::strlen(error.message) > 10);
  }
  return status;
}

}  // namespace

TEST_CASE("the library tells its versions") {
  CHECK(yin_abi_version() == YIN_ABI_VERSION);
  CHECK(std::strlen(yin_version()) >= 5);
  CHECK(yin_format_version() > 0);
}

TEST_CASE("every status and kind has a name of its own") {
  std::set<std::string> names;
  for (int i = YIN_OK; i <= YIN_END; ++i) {
    const std::string name = yin_status_name(static_cast<yin_status>(i));
    CHECK(name.starts_with("YIN_"));
    CHECK(names.insert(name).second);
  }
  CHECK(std::string(yin_status_name(YIN_NOT_FOUND)) == "YIN_NOT_FOUND");
  CHECK(yin_status_name(static_cast<yin_status>(31)) != nullptr);
  for (int i = YIN_ABSENT; i <= YIN_OTHER; ++i)
    CHECK(names.insert(yin_kind_name(static_cast<yin_kind>(i))).second);
  CHECK(std::string(yin_kind_name(YIN_SORTED_MAP)) == "sorted map");
  CHECK(yin_kind_name(static_cast<yin_kind>(63)) != nullptr);
}

TEST_CASE("a domain is created, joined or refused as its mode says") {
  Scratch scratch;
  const std::string path = scratch.file("a.yin");
  CHECK(open_status(path, with_mode(YIN_JOIN)) == YIN_NOT_FOUND);
  CHECK(open_status(path, with_mode(YIN_READ_ONLY)) == YIN_NOT_FOUND);
  CHECK(open_status(path, with_mode(YIN_CREATE)) == YIN_OK);
  CHECK(open_status(path, with_mode(YIN_CREATE)) == YIN_ALREADY_EXISTS);
  CHECK(open_status(path, with_mode(YIN_JOIN)) == YIN_OK);
  CHECK(open_status(path, with_mode(YIN_CREATE_OR_JOIN)) == YIN_OK);
  CHECK(open_status(path, with_mode(YIN_READ_ONLY)) == YIN_OK);
  CHECK(open_status(scratch.file("no/such/place"), with_mode(YIN_CREATE_OR_JOIN)) != YIN_OK);
  ok(yin_remove(path.c_str(), &error));
  CHECK(open_status(path, with_mode(YIN_JOIN)) == YIN_NOT_FOUND);
  CHECK(yin_remove(path.c_str(), &error) == YIN_NOT_FOUND);
}

TEST_CASE("options of a caller that knows less, or more, are understood or refused") {
  yin_open_options options = YIN_OPEN_OPTIONS;
  options.size += 64;  // of a struct that has more
  CHECK(open_status("", options) == YIN_OK);
  options.size = 0;  // {0}
  CHECK(open_status("", options) == YIN_INVALID_ARGUMENT);
  yin_open_options durability = YIN_OPEN_OPTIONS;
  durability.durability = -77;
  CHECK(open_status("", durability) == YIN_INVALID_ARGUMENT);
}

TEST_CASE("what is no domain is refused and left as it is") {
  Scratch scratch;
  const std::string path = scratch.file("text");
  std::ofstream(path) << "This is no domain." << std::string(100'000, 'x');
  const auto before = bytes_of(path);
  for (const auto mode : {YIN_CREATE_OR_JOIN, YIN_JOIN, YIN_READ_ONLY})
    CHECK(open_status(path, with_mode(mode)) == YIN_DATA_LOSS);
  CHECK(yin_remove(path.c_str(), &error) == YIN_DATA_LOSS);
  CHECK(bytes_of(path) == before);
}

TEST_CASE("a domain of a newer format is refused with its number") {
  Scratch scratch;
  const std::string path = scratch.file("a.yin");
  { const Domain domain(path, with_mode(YIN_CREATE, 1)); }
  // The number stands behind the eight bytes that say what the file is.
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto newer = yin_format_version() + 1;
  file.seekp(8);
  file.write(reinterpret_cast<const char*>(&newer), sizeof newer);
  file.close();
  const yin_status status = open_status(path, with_mode(YIN_JOIN));
  INFO(error.message);
  CHECK((status == YIN_UNIMPLEMENTED || status == YIN_DATA_LOSS));
}

TEST_CASE(
    "an error is not touched by what succeeds, may be null, and is cut off where it is full") {
  error = {YIN_INTERNAL, "mine"};
  yin_domain* domain = nullptr;
  ok(yin_open("", nullptr, &domain, &error));
  CHECK(std::string(error.message) == "mine");
  yin_domain_release(domain);
  const std::string path = "/no/such/" + std::string(2000, 'x');
  CHECK(yin_open(path.c_str(), nullptr, &domain, nullptr) != YIN_OK);
  CHECK(yin_open(path.c_str(), nullptr, &domain, &error) != YIN_OK);
  CHECK(std::strlen(error.message) == sizeof error.message - 1);
}

TEST_CASE("a closed domain says so, whatever is asked of it, and closing twice is closing once") {
  yin_domain* domain = nullptr;
  ok(yin_open("", nullptr, &domain, &error));
  CHECK(std::string(yin_domain_path(domain)).empty());
  CHECK(yin_domain_is_read_only(domain) == 0);
  CHECK(yin_is_closed(domain) == 0);
  yin_pin* pin = nullptr;
  ok(yin_pin_begin(domain, &pin, &error));
  CHECK(yin_pin_domain(pin) == domain);
  yin_handle* handle = nullptr;
  yin_word value = 0;
  ok(yin_read(pin, "[1 2]", 5, &value, &error));
  ok(yin_handle_make(pin, value, &handle, &error));
  yin_iterator* iterator = nullptr;
  ok(yin_iterate(pin, value, nullptr, &iterator, &error));
  yin_word atom = 0;
  ok(yin_atom(pin, "a", 1, value, &atom, &error));
  yin_watch* watch = nullptr;
  ok(yin_watch_start(pin, atom, YIN_LATEST, &watch, &error));
  yin_watch* called = nullptr;
  ok(yin_watch_call(
      pin, atom, YIN_LATEST, [](void*, yin_pin*, yin_word, yin_word) {}, nullptr, &called, &error));
  yin_pin_end(pin);
  yin_snapshot* snapshot = nullptr;
  ok(yin_snapshot_take(domain, &snapshot, &error));

  yin_close(domain);
  yin_close(domain);
  CHECK(yin_is_closed(domain) == 1);
  CHECK(yin_pin_begin(domain, &pin, &error) == YIN_CLOSED);
  CHECK_THAT(error.message, ContainsSubstring("closed"));
  yin_stat stat;
  CHECK(yin_domain_stat(domain, &stat, &error) == YIN_CLOSED);
  CHECK(yin_flush(domain, 1, &error) == YIN_CLOSED);
  int busy = 0;
  CHECK(yin_keep(domain, &busy, &error) == YIN_CLOSED);
  CHECK(yin_verify(domain, &error) == YIN_CLOSED);
  yin_snapshot* late = nullptr;
  CHECK(yin_snapshot_take(domain, &late, &error) == YIN_CLOSED);
  yin_word agent = 0;
  CHECK(yin_spawn(domain, "1", 1, "f", nullptr, &agent, &error) == YIN_CLOSED);
  yin_server* server = nullptr;
  CHECK(yin_serve(domain, 1, &server, &error) == YIN_CLOSED);
  yin_watch* const watches[] = {watch};
  CHECK(yin_watch_wait(watches, 1, 1000, &error) == YIN_CLOSED);
  yin_watch_wake(domain);
  yin_back_off(domain, atom, 3);
  CHECK(yin_handle_domain(handle) == domain);
  yin_handle_release(handle);
  yin_iterator_release(iterator);
  yin_watch_stop(called);
  yin_watch_release(watch);
  yin_snapshot_release(snapshot);
  yin_domain_release(domain);
}

TEST_CASE("closing waits for the pins that are open") {
  Domain domain;
  std::atomic<bool> closed{false};
  yin_pin* pin = nullptr;
  ok(yin_pin_begin(domain.c, &pin, &error));
  std::thread closer([&] {
    yin_close(domain.c);
    closed = true;
  });
  yin_pin* other = nullptr;
  while (yin_pin_begin(domain.c, &other, nullptr) == YIN_OK) yin_pin_end(other);
  yin_word value = 0;
  ok(yin_read(pin, "[1 2 3]", 7, &value, &error));  // it is still good
  std::uint64_t count = 0;
  ok(yin_count(pin, value, &count, &error));
  CHECK(count == 3);
  CHECK(!closed);
  yin_pin_end(pin);
  closer.join();
  CHECK(closed);
}

TEST_CASE("a domain is counted, flushed, kept and verified") {
  Scratch scratch;
  const std::string path = scratch.file("a.yin");
  yin_open_options options = with_mode(YIN_CREATE, std::uint64_t{1} << 28);
  options.durability = YIN_DURABILITY_COMMIT;
  options.no_keeper = 1;
  const Domain domain(path, options);
  {
    const Pin pin(domain);
    (void)pin.atom("a", pin.read("{:a [1 2 3]}"));
  }
  ok(yin_flush(domain.c, 60'000, &error));
  int busy = 7;
  ok(yin_keep(domain.c, &busy, &error));
  CHECK((busy == 0 || busy == 1));
  ok(yin_verify(domain.c, &error));
  yin_stat stat;
  ok(yin_domain_stat(domain.c, &stat, &error));
  CHECK(stat.capacity_bytes >= std::uint64_t{1} << 28);
  CHECK(stat.committed_bytes > 0);
  CHECK(stat.committed_bytes <= stat.capacity_bytes);
  CHECK(stat.slots >= 1);
  CHECK(stat.workers >= 1);
  CHECK(std::string(yin_domain_path(domain.c)) == path);
}

TEST_CASE("garbage is collected, by the keeper or by who calls yin_keep()") {
  for (const std::uint32_t no_keeper : {0U, 1U}) {
    yin_open_options options = with_mode(YIN_CREATE_OR_JOIN, std::uint64_t{256} << 20);
    options.no_keeper = no_keeper;
    const Domain domain("", options);
    yin_word atom = 0;
    {
      const Pin pin(domain);
      atom = pin.atom("a");
    }
    const std::string text(1'000'000, 'x');
    for (int i = 0; i < 1500; ++i) {  // six times what it can hold
      {
        const Pin pin(domain);
        const yin_word value = pin.string(text + std::to_string(i));
        ok(yin_reset(pin.c, atom, value, nullptr, &error));
      }
      int busy = 0;
      if (no_keeper != 0 && i % 20 == 0) ok(yin_keep(domain.c, &busy, &error));
    }
    yin_stat stat;
    ok(yin_domain_stat(domain.c, &stat, &error));
    CHECK(stat.collections > 0);
    ok(yin_verify(domain.c, &error));
  }
}

TEST_CASE("the smallest domain is collected before it is full of garbage") {
  yin_open_options options = with_mode(YIN_CREATE_OR_JOIN, 1);
  options.no_keeper = 1;
  const Domain domain("", options);
  const std::string text(500'000, 'x');
  for (int i = 0; i < 200; ++i) {
    {
      const Pin pin(domain);
      ok(yin_reset(pin.c, pin.atom("a"), pin.string(text + std::to_string(i)), nullptr, &error));
    }
    int busy = 1;
    while (busy != 0) ok(yin_keep(domain.c, &busy, &error));
  }
  yin_stat stat;
  ok(yin_domain_stat(domain.c, &stat, &error));
  CHECK(stat.collections > 5);
}

TEST_CASE("a read-only domain is read, and refuses what would write; not a byte changes") {
  Scratch scratch;
  const std::string path = scratch.file("a.yin");
  {
    const Domain domain(path, with_mode(YIN_CREATE, 1));
    const Pin pin(domain);
    (void)pin.atom("a", pin.read("[1 {:long \"enough to stand elsewhere\"}]"));
  }
  const auto before = bytes_of(path);
  {
    const Domain domain(path, with_mode(YIN_READ_ONLY));
    CHECK(yin_domain_is_read_only(domain.c) == 1);
    const Pin pin(domain);
    yin_word atom = 0;
    ok(yin_find_name(pin.c, "a", 1, &atom, &error));
    CHECK(pin.edn(pin.deref(atom)) == "[1 {:long \"enough to stand elsewhere\"}]");
    CHECK(yin_reset(pin.c, atom, yin_int(pin.c, 1), nullptr, &error) == YIN_PERMISSION_DENIED);
    yin_word b = 0;
    CHECK(yin_atom(pin.c, "b", 1, YIN_WORD_NIL, &b, &error) == YIN_PERMISSION_DENIED);
    CHECK(yin_new_atom(pin.c, YIN_WORD_NIL, &b, &error) == YIN_PERMISSION_DENIED);
    CHECK(yin_delete_name(pin.c, "a", 1, &error) == YIN_PERMISSION_DENIED);
    CHECK(yin_rename(pin.c, "a", 1, "b", 1, &error) == YIN_PERMISSION_DENIED);
    const yin_change change = {atom, pin.deref(atom), YIN_WORD_NIL};
    CHECK(yin_commit(pin.c, &change, 1, &error) == YIN_PERMISSION_DENIED);
  }
  {
    // A view of a value needs a handle, a look at a collection an iterator.
    const Domain domain(path, with_mode(YIN_READ_ONLY));
    const Pin pin(domain);
    yin_word atom = 0;
    ok(yin_find_name(pin.c, "a", 1, &atom, &error));
    yin_handle* handle = nullptr;
    const yin_status kept = yin_handle_make(pin.c, pin.deref(atom), &handle, &error);
    INFO(error.message);
    CHECK(kept == YIN_OK);
    yin_handle_release(handle);
    yin_iterator* iterator = nullptr;
    ok(yin_iterate(pin.c, pin.deref(atom), nullptr, &iterator, &error));
    yin_iterator_release(iterator);
    yin_snapshot* snapshot = nullptr;
    yin_word then = 0;
    ok(yin_snapshot_take(domain.c, &snapshot, &error));
    ok(yin_snapshot_deref(snapshot, pin.c, atom, &then, &error));
    CHECK(then == pin.deref(atom));
    yin_snapshot_release(snapshot);
    ok(yin_verify(domain.c, &error));
    CHECK(open_status(path, with_mode(YIN_JOIN)) == YIN_UNAVAILABLE);
  }
  CHECK(bytes_of(path) == before);
}

TEST_CASE("two processes with a library each meet in a file") {
  Scratch scratch;
  const std::string path = scratch.file("a.yin");
  const auto add = [&path](int times) {
    yin_domain* domain = nullptr;
    if (yin_open(path.c_str(), nullptr, &domain, nullptr) != YIN_OK) return 1;
    for (int i = 0; i < times; ++i) {
      yin_word atom = 0;
      const yin_status found = under_pin(domain, [&](yin_pin* pin) {
        return yin_atom(pin, "a", 1, yin_int(pin, 0), &atom, nullptr);
      });
      if (found != YIN_OK) return 2;
      if (increment_under_pin(domain, atom) != YIN_OK) return 3;
    }
    yin_domain_release(domain);
    return 0;
  };
  Child one([&] { return add(20'000); });
  Child two([&] { return add(20'000); });
  CHECK(add(20'000) == 0);
  CHECK(one.wait() == 0);
  CHECK(two.wait() == 0);
  const Domain domain(path);
  const Pin pin(domain);
  CHECK(pin.to_int(pin.deref(pin.atom("a"))) == 60'000);
}

TEST_CASE("memory of this process alone: each has its own; shared memory has a name") {
  const Domain a;
  const Domain b;
  {
    const Pin pin(a);
    (void)pin.atom("x");
  }
  const Pin pin(b);
  yin_word found = 0;
  CHECK(yin_find_name(pin.c, "x", 1, &found, &error) == YIN_NOT_FOUND);

  const std::string name = "shm:yin-c-test-" + std::to_string(::getpid());
  {
    const Domain shared(name, with_mode(YIN_CREATE));
    const Domain again(name, with_mode(YIN_JOIN));
    const Pin writer(shared);
    (void)writer.atom("x", yin_int(writer.c, 5));
    const Pin reader(again);
    CHECK(reader.to_int(reader.deref(reader.atom("x"))) == 5);
  }
  ok(yin_remove(name.c_str(), &error));
}

TEST_CASE("pins: many at once, one too many refused, ended in any order") {
  const Domain domain;
  std::vector<yin_pin*> pins;
  for (;;) {
    yin_pin* pin = nullptr;
    const yin_status status = yin_pin_begin(domain.c, &pin, &error);
    if (status != YIN_OK) {
      CHECK(status == YIN_RESOURCE_EXHAUSTED);
      break;
    }
    pins.push_back(pin);
    REQUIRE(pins.size() < 5000);
  }
  CHECK(pins.size() >= 32);  // the workers that a process may have
  for (std::size_t i = 0; i < pins.size(); i += 2) yin_pin_end(pins[i]);
  for (std::size_t i = 1; i < pins.size(); i += 2) {
    CHECK(yin_int(pins[i], 7) == yin_from_small_int(7));
    yin_pin_end(pins[i]);
  }
  const Pin pin(domain);
  CHECK(pin.edn(pin.read("[1]")) == "[1]");
}
