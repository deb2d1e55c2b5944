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

namespace {

// (do (def NAME (macro [x] BODY)) LAST)
std::string with_macro(const std::string& name, const std::string& body, const std::string& last) {
  return "{:type :do :forms [{:type :application :operator {:type :variable :name yin/def}"
         " :operands [{:type :literal :value " +
         name + "} {:type :lambda :macro? true :params [x] :body " + body + "}]} " + last + "]}";
}
std::string call_macro(const std::string& name, const std::string& operand) {
  return "{:type :yin/macro-expand :operator {:type :variable :name " + name + "} :operands [" +
         operand + "]}";
}
constexpr const char* kOne = "{:type :literal :value 1}";
constexpr const char* kX = "{:type :variable :name x}";
// A map that says {:type :vector :operands [x x]}
constexpr const char* kTwice =
    "{:type :map :operands [{:type :literal :value :type} {:type :literal :value :vector}"
    " {:type :literal :value :operands} {:type :vector :operands [{:type :variable :name x}"
    " {:type :variable :name x}]}]}";
// x, `step` of it, 60 times.
std::string sixty_times(const std::string& first, const std::string& step) {
  return "{:type :loop :names [i x] :inits [{:type :literal :value 0} " + first +
         "] :body {:type :if :test {:type :application :operator {:type :variable :name <}"
         " :operands [{:type :variable :name i} {:type :literal :value 60}]}"
         " :consequent {:type :recur :operands [{:type :application"
         " :operator {:type :variable :name inc} :operands [{:type :variable :name i}]} " +
         step + "]} :alternate {:type :variable :name x}}}";
}

}  // namespace

TEST_CASE("an expansion leaves an event, which what it made names as its maker") {
  tests::ProgramRunner runner;
  const Pin pin(runner.worker());
  Edit edit = Edit::in_slab(pin);
  const std::string written = with_macro("pair", kTwice, call_macro("pair", kOne));
  const auto program = vm::read_datoms(edit, written, "t.edn");
  REQUIRE(program.status().message() == "");
  const std::string text = as_datoms(pin, *program);
  INFO(text);
  const auto has = [&](const std::string& datom) {
    return text.find("\n[" + datom + "]\n") != std::string::npos;
  };
  // The nodes stand before the events; the operand is what was written, and copied to its places.
  std::uint32_t event = 0;
  for (std::uint32_t i = 0; i < ast::entity_count(pin, *program); ++i) {
    if (has(std::to_string(ast::kFirstEntity + i) + " :yin/type :macro-expand-event 0 1"))
      event = ast::kFirstEntity + i;
  }
  REQUIRE(event != 0);
  const std::string e = std::to_string(event);
  CHECK(has(e + " :yin/macro pair 0 1"));
  CHECK(has(e + " :yin/phase :compile 0 1"));
  CHECK(text.find("\n[" + e + " :yin/source-call {:type :yin/macro-expand") != std::string::npos);
  const std::size_t root = text.find("[" + e + " :yin/expansion-root ");
  REQUIRE(root != std::string::npos);
  const std::string made = text.substr(text.find_last_of(' ', text.find(" 0 1]", root) - 1) + 1, 2);
  CHECK(has(made + " :yin/type :vector 0 " + e));
  CHECK(text.find(":yin/type :literal 0 " + e) == std::string::npos);
  const auto again = vm::read_datoms(edit, text, "t.edn");
  REQUIRE(again.status().message() == "");
  CHECK(as_datoms(pin, *again) == text);
  // What was made has the call's place.
  const std::size_t column = written.find("{:type :yin/macro-expand") + 1;
  CHECK(has(made + " :yin/column " + std::to_string(column) + " 0 2"));
}

TEST_CASE("macros of programs as data that make too much, or have no end, are refused") {
  tests::ProgramRunner runner;
  const std::string too_large = "entities that stand in several places make the program too large";
  const auto refused = [&](const std::string& text, const std::string& why) {
    const std::string got = runner.run(text, data()).value;
    INFO(got);
    CHECK(got.ends_with(why));
  };
  std::string nested = kOne;
  for (int i = 0; i < 60; ++i) nested = call_macro("twice", nested);
  refused(with_macro("twice", kTwice, nested), too_large);
  refused(with_macro("maps", sixty_times("{:type :literal :value {:type :literal}}", kTwice),
                     call_macro("maps", kOne)),
          too_large);
  refused(with_macro("values",
                     sixty_times("{:type :literal :value []}",
                                 "{:type :vector :operands [{:type :variable :name x}"
                                 " {:type :variable :name x}]}"),
                     call_macro("values", kOne)),
          "the macro gave a value of more than 16 MiB");
  refused(with_macro("endless", "{:type :literal :value " + call_macro("endless", kOne) + "}",
                     call_macro("endless", kOne)),
          "the macro `endless` goes on expanding without an end");
  // As deep as one likes.
  nested = kOne;
  for (int i = 0; i < 20'000; ++i) nested = call_macro("same", nested);
  CHECK(runner.run(with_macro("same", kX, nested), data()).value == "1");
}
