#include "substrate/metadata.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "substrate/map.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "substrate/set.h"
#include "substrate/vector.h"
#include "tests/substrate/reading.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

struct Annotated : Reading {
  std::string shown(std::string_view text) {
    std::string out;
    REQUIRE(print_with_meta_to(out, pin, (*this)(text)));
    return out;
  }
};

}  // namespace

TEST_CASE("metadata comes back from where it was put, is replaced, and goes with nil") {
  Annotated a;
  const Word meta = a("{:line 1}");
  for (const char* text : {"[]", "[1]", "()", "(1)", "{}", "{1 2}", "#{}", "#{1}", "name"}) {
    const Word value = a(text);
    INFO(text);
    REQUIRE(takes_meta(value));
    const Word with = with_meta(a.edit, value, meta);
    CHECK(flaw_in(a.pin, with) == "");
    CHECK(is_annotated(with));
    CHECK(bare(a.pin, with) == value);
    CHECK(meta_of(a.pin, with) == meta);
    CHECK(meta_of(a.pin, value) == kNil);
    const Word again = with_meta(a.edit, with, kEmptyMap);
    CHECK(bare(a.pin, again) == value);
    CHECK(meta_of(a.pin, again) == kEmptyMap);
    CHECK(with_meta(a.edit, with, kNil) == value);
    CHECK(kind_name(with) == "annotated value");
  }
  for (const char* text : {"nil", "1", "\"a\"", ":a", "1/2", "#inst \"2026\"", "#t []"})
    CHECK(!takes_meta(a(text)));
}

TEST_CASE("equality, hash, order and print look through metadata, at any depth") {
  Annotated a;
  for (const auto& [bare_text, annotated_text] : {std::pair{"[1 2]", "^:a [1 2]"},
                                                  {"[[] x]", "[^:a [] ^:b x]"},
                                                  {"{x [y]}", "^:m {^:a x ^:b [^:c y]}"},
                                                  {"#{x [] {}}", "#{^:a x ^:b [] ^:c {}}"},
                                                  {"#t [x]", "#t ^:a [^:b x]"},
                                                  {"{#{x} 1}", "{#{^:a x} 1}"},
                                                  {"(a b)", "^:z [^:x a ^:y b]"}}) {
    INFO(annotated_text);
    const Word plain = a(bare_text);
    const Word annotated = a(annotated_text);
    CHECK(equal(a.pin, plain, annotated));
    CHECK(equal(a.pin, annotated, plain));
    CHECK(equal(a.pin, annotated, a(annotated_text)));
    CHECK(hash(a.pin, plain) == hash(a.pin, annotated));
    CHECK(compare(a.pin, plain, annotated) == 0);
    CHECK(compare(a.pin, annotated, a(annotated_text)) == 0);
  }
  CHECK(print(a.pin, a("[^:a [] ^:b x]")) == "[[] x]");
  CHECK(!equal(a.pin, a("^:a [1]"), a("^:a [2]")));
  CHECK(compare(a.pin, a("^:b x"), a("^:a y")) < 0);
}

TEST_CASE("keys are found with metadata and without, and the first one stays") {
  Annotated a;
  for (const char* text : {"x", "[]", "[1]", "{}", "#{#{}}", "#t [x]"}) {
    INFO(text);
    const Word plain = a(text);
    const Word annotated =
        takes_meta(plain) ? with_meta(a.edit, plain, a("{:a 1}")) : a("#t ^:a [^:b x]");
    for (const auto& [first, second] : {std::pair{plain, annotated}, {annotated, plain}}) {
      for (const int others : {0, 3, 300}) {
        Map map;
        Set set;
        for (int i = 0; i < others; ++i) {
          map = map.assoc(a.edit, int_word(i), kNil);
          set = set.conj(a.edit, int_word(i));
        }
        map = map.assoc(a.edit, first, int_word(1)).assoc(a.edit, second, int_word(2));
        set = set.conj(a.edit, first).conj(a.edit, second);
        CHECK(map.count(a.pin) == static_cast<std::uint32_t>(others) + 1);
        CHECK(set.count(a.pin) == static_cast<std::uint32_t>(others) + 1);
        CHECK(map.find(a.pin, first) == int_word(2));
        CHECK(map.find(a.pin, second) == int_word(2));
        CHECK(set.contains(a.pin, second));
        CHECK(flaw_in(a.pin, map.word) == "");
        CHECK(flaw_in(a.pin, set.word) == "");
        CHECK(map.dissoc(a.edit, second).count(a.pin) == static_cast<std::uint32_t>(others));
        CHECK(set.disj(a.edit, second).count(a.pin) == static_cast<std::uint32_t>(others));
      }
    }
  }
}

TEST_CASE("metadata is read in every form that Clojure has, and shown in one") {
  Annotated a;
  CHECK(a.shown("^{:a 1} [1]") == "^{:a 1} [1]");
  CHECK(a.shown("^:a [1]") == "^{:a true} [1]");
  CHECK(a.shown("^Tag x") == "^{:tag Tag} x");
  CHECK(a.shown("^\"tag\" x") == "^{:tag \"tag\"} x");
  CHECK(a.shown("^[int _] x") == "^{:param-tags [int _]} x");
  CHECK(a.shown("^{} []") == "^{} []");
  CHECK(a.shown("[^:a x]") == "[^{:a true} x]");
  CHECK(a.shown("^{:a ^:b []} x") == "^{:a ^{:b true} []} x");
  CHECK(a.shown("^ #_ignored :a #_ignored []") == "^{:a true} []");
  CHECK(a.shown("#t ^:a []") == "#t ^{:a true} []");
  CHECK(equal(a.pin, meta_of(a.pin, a("^:a ^:b ^{:c 1} []")), a("{:a true :b true :c 1}")));
  CHECK(equal(a.pin, meta_of(a.pin, a("^{:a 1} ^{:a 2 :b 3} []")), a("{:a 1 :b 3}")));
  CHECK(meta_of(a.pin, a("^ ^:odd {:a 1} []")) != kNil);
  CHECK(!read(a.edit, "^:a 1").ok());
  CHECK(!read(a.edit, "^:a #t []").ok());
}
