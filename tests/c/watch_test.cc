// Watches of the C interface: asked and calling, of every change and of the latest.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/c/abi.h"
#include "tests/support/effort.h"

namespace {

using yin::tests::Domain;
using yin::tests::error;
using yin::tests::ok;
using yin::tests::Pin;
using yin::tests::under_pin;

// What a watch that calls has told, and waits for more.
struct Told {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::int64_t> values;
  bool deleted = false;
  yin_watch* stop_at_3 = nullptr;

  static void tell(void* context, yin_pin* pin, yin_word before, yin_word after) {
    auto& told = *static_cast<Told*>(context);
    const std::lock_guard lock(told.mutex);
    std::int64_t value = -1;
    if (after == YIN_WORD_ABSENT) {
      told.deleted = true;
    } else if (yin_to_int(pin, after, &value, nullptr) == YIN_OK) {
      told.values.push_back(value);
    }
    if (before == YIN_WORD_ABSENT) told.values.push_back(-100);  // never
    told.changed.notify_all();
    if (value == 3 && told.stop_at_3 != nullptr) yin_watch_stop(told.stop_at_3);
  }
  template <class Condition>
  void await(const Condition& condition) {
    std::unique_lock lock(mutex);
    changed.wait(lock, condition);
  }
};

void set(const Domain& domain, yin_word atom, std::int64_t value) {
  const Pin pin(domain);
  ok(yin_reset(pin.c, atom, yin_int(pin.c, value), nullptr, &error));
}

// In a thread of its own: who watches finds out if it was not.
void set_alone(const Domain& domain, yin_word atom, std::int64_t value) {
  (void)under_pin(domain.c, [&](yin_pin* pin) {
    return yin_reset(pin, atom, yin_from_small_int(value), nullptr, nullptr);
  });
}

}  // namespace

