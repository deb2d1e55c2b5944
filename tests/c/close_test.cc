// Closing and saving a domain while threads are in the middle of everything else: nobody hangs,
// nothing is torn, and what was made stays to be released.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/c/abi.h"
#include "tests/support/effort.h"

namespace {

using yin::tests::Domain;
using yin::tests::error;
using yin::tests::increment_under_pin;
using yin::tests::ok;
using yin::tests::Pin;
using yin::tests::under_pin;
using yin::tests::with_mode;

// What threads do in a domain until they are told that it is closed. Each counts its rounds, so that
// the test can wait for all to be at work.
struct AtWork {
  yin_domain* domain = nullptr;
  yin_word atom = 0;
  std::atomic<std::uint64_t> increments{0};
  std::atomic<bool> wrong{false};
  std::vector<std::thread> threads{};
  std::vector<std::unique_ptr<std::atomic<int>>> rounds{};

  // round() returns what its first call that failed said.
  void start(const std::function<yin_status()>& round) {
    auto& count = *rounds.emplace_back(std::make_unique<std::atomic<int>>(0));
    threads.emplace_back([this, &count, round] {
      yin_status last = YIN_OK;
      while (last != YIN_CLOSED) {
        last = round();
        if (last != YIN_OK && last != YIN_CLOSED && last != YIN_RESOURCE_EXHAUSTED &&
            last != YIN_UNAVAILABLE)
          wrong = true;
        ++count;
      }
    });
  }
  void await_rounds(int count) {
    for (const auto& done : rounds)
      while (*done < count) std::this_thread::yield();
  }
  void join() {
    for (std::thread& thread : threads) thread.join();
    threads.clear();
    CHECK_FALSE(wrong);
  }
  ~AtWork() {  // a check has failed
    if (!threads.empty()) yin_close(domain);
    for (std::thread& thread : threads) thread.join();
  }

  yin_status swap() {
    const yin_status swapped = increment_under_pin(domain, atom);
    if (swapped == YIN_OK) ++increments;
    return swapped;
  }
  // A pin within a pin, and a handle that outlives both.
  yin_status nest() {
    yin_handle* handle = nullptr;
    const yin_status last = under_pin(domain, [&](yin_pin*) {
      return under_pin(domain, [&](yin_pin* inner) {
        const yin_word text = yin_string(inner, "more than seven bytes", 21);
        return yin_handle_make(inner, text, &handle, nullptr);
      });
    });
    yin_handle_release(handle);
    return last;
  }
  yin_status watch() {
    yin_watch* watch = nullptr;
    yin_status last = under_pin(domain, [&](yin_pin* pin) {
      return yin_watch_start(pin, atom, YIN_LATEST, &watch, nullptr);
    });
    if (last != YIN_OK) return last;
    last = yin_watch_wait(&watch, 1, 1000, nullptr);
    yin_watch_release(watch);
    return last == YIN_TIMEOUT ? YIN_OK : last;
  }
  yin_status call_back() {
    yin_watch* watch = nullptr;
    const auto nothing = [](void*, yin_pin*, yin_word, yin_word) {};
    const yin_status last = under_pin(domain, [&](yin_pin* pin) {
      return yin_watch_call(pin, atom, YIN_EVERY_CHANGE, nothing, nullptr, &watch, nullptr);
    });
    yin_watch_stop(watch);
    return last;
  }
  yin_status serve() {
    yin_server* server = nullptr;
    const yin_status last = yin_serve(domain, 1, &server, nullptr);
    (void)yin_serve_stop(server, nullptr);
    return last;
  }
};

int append(void* out, const void* bytes, std::size_t size) {
  static_cast<std::string*>(out)->assign(static_cast<const char*>(bytes), size);
  return 0;
}

}  // namespace

TEST_CASE("a domain closes under threads that are at work, and two may close it") {
  for (int time = 0; time < yin::test::effort(20); ++time) {
    yin_domain* domain = nullptr;
    ok(yin_open("", nullptr, &domain, &error));
    yin_pin* pin = nullptr;
    ok(yin_pin_begin(domain, &pin, &error));
    AtWork work{.domain = domain};
    ok(yin_atom(pin, "count", 5, yin_from_small_int(0), &work.atom, &error));
    yin_pin_end(pin);
    work.start([&] { return work.swap(); });
    work.start([&] { return work.nest(); });
    work.start([&] { return work.watch(); });
    work.start([&] { return work.call_back(); });
    work.start([&] { return work.serve(); });
    work.await_rounds(3);
    std::thread other([&] { yin_close(domain); });
    yin_close(domain);
    CHECK(yin_is_closed(domain) == 1);
    other.join();
    work.join();
    yin_domain_release(domain);
  }
}

TEST_CASE("what is saved while threads are at work is whole") {
  for (int time = 0; time < yin::test::effort(5); ++time) {
    const Domain domain("", with_mode(YIN_CREATE_OR_JOIN, std::uint64_t{32} << 20));
    AtWork work{.domain = domain.c};
    {
      const Pin pin(domain);
      work.atom = pin.atom("count", yin_from_small_int(0));
    }
    work.start([&] { return work.swap(); });
    work.start([&] { return work.nest(); });
    work.start([&] { return work.watch(); });
    work.start([&] { return work.call_back(); });
    work.await_rounds(2);
    for (int save = 0; save < 5; ++save) {
      const std::uint64_t least = work.increments;
      std::string bytes;
      ok(yin_save(domain.c, append, &bytes, &error));
      yin_domain* copy = nullptr;
      ok(yin_open_bytes(bytes.data(), bytes.size(), nullptr, &copy, &error));
      const Domain copied(copy);
      ok(yin_verify(copy, &error));
      const Pin pin(copied);
      CHECK(static_cast<std::uint64_t>(pin.to_int(pin.deref(pin.atom("count")))) >= least);
    }
    yin_close(domain.c);
    work.join();
  }
}

TEST_CASE("nobody saves a domain in which agents run") {
  const Domain domain;
  yin_server* server = nullptr;
  ok(yin_serve(domain.c, 1, &server, &error));
  std::string bytes;
  CHECK(yin_save(domain.c, append, &bytes, &error) == YIN_INVALID_ARGUMENT);
  CHECK(bytes.empty());
  ok(yin_serve_stop(server, &error));
  ok(yin_save(domain.c, append, &bytes, &error));
}

TEST_CASE("who waits for watches takes no place: more threads wait than there are workers") {
  const Domain domain;
  AtWork work{.domain = domain.c};
  {
    const Pin pin(domain);
    work.atom = pin.atom("count", yin_from_small_int(0));
  }
  constexpr int kWaiting = 100;
  std::atomic<int> told{0};
  std::vector<yin_watch*> watches(kWaiting);
  for (yin_watch*& watch : watches) {
    const Pin pin(domain);
    ok(yin_watch_start(pin.c, work.atom, YIN_LATEST, &watch, &error));
  }
  std::vector<std::thread> waiting;
  waiting.reserve(kWaiting);
  for (yin_watch* watch : watches) {
    waiting.emplace_back([&told, watch] {
      if (yin_watch_wait(&watch, 1, 60'000, nullptr) == YIN_OK) ++told;
    });
  }
  std::string bytes;
  ok(yin_save(domain.c, append, &bytes, &error));
  ok(work.swap());
  for (std::thread& thread : waiting) thread.join();
  CHECK(told == kWaiting);
  for (yin_watch* watch : watches) yin_watch_release(watch);
}
