// Reading with a machine: macros of the program run while it is read, and leave a trace.

#include "vm/reading.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "substrate/intern.h"
#include "substrate/print.h"
#include "ast/module.h"
#include "ast/schema.h"
#include "vm/prelude.h"
#include "tests/support/test_domain.h"

using namespace yin;
using substrate::Pin;
using substrate::Word;

namespace {

struct ReadingTest {
  tests::TestDomain domain;

  ReadingTest() { REQUIRE(vm::install_prelude(*domain.worker).ok()); }
};

// The attribute of the only :macro-expand-event of the program.
std::string of_event(const Pin& pin, Word program, std::string_view attribute) {
  const Word type = substrate::keyword(pin, ast::attribute::kType);
  const Word event = substrate::keyword(pin, ast::node_type::kMacroEvent);
  std::string found;
  for (std::uint32_t i = 0; i < ast::entity_count(pin, program); ++i) {
    const std::uint32_t entity = ast::kFirstEntity + i;
    if (ast::attribute_of(pin, program, entity, type) != event) continue;
    CHECK(found.empty());
    const Word key = substrate::keyword(pin, attribute);
    found = substrate::print(pin, ast::attribute_of(pin, program, entity, key));
  }
  return found;
}

}  // namespace

TEST_CASE_METHOD(ReadingTest, "an expansion leaves its call, its macro, its phase and its root") {
  const Pin pin(*domain.worker);
  substrate::Edit edit = substrate::Edit::in_slab(pin);
  auto program = vm::read_program(edit, "(defmacro twice [x] `[~x ~x]) (twice (f 1))", "t.clj");
  REQUIRE(program.ok());
  CHECK(of_event(pin, *program, ast::attribute::kSourceCall) == "(twice (f 1))");
  CHECK(of_event(pin, *program, ast::attribute::kMacro) == "twice");
  CHECK(of_event(pin, *program, ast::attribute::kPhase) == ":compile");
  const auto root = static_cast<std::uint32_t>(
      std::stoul(of_event(pin, *program, ast::attribute::kExpansionRoot)));
  const Word type = substrate::keyword(pin, ast::attribute::kType);
  CHECK(substrate::print(pin, ast::attribute_of(pin, *program, root, type)) == ":vector");
}

TEST_CASE_METHOD(ReadingTest, "what a macro makes has the content of what is written so") {
  const Pin pin(*domain.worker);
  substrate::Edit edit = substrate::Edit::in_slab(pin);
  const auto hash = [&](std::string_view text) {
    auto program = vm::read_program(edit, text, "t.clj");
    REQUIRE(program.ok());
    return ast::content_hash(pin, *program);
  };
  CHECK(hash("(defmacro m [x] (list 'f x)) (m 1)") == hash("'m (f 1)"));
  // Made-up names are counted for each form, so the same text gives the same program.
  const std::string_view made_up =
      "(defmacro m [x] (let [g (gensym)] `(let [~g 1 y# 2] ~x))) (m 1)";
  CHECK(hash(made_up) == hash(made_up));
}

TEST_CASE_METHOD(ReadingTest, "a program without macros has no such entity") {
  const Pin pin(*domain.worker);
  substrate::Edit edit = substrate::Edit::in_slab(pin);
  auto program = vm::read_program(edit, "(when a (cond-> b c d))", "t.clj");
  REQUIRE(program.ok());
  CHECK(of_event(pin, *program, ast::attribute::kMacro).empty());
}

TEST_CASE_METHOD(ReadingTest, "what was read before gives macros and names, and is no part") {
  const Pin pin(*domain.worker);
  substrate::Edit edit = substrate::Edit::in_slab(pin);
  const std::string before =
      "(ns a (:require [clojure.string :as s])) (defn two [x] [x x]) (defmacro twice [x] (two x))"
      " (defn cond [& x] :own)";
  const auto content = [&](std::string_view text, std::string_view earlier) {
    auto program = vm::read_program(edit, text, "t.clj", earlier);
    INFO(program.status().message());
    REQUIRE(program.ok());
    return ast::content_hash(pin, *program);
  };
  CHECK(content("(twice (f 1))", before) == content("[(f 1) (f 1)]", ""));
  CHECK(content("(s/join [])", before) == content("(clojure.string/join [])", ""));
  // A function of the program's takes the place of a macro's name.
  CHECK(content("(cond 1 2)", before) != content("(cond 1 2)", ""));
  CHECK(content("(f 1)", before) == content("(f 1)", ""));
  CHECK(!vm::read_program(edit, "(twice", "t.clj", before).ok());
}