TEST_CASE("a watch of every change tells each in order; the latest tells the last") {
  const Domain domain;
  yin_watch* every = nullptr;
  yin_watch* latest = nullptr;
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("a", yin_int(pin.c, 0));
    ok(yin_watch_start(pin.c, atom, YIN_EVERY_CHANGE, &every, &error));
    ok(yin_watch_start(pin.c, atom, YIN_LATEST, &latest, &error));
    yin_word before = 0;
    yin_word after = 0;
    CHECK(yin_watch_take(every, pin.c, &before, &after) == 0);
  }
  yin_watch* const both[] = {every, latest};
  CHECK(yin_watch_wait(both, 2, 0, &error) == YIN_TIMEOUT);
  CHECK(yin_watch_wait(both, 2, 5, &error) == YIN_TIMEOUT);
  const int changes = yin::test::effort(5000);
  std::thread writer([&] {
    for (int i = 1; i <= changes; ++i) set_alone(domain, atom, i);
  });
  std::int64_t seen = 0;
  std::int64_t newest = 0;
  while (seen < changes || newest < changes) {
    ok(yin_watch_wait(both, 2, 60'000, &error));
    const Pin pin(domain);
    yin_word before = 0;
    yin_word after = 0;
    while (yin_watch_take(every, pin.c, &before, &after) == 1) {
      REQUIRE(yin_small_int(before) == seen);
      REQUIRE(yin_small_int(after) == ++seen);
    }
    while (yin_watch_take(latest, pin.c, &before, &after) == 1) {
      REQUIRE(yin_small_int(before) == newest);
      REQUIRE(yin_small_int(after) > newest);
      newest = yin_small_int(after);
    }
  }
  writer.join();
  yin_watch_release(latest);
  {
    const Pin pin(domain);
    ok(yin_delete_name(pin.c, "a", 1, &error));
    yin_word before = 0;
    yin_word after = 0;
    CHECK(yin_watch_take(every, pin.c, &before, &after) == 1);
    CHECK(yin_small_int(before) == changes);
    CHECK(after == YIN_WORD_ABSENT);
    CHECK(yin_watch_take(every, pin.c, &before, &after) == 0);
    yin_watch* late = nullptr;
    CHECK(yin_watch_start(pin.c, atom, YIN_LATEST, &late, &error) == YIN_NOT_FOUND);
  }
  yin_watch_release(every);
  yin_watch_release(nullptr);
  CHECK(yin_watch_wait(nullptr, 0, 1, &error) == YIN_INVALID_ARGUMENT);
}

TEST_CASE("a wait is woken from another thread, many watches or one") {
  for (const std::size_t count : {std::size_t{1}, std::size_t{5}, std::size_t{200}}) {
    const Domain domain;
    std::vector<yin_watch*> watches(count);
    std::vector<yin_word> atoms(count);
    {
      const Pin pin(domain);
      for (std::size_t i = 0; i < count; ++i) {
        atoms[i] = pin.atom(std::to_string(i), YIN_WORD_NIL);
        ok(yin_watch_start(pin.c, atoms[i], YIN_LATEST, &watches[i], &error));
      }
    }
    std::atomic<bool> woken{false};
    std::thread waker([&] {
      while (!woken) {
        yin_watch_wake(domain.c);
        std::this_thread::yield();
      }
    });
    ok(yin_watch_wait(watches.data(), count, 60'000, &error));
    woken = true;
    waker.join();
    // The last of them changes.
    std::thread writer([&] { set_alone(domain, atoms.back(), 1); });
    bool told = false;
    while (!told) {
      ok(yin_watch_wait(watches.data(), count, 60'000, &error));
      const Pin pin(domain);
      yin_word before = 0;
      yin_word after = 0;
      told = yin_watch_take(watches.back(), pin.c, &before, &after) == 1;
      if (told) CHECK(after == yin_from_small_int(1));
    }
    writer.join();
    for (yin_watch* watch : watches) yin_watch_release(watch);
  }
}

TEST_CASE("watches call back, every change in order, until they are stopped") {
  const Domain domain;
  Told told;
  yin_watch* watch = nullptr;
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("a", yin_int(pin.c, 0));
    ok(yin_watch_call(pin.c, atom, YIN_EVERY_CHANGE, Told::tell, &told, &watch, &error));
  }
  const int changes = yin::test::effort(1000);
  for (int i = 1; i <= changes; ++i) set(domain, atom, i);
  told.await([&] { return told.values.size() == static_cast<std::size_t>(changes); });
  for (int i = 1; i <= changes; ++i) CHECK(told.values[static_cast<std::size_t>(i - 1)] == i);
  yin_watch_stop(watch);
  set(domain, atom, -5);
  Told after_it;
  {
    const Pin pin(domain);
    ok(yin_watch_call(pin.c, atom, YIN_LATEST, Told::tell, &after_it, &watch, &error));
  }
  set(domain, atom, -6);
  after_it.await([&] { return !after_it.values.empty(); });
  CHECK(told.values.size() == static_cast<std::size_t>(changes));
  {
    const Pin pin(domain);
    ok(yin_delete_name(pin.c, "a", 1, &error));
  }
  after_it.await([&] { return after_it.deleted; });
  yin_watch_stop(watch);
  yin_watch_stop(nullptr);
}

TEST_CASE("a watch may stop itself from within its callback, and is not called again") {
  const Domain domain;
  Told told;
  Told other;
  yin_word atom = 0;
  yin_watch* another = nullptr;
  {
    const Pin pin(domain);
    atom = pin.atom("a", yin_int(pin.c, 0));
    const std::lock_guard lock(told.mutex);
    ok(yin_watch_call(pin.c, atom, YIN_EVERY_CHANGE, Told::tell, &told, &told.stop_at_3, &error));
    ok(yin_watch_call(pin.c, atom, YIN_EVERY_CHANGE, Told::tell, &other, &another, &error));
  }
  for (int i = 1; i <= 10; ++i) set(domain, atom, i);
  other.await([&] { return other.values.size() == 10; });
  told.await([&] { return told.values.size() >= 3; });
  CHECK(told.values == std::vector<std::int64_t>{1, 2, 3});
  yin_watch_stop(another);
}

TEST_CASE("streams are watched too, and watches come and go while others change") {
  const Domain domain;
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("a", yin_int(pin.c, 0));
    yin_word stream = 0;
    yin_watch* watch = nullptr;
    ok(yin_stream(pin.c, nullptr, 0, 0, &stream, &error));
    ok(yin_watch_start(pin.c, stream, YIN_LATEST, &watch, &error));
    ok(yin_stream_put(pin.c, stream, YIN_WORD_TRUE, &error));
    yin_word before = 0;
    yin_word after = 0;
    CHECK(yin_watch_take(watch, pin.c, &before, &after) == 1);
    yin_watch_release(watch);
  }
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::int64_t i = 0; !done; ++i) set_alone(domain, atom, i);
  });
  for (int i = 0; i < yin::test::effort(200); ++i) {
    Told told;
    yin_watch* watch = nullptr;
    {
      const Pin pin(domain);
      ok(yin_watch_call(pin.c, atom, i % 2 == 0 ? YIN_LATEST : YIN_EVERY_CHANGE, Told::tell, &told,
                        &watch, &error));
    }
    told.await([&] { return !told.values.empty(); });
    yin_watch_stop(watch);
  }
  done = true;
  writer.join();
  ok(yin_verify(domain.c, &error));
}
