#include "scheduler/stream.h"

#include <catch2/catch_test_macros.hpp>

#include "substrate/worker.h"
#include "scheduler/agent.h"
#include "tests/support/test_domain.h"

using namespace yin::substrate;  // NOLINT(google-build-using-namespace): a test of records
using yin::scheduler::Agent;
using yin::scheduler::Cursor;
using yin::scheduler::Stream;
using yin::tests::TestDomain;

TEST_CASE("records come back as they were made") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  Stream stream;
  stream.first = 7;
  stream.capacity = 3;
  stream.closed = true;
  stream.items = stream.items.conj(edit, int_word(1)).conj(edit, int_word(2));
  const Stream back = yin::scheduler::read_stream_record(pin, make_stream_record(edit, stream));
  CHECK(back.items.word == stream.items.word);
  CHECK(back.end(pin) == 9);
  CHECK(back.capacity == 3);
  CHECK(back.closed);

  const Cursor cursor = yin::scheduler::read_cursor_record(
      pin, yin::scheduler::make_cursor_record(edit, {.stream = kTrue, .position = 5}));
  CHECK(cursor.stream == kTrue);
  CHECK(cursor.position == 5);

  Agent agent;
  agent.value = int_word(4);
  agent.status = AgentStatus::kParked;
  agent.fuel_used = 10;
  agent.steps = 3;
  const Agent agent_back = yin::scheduler::read_agent_record(pin, make_agent_record(edit, agent));
  CHECK(agent_back.value == int_word(4));
  CHECK(agent_back.status == AgentStatus::kParked);
  CHECK(agent_back.fuel_used == 10);
  CHECK(agent_back.steps == 3);
}

TEST_CASE("a stream without cursors keeps everything") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  Stream stream;
  stream.capacity = 2;
  stream.items = stream.items.conj(edit, kTrue);
  CHECK(without_passed_items(edit, stream).items.count(pin) == 1);
}
