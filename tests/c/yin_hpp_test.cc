// yin.hpp: owners, exceptions, and functions that are called back.

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "bindings/c/yin.hpp"

namespace {

yin::Word increment(yin::Pin& pin, yin::Word now) { return pin.of(pin.to_int(now) + 1); }

template <class Function>
yin_status status_of(const Function& function) {
  try {
    function();
    return YIN_OK;
  } catch (const yin::Error& e) {
    CHECK(std::string(e.what()).size() > 5);
    return e.status();
  }
}

}  // namespace

TEST_CASE("C++: what cannot be done is thrown, and what a swap throws leaves nothing behind") {
  const yin::Domain domain("");
  yin::Pin pin(domain);
  const yin::Atom atom = pin.atom("a", pin.of(1));
  CHECK_THROWS_AS(
      atom.swap(pin, [](yin::Pin&, yin::Word) -> yin::Word { throw std::runtime_error("no"); }),
      std::runtime_error);
  CHECK(pin.print(atom.deref(pin)) == "1");
  CHECK(atom.swap(pin, increment) == pin.of(2));
  CHECK(status_of([&] { (void)pin.read("[1"); }) == YIN_INVALID_ARGUMENT);
  CHECK(status_of([&] { (void)pin.to_int(pin.of("text")); }) == YIN_WRONG_TYPE);
  CHECK(status_of([&] { (void)yin::Atom(pin.of(1)).deref(pin); }) == YIN_WRONG_TYPE);
  CHECK(status_of([&] { pin.each(pin.of(1), [](yin::Word, yin::Word) {}); }) == YIN_WRONG_TYPE);
  CHECK_THROWS_AS(pin.each(pin.read("[1 2]"), [](yin::Word, yin::Word) { throw 7; }), int);
  CHECK(status_of([] { const yin::Domain none("/no/such/folder/a.yin"); }) == YIN_NOT_FOUND);
  CHECK(yin::call_for<yin_stat>(yin_domain_stat, domain.c()).workers >= 1);
}

TEST_CASE("C++: owners are moved, and give back what they had") {
  yin::Domain domain("");
  yin::Handle kept;
  {
    const yin::Pin pin(domain);
    yin::Handle first(pin, pin.read("[\"a text of some length\"]"));
    kept = yin::Handle(pin, pin.of(1));
    kept = std::move(first);
    CHECK(first.word() == YIN_WORD_ABSENT);  // NOLINT(bugprone-use-after-move): says so
  }
  const yin::Domain moved = std::move(domain);
  const yin::Pin pin(moved);
  CHECK(pin.print(kept.word()) == "[\"a text of some length\"]");
  const yin::Pin same(pin.c());  // not ended twice
  CHECK(same.count(kept.word()) == 1);
}

TEST_CASE("C++: a snapshot shows every atom as it was") {
  const yin::Domain domain("");
  yin::Pin pin(domain);
  const yin::Atom a = pin.atom("a", pin.of(1));
  const yin::Snapshot then(domain);
  a.swap(pin, increment);
  const yin::Atom later = pin.atom("b");
  CHECK(then.deref(pin, a) == pin.of(1));
  CHECK(a.deref(pin) == pin.of(2));
  CHECK(status_of([&] { (void)then.deref(pin, later); }) == YIN_NOT_FOUND);
}

