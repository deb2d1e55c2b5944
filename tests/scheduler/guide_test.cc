// The programs of docs/guides/agents.md: each is run as it stands and prints what the guide says.

#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/print.h"
#include "scheduler/inspect.h"
#include "scheduler/stream.h"
#include "tests/support/agents.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::tests;
using yin::substrate::Pin;
using yin::substrate::Worker;

struct Example {
  std::string program, prints;
};

// Indented blocks that say what they print.
std::vector<Example> examples(const std::string& path) {
  std::ifstream in(path);
  REQUIRE(in.is_open());
  std::vector<Example> all;
  Example example;
  const std::string says = "    ; prints ";
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(says)) {
      example.prints += line.substr(says.size()) + "\n";
    } else if (line.starts_with("    ")) {
      example.program += line.substr(4) + "\n";
    } else {
      if (!example.prints.empty()) all.push_back(example);
      example = {};
    }
  }
  return all;
}

std::string printed(Worker& worker) {
  const Pin pin(worker);
  const auto ref = yin::scheduler::output_stream(pin);
  REQUIRE(ref.ok());
  const auto stream =
      yin::scheduler::read_stream_record(pin, read_root(pin, yin::substrate::root_ref(*ref)).value);
  std::string text;
  for (std::uint64_t i = 0; i < stream.items.count(pin); ++i)
    display_to(text, pin, stream.items.nth(pin, i));
  return text;
}

}  // namespace

TEST_CASE("the programs of the guide to agents print what it says") {
  const auto all = examples(YIN_SOURCE_DIR "/docs/guides/agents.md");
  CHECK(all.size() >= 8);
  for (const Example& example : all) {
    INFO(example.program);
    TestDomain t;
    ManualTime time;
    load_agents(*t.worker, example.program);
    for (int ms = 0; ms < 100; ++ms) {
      time.run_ready(*t.worker);
      time.pass(1);
    }
    CHECK(printed(*t.worker) == example.prints);
    const Pin pin(*t.worker);
    CHECK(yin::scheduler::list_agents(pin).empty());
  }
}
