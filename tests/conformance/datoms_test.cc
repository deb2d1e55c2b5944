// Programs as data (ast/readers/datoms.cc): those of datoms.txt, in every way; and every other
// program of this folder, written as datoms and read again.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "ast/module.h"
#include "ast/schema.h"
#include "tests/support/run_cases.h"
#include "tests/support/texts.h"

using namespace yin;
using substrate::Edit;
using substrate::Pin;
using substrate::Word;

namespace {

// The whole program as text.
std::string as_datoms(const Pin& pin, Word program) {
  std::vector<std::uint32_t> entities;
  for (std::uint32_t i = 0; i < ast::entity_count(pin, program); ++i)
    entities.push_back(ast::kFirstEntity + i);
  std::string text;
  ast::print_datoms(text, pin, program, ast::root_entity(pin, program), entities);
  return text;
}

tests::RunOptions data(vm::Projection projection = vm::Projection::kStack) {
  return {.projections = {projection}, .language = tests::Language::kDatoms};
}

substrate::StatusOr<Word> read(Edit& edit, const std::string& text, tests::Language language) {
  if (language == tests::Language::kClojure) return vm::read_program(edit, text, "t.clj");
  auto program = ast::read_python(edit, text, "t.py");
  if (!program.ok()) return program.status();
  return program->program;
}

std::string repeated(std::string_view piece, int count) {
  std::string text;
  for (; count > 0; --count) text += piece;
  return text;
}

}  // namespace

TEST_CASE("programs as data give what is written behind them, in every way a program runs") {
  const std::uint64_t seed = tests::test_seed();
  INFO("YIN_SEED=" << seed);
  const auto programs = tests::data_programs();
  REQUIRE(programs.size() >= 90);
  std::vector<tests::Traveller> travellers;
  for (const tests::DataProgram& p : programs) {
    INFO(p.text);
    tests::ProgramRunner runner;  // ids count from 0
    for (const std::string& before : p.before) runner.run(before, data());
    const tests::Checked checked = tests::run_every_way(
        runner, p.text, {.language = tests::Language::kDatoms, .forks = 4, .seed = seed});
    const tests::RunResult& r = checked.result;
    const std::string got = r.output.empty() ? r.value : r.output + '|' + r.value;
    INFO("got " << got);
    // Behind the output an error is a part of one, too.
    const std::size_t bar = p.expected.find("|!");
    if (bar == std::string::npos) {
      CHECK(tests::as_expected(got, p.expected));
    } else {
      CHECK(r.output == p.expected.substr(0, bar));
      CHECK(tests::as_expected(r.value, p.expected.substr(bar + 1)));
    }
    CHECK(checked.difference == "");
    if (p.before.empty()) travellers.push_back({p.text, tests::Language::kDatoms, r});
  }
  // Ids that were counted before travel with no program.
  std::erase_if(travellers, [](const tests::Traveller& t) {
    return t.text.find(":vm/gensym") != std::string::npos;
  });
  CHECK(tests::run_elsewhere(travellers, seed) == "");
}

TEST_CASE("what is parked goes on in place of what resumes it, on any projection") {
  for (const vm::Projection parked : vm::kProjections) {
    for (const vm::Projection resumed : vm::kProjections) {
      tests::ProgramRunner runner;
      const auto record = runner.run(
          "{:type :application :operator {:type :variable :name +}"
          " :operands [{:type :literal :value 10} {:type :vm/park}]}",
          data(parked));
      for (const std::string_view part :
           {":type :parked-continuation", ":id :parked-0", ":k #yin/continuation nil"}) {
        INFO(record.value);
        CHECK(record.value.find(part) != std::string::npos);
      }
      CHECK(runner
                .run("{:type :vector :operands [{:type :vm/resume :parked-id :parked-0"
                     " :val {:type :literal :value 5}}]}",
                     data(resumed))
                .value == "15");
      // Gone from the store of what is parked.
      CHECK(runner.run("(:parked (deref (atom nil \"yin/machine\")))").value == "{}");
    }
  }
}

TEST_CASE("programs written as datoms and read again are the same, and give the same") {
  tests::ProgramRunner runner, again;
  std::size_t count = 0;
  for (const auto& [text, language] : tests::all_programs()) {
    INFO(text);
    std::string written;
    {
      const Pin pin(runner.worker());
      Edit edit = Edit::in_slab(pin);
      const auto program = read(edit, text, language);
      if (!program.ok()) continue;
      ++count;
      written = as_datoms(pin, *program);
      const auto read = ast::read_datoms(edit, written, "t.edn");
      INFO(written);
      REQUIRE(read.status().message() == "");
      CHECK(ast::content_hash(pin, *read) == ast::content_hash(pin, *program));
      // The Python reader leaves nodes behind that nothing refers to.
      if (language == tests::Language::kClojure) CHECK(as_datoms(pin, *read) == written);
    }
    tests::RunOptions options{.fuel_max = 200'000, .language = language};
    const auto wanted = runner.run(text, options);
    options.language = tests::Language::kDatoms;
    const auto got = again.run(written, options);
    CHECK(tests::without_slots(got.value) == tests::without_slots(wanted.value));
    CHECK(got.output == wanted.output);
  }
  CHECK(count >= 700);
}

TEST_CASE("programs as data may be as deep as there is memory, and share what they like") {
  tests::ProgramRunner runner;
  constexpr int kDeep = 100'000;
  CHECK(runner
            .run(repeated("{:type :do :forms [", kDeep) + "{:type :literal :value 7}" +
                     repeated("]}", kDeep),
                 data())
            .value == "7");
  std::string chain = "{:root 1 :datoms [";
  for (int i = 1; i <= kDeep; ++i) {
    const std::string id = std::to_string(i);
    chain +=
        "[" + id + " :yin/type :do 0 1][" + id + " :yin/forms [" + std::to_string(i + 1) + "] 0 1]";
  }
  const std::string last = std::to_string(kDeep + 1);
  CHECK(runner.run(chain + "[" + last + " :yin/type :literal 0 1]]}", data()).value == "nil");
  CHECK(runner
            .run(chain + "[" + last + " :yin/type :do 0 1][" + last + " :yin/forms [1] 0 1]]}",
                 data())
            .value.ends_with("entity 1 :do contains itself"));
  // Each stands twice in the one before it.
  const auto doubling = [](int levels) {
    std::string text = "{:root 1 :datoms [";
    for (int i = 1; i <= levels; ++i) {
      const std::string id = std::to_string(i), next = std::to_string(i + 1);
      text += "[" + id + " :yin/type :vector 0 1][" + id + " :yin/operands [" + next + " " + next +
              "] 0 1]";
    }
    const std::string end = std::to_string(levels + 1);
    return text + "[" + end + " :yin/type :literal 0 1]]}";
  };
  CHECK(runner.run(doubling(3), data()).value == "[[[nil nil] [nil nil]] [[nil nil] [nil nil]]]");
  CHECK(runner.run(doubling(60), data())
            .value.ends_with("stand in several places make the program too large"));
}
