// Streams and agents of the C interface.

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/c/abi.h"
#include "tests/support/effort.h"

namespace {

using Catch::Matchers::ContainsSubstring;
using yin::tests::Domain;
using yin::tests::error;
using yin::tests::ok;
using yin::tests::Pin;
using yin::tests::under_pin;

yin_word spawn(const Domain& domain, const std::string& program, const char* name = nullptr) {
  yin_word agent = 0;
  ok(yin_spawn(domain.c, program.data(), program.size(), "test.clj", name, &agent, &error));
  return agent;
}

// Until the atom holds what it is to hold.
void await(const Domain& domain, yin_word atom, const std::string& value) {
  yin_watch* watch = nullptr;
  {
    const Pin pin(domain);
    ok(yin_watch_start(pin.c, atom, YIN_LATEST, &watch, &error));
    if (pin.edn(pin.deref(atom)) == value) {
      yin_watch_release(watch);
      return;
    }
  }
  for (bool there = false; !there;) {
    ok(yin_watch_wait(&watch, 1, 60'000, &error));
    const Pin pin(domain);
    yin_word before = 0;
    yin_word after = 0;
    while (yin_watch_take(watch, pin.c, &before, &after) == 1) there = pin.edn(after) == value;
  }
  yin_watch_release(watch);
}

}  // namespace

TEST_CASE("a stream gives its items in order, exactly once to those who share a cursor") {
  const Domain domain;
  yin_word stream = 0;
  yin_word cursor = 0;
  yin_word own = 0;
  {
    const Pin pin(domain);
    ok(yin_stream(pin.c, "s", 1, 4, &stream, &error));
    yin_word again = 0;
    ok(yin_stream(pin.c, "s", 1, 9, &again, &error));
    CHECK(again == stream);
    CHECK(yin_kind_of(pin.c, stream) == YIN_STREAM);
    ok(yin_cursor(pin.c, stream, &cursor, &error));
    ok(yin_cursor(pin.c, stream, &own, &error));
    CHECK(yin_kind_of(pin.c, cursor) == YIN_CURSOR);
    yin_word of = 0;
    ok(yin_cursor_stream(pin.c, cursor, &of, &error));
    CHECK(of == stream);
    yin_word item = 0;
    CHECK(yin_cursor_next(pin.c, cursor, &item, &error) == YIN_UNAVAILABLE);
    for (std::int64_t i = 0; i < 4; ++i)
      ok(yin_stream_put(pin.c, stream, yin_int(pin.c, i), &error));
    CHECK(yin_stream_put(pin.c, stream, YIN_WORD_NIL, &error) == YIN_UNAVAILABLE);  // full
    for (std::int64_t i = 0; i < 4; ++i) {
      ok(yin_cursor_next(pin.c, cursor, &item, &error));
      CHECK(yin_small_int(item) == i);
    }
    CHECK(yin_stream_put(pin.c, stream, YIN_WORD_NIL, &error) == YIN_UNAVAILABLE);  // of `own`
    ok(yin_delete(pin.c, own, &error));
    ok(yin_stream_put(pin.c, stream, pin.read("[\"the last one, of some length\"]"), &error));
    ok(yin_stream_close(pin.c, stream, &error));
    CHECK(yin_stream_put(pin.c, stream, YIN_WORD_NIL, &error) == YIN_END);
    ok(yin_cursor_next(pin.c, cursor, &item, &error));
    CHECK(pin.edn(item) == "[\"the last one, of some length\"]");
    CHECK(yin_cursor_next(pin.c, cursor, &item, &error) == YIN_END);
    CHECK(yin_cursor_next(pin.c, cursor, &item, &error) == YIN_END);
  }
}

TEST_CASE("readers that share a cursor take each item once") {
  const Domain domain;
  yin_word stream = 0;
  yin_word cursor = 0;
  {
    const Pin pin(domain);
    ok(yin_stream(pin.c, nullptr, 0, 64, &stream, &error));
    ok(yin_cursor(pin.c, stream, &cursor, &error));
  }
  const int items = yin::test::effort(5000);
  std::vector<std::vector<std::int64_t>> taken(3);
  std::vector<std::thread> readers;
  for (auto& mine : taken) {
    readers.emplace_back([&] {
      for (yin_status status = YIN_OK; status != YIN_END;) {
        yin_word item = 0;
        status = under_pin(
            domain.c, [&](yin_pin* pin) { return yin_cursor_next(pin, cursor, &item, nullptr); });
        if (status == YIN_OK) mine.push_back(yin_small_int(item));
        if (status == YIN_UNAVAILABLE) std::this_thread::yield();
      }
    });
  }
  for (std::int64_t i = 0; i < items;) {
    const Pin pin(domain);
    const yin_status status = yin_stream_put(pin.c, stream, yin_int(pin.c, i), &error);
    if (status == YIN_OK) ++i;
    REQUIRE((status == YIN_OK || status == YIN_UNAVAILABLE));
  }
  {
    const Pin pin(domain);
    ok(yin_stream_close(pin.c, stream, &error));
  }
  for (std::thread& reader : readers) reader.join();
  std::vector<int> seen(static_cast<std::size_t>(items));
  for (const auto& mine : taken) {
    for (std::size_t i = 0; i < mine.size(); ++i) {
      ++seen[static_cast<std::size_t>(mine[i])];
      if (i > 0) CHECK(mine[i - 1] < mine[i]);
    }
  }
  CHECK(seen == std::vector<int>(static_cast<std::size_t>(items), 1));
}

TEST_CASE("agents run, meet hosts in atoms, and end") {
  const Domain domain;
  yin_server* server = nullptr;
  ok(yin_serve(domain.c, 2, &server, &error));
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("sum", yin_int(pin.c, 0));
  }
  for (int i = 0; i < 4; ++i)
    (void)spawn(domain, "(def sum (atom 0 \"sum\")) (dotimes [i 100] (swap! sum + 1))");
  await(domain, atom, "400");
  ok(yin_serve_stop(server, &error));
}

TEST_CASE("a program that does not read is refused with its place, one that fails says why") {
  const Domain domain;
  yin_word agent = 0;
  CHECK(yin_spawn(domain.c, "(+ 1", 4, "my.clj", nullptr, &agent, &error) == YIN_INVALID_ARGUMENT);
  CHECK_THAT(error.message, ContainsSubstring("my.clj:1"));
  const yin_word failing = spawn(domain, "(inc :a)");
  yin_server* server = nullptr;
  ok(yin_serve(domain.c, 1, &server, &error));
  for (yin_agent_state state = YIN_AGENT_READY; state != YIN_AGENT_FAILED;) {
    const Pin pin(domain);
    yin_word value = 0;
    ok(yin_agent_look(pin.c, failing, &state, &value, &error));
    if (state == YIN_AGENT_FAILED) {
      CHECK(yin_kind_of(pin.c, value) == YIN_GUEST_ERROR);
      CHECK_THAT(pin.edn(value), ContainsSubstring("inc"));
      CHECK(yin_agent_resume(pin.c, failing, YIN_WORD_TRUE, &error) == YIN_INVALID_ARGUMENT);
    }
  }
  ok(yin_serve_stop(server, &error));
}

TEST_CASE("a parked agent goes on when it is resumed, with what it is given") {
  const Domain domain;
  yin_server* server = nullptr;
  ok(yin_serve(domain.c, 1, &server, &error));
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("given");
  }
  const yin_word agent = spawn(domain, "(def given (atom nil \"given\")) (reset! given (park))");
  for (yin_agent_state state = YIN_AGENT_READY; state != YIN_AGENT_PARKED;) {
    const Pin pin(domain);
    yin_word value = 0;
    ok(yin_agent_look(pin.c, agent, &state, &value, &error));
  }
  {
    const Pin pin(domain);
    ok(yin_agent_resume(pin.c, agent, pin.read("[:go \"on\"]"), &error));
  }
  await(domain, atom, "[:go \"on\"]");
  ok(yin_serve_stop(server, &error));
}