TEST_CASE("C++: a watch is asked for what changed") {
  const yin::Domain domain("");
  const yin::Atom atom = yin::Pin(domain).atom("a", yin_from_small_int(0));
  yin::Watch watch(yin::Pin(domain), atom, YIN_EVERY_CHANGE);
  CHECK(!watch.take(yin::Pin(domain)));
  CHECK(!watch.wait(0));
  std::thread writer([&] {
    for (int i = 0; i < 100; ++i) {
      yin::Pin pin(domain);
      atom.swap(pin, increment);
    }
    const yin::Pin pin(domain);
    yin::call(yin_delete_name, pin.c(), "a", std::size_t{1});
  });
  int seen = 0;
  for (bool deleted = false; !deleted;) {
    REQUIRE(watch.wait(60'000));
    const yin::Pin pin(domain);
    while (const auto change = watch.take(pin)) {
      REQUIRE(change->before == pin.of(seen));
      deleted = change->after == YIN_WORD_ABSENT;
      if (!deleted) REQUIRE(change->after == pin.of(++seen));
    }
  }
  writer.join();
  CHECK(seen == 100);
  yin_close(domain.c());
  CHECK(status_of([&] { (void)watch.wait(1); }) == YIN_CLOSED);
}

TEST_CASE("C++: a watch calls a function, and no more when it is gone") {
  const yin::Domain domain("");
  yin::Pin pin(domain);
  const yin::Atom atom = pin.atom("a", pin.of(0));
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> told;
  {
    yin::CallingWatch first(pin, atom, YIN_EVERY_CHANGE,
                            [&](const yin::Pin& p, yin::Word before, yin::Word after) {
                              const std::lock_guard lock(mutex);
                              told.push_back(p.print(before) + " " + p.print(after));
                              changed.notify_all();
                            });
    const yin::CallingWatch watch = std::move(first);
    for (int i = 0; i < 3; ++i) atom.swap(pin, increment);
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return told.size() == 3; });
  }
  atom.swap(pin, increment);
  CHECK(told == std::vector<std::string>{"0 1", "1 2", "2 3"});
  const auto nothing = [](const yin::Pin&, yin::Word, yin::Word) {};
  CHECK(status_of([&] {
          const yin::CallingWatch none(pin, yin::Atom(pin.of(7)), YIN_LATEST, nothing);
        }) == YIN_WRONG_TYPE);
}

TEST_CASE("C++: a stream tells when it is full, empty and over") {
  const yin::Domain domain("");
  const yin::Pin pin(domain);
  const yin::Stream stream = pin.stream("s", 2);
  const yin::Cursor cursor = stream.cursor(pin);
  yin::Word item = YIN_WORD_NIL;
  CHECK(cursor.next(pin, item) == YIN_UNAVAILABLE);
  CHECK(stream.put(pin, pin.of(1)) == YIN_OK);
  CHECK(stream.put(pin, pin.of("two")) == YIN_OK);
  CHECK(stream.put(pin, pin.of(3)) == YIN_UNAVAILABLE);
  CHECK(cursor.next(pin, item) == YIN_OK);
  CHECK(item == pin.of(1));
  stream.close(pin);
  CHECK(stream.put(pin, pin.of(3)) == YIN_END);
  CHECK(pin.stream("s").cursor(pin).word() != cursor.word());
  CHECK(cursor.next(pin, item) == YIN_OK);
  CHECK(pin.print(item) == "\"two\"");
  CHECK(cursor.next(pin, item) == YIN_END);
  CHECK(status_of([&] { (void)yin::Stream(pin.of(1)).put(pin, item); }) == YIN_WRONG_TYPE);
  CHECK(status_of([&] { (void)yin::Cursor(stream.word()).next(pin, item); }) == YIN_WRONG_TYPE);
}

TEST_CASE("C++: agents are spawned, looked at, resumed and served") {
  const yin::Domain domain("");
  CHECK(status_of([&] { (void)domain.spawn("(inc", "my.clj"); }) == YIN_INVALID_ARGUMENT);
  const yin::Agent agent = domain.spawn("(def given (atom nil \"given\")) (reset! given (park))");
  yin::Server server(domain, 2);
  yin::await(domain, agent, [&](const yin::Pin& pin) {
    const auto look = agent.look(pin);
    REQUIRE(look);
    return look->state == YIN_AGENT_PARKED;
  });
  {
    const yin::Pin pin(domain);
    agent.resume(pin, pin.read("[:on]"));
  }
  yin::await(domain, yin::Pin(domain).atom("given"), [&](const yin::Pin& pin) {
    return pin.print(pin.atom("given").deref(pin)) == "[:on]";
  });
  while (agent.look(yin::Pin(domain))) std::this_thread::yield();  // until it is done, and gone
  server.stop();
  server.stop();  // once more is once
  const yin::Pin pin(domain);
  CHECK(status_of([&] { agent.resume(pin, YIN_WORD_NIL); }) == YIN_NOT_FOUND);
}
