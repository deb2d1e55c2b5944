#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "substrate/set.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "tests/substrate/random_value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

struct Edn {
  TestDomain t;
  Pin pin{*t.worker};
  Edit edit = Edit::in_nursery(pin);

  Word operator()(std::string_view text) {
    const auto value = read(edit, text);
    INFO(text << ": " << value.status().message());
    REQUIRE(value.ok());
    REQUIRE(flaw_in(pin, *value) == "");
    return *value;
  }
  std::string again(std::string_view text) { return print(pin, (*this)(text)); }
  std::string error(std::string_view text) {
    const auto value = read(edit, text);
    INFO(text);
    REQUIRE(!value.ok());
    REQUIRE(value.status().code() == StatusCode::kInvalidArgument);
    return value.status().message();
  }
  std::string display(Word w) {
    std::string out;
    display_to(out, pin, w);
    return out;
  }
};

}  // namespace

TEST_CASE("what prints as it was read") {
  Edn edn;
  for (const char* text : {
           "nil",
           "true",
           "false",
           "0",
           "1",
           "-1",
           "4611686018427387903",
           "4611686018427387904",
           "-4611686018427387904",
           "-4611686018427387905",
           "9223372036854775807",
           "-9223372036854775808",
           "0.0",
           "-0.0",
           "1.0",
           "0.1",
           "-2.5",
           "1e+100",
           "1.5e-300",
           "5e-324",
           "1.7976931348623157e+308",
           "123456789.0",
           "##Inf",
           "##-Inf",
           "##NaN",
           "\\a",
           "\\newline",
           "\\space",
           "\\tab",
           "\\return",
           "\\u0000",
           "\\u007f",
           "\\(",
           "\\\\",
           "\\\"",
           "\\;",
           "\\,",
           "\\u",
           "\\\xc3\xa4",
           "\\\xf0\x9f\x98\x80",
           "\\ud800",
           "\"\"",
           "\"a\"",
           "\"seven b\"",
           "\"more than seven bytes\"",
           "\"\\\"\\\\\\n\\t\\r\\u0001\\u007f\"",
           "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"",
           ":a",
           ":a/b",
           ":a.b/c-d",
           ":1",
           "a",
           "a/b",
           "/",
           "clojure.core//",
           "+",
           "-",
           "->x",
           "*a*",
           "a'",
           "a#",
           "a:b",
           "<=",
           "...",
           "&",
           "%",
           "()",
           "[]",
           "{}",
           "#{}",
           "(1)",
           "[1 (2 [3])]",
           "{:a 1}",
           "#{1}",
           "{:a {:b {:c []}}}",
           "[nil [nil] {nil nil} #{nil}]",
       }) {
    CHECK(edn.again(text) == text);
  }
}

TEST_CASE("what reads as something else that prints shorter") {
  Edn edn;
  for (const auto& [text, printed] : std::vector<std::pair<std::string, std::string>>{
           {"+1", "1"},
           {"-0", "0"},
           {"1.", "1.0"},
           {"1.50", "1.5"},
           {"1e2", "100.0"},
           {"1E2", "100.0"},
           {"1e+2", "100.0"},
           {"+1.5", "1.5"},
           {"1e22", "1e+22"},
           {"\"\\u0041\\b\\f\"", "\"A\\u0008\\u000c\""},
           {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
           {"\\u0041", "\\A"},
           {"\\formfeed", "\\u000c"},
           {" ,\t\n[1,2 , 3]\n", "[1 2 3]"},
           {"; a comment\n1 ; another", "1"},
           {"[1 #_2 3]", "[1 3]"},
           {"[#_#_1 2 3]", "[3]"},
           {"#_ [1 (2] 3", "?"},
           {"#_[1 2] 3", "3"},
           {"3 #_4", "3"},
           {"{:a #_:b 1}", "{:a 1}"},
           {"[1;x\n2]", "[1 2]"},
           {"(\"a\"\"b\")", "(\"a\" \"b\")"},
           {"[\\a\\b]", "[\\a \\b]"},
           {"[a[b]c]", "[a [b] c]"},
           {"#{#{}}", "#{#{}}"},
       }) {
    if (printed == "?") {
      edn.error(text);
    } else {
      CHECK(edn.again(text) == printed);
    }
  }
}

TEST_CASE("maps print with commas between entries, in the order of their iterator") {
  Edn edn;
  const Word map = edn("{:a 1 :b [2 3] \"c\" {}}");
  std::string expected;
  for (MapIterator it(edn.pin, Map{map}); !it.done(); it.next()) {
    expected += (expected.empty() ? "{" : ", ") + print(edn.pin, it.entry().key) + " " +
                print(edn.pin, it.entry().value);
  }
  CHECK(print(edn.pin, map) == expected + "}");
  const Word set =
      edn("#{1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 "
          "32 33 34}");
  expected.clear();
  for (SetIterator it(edn.pin, Set{set}); !it.done(); it.next()) {
    expected += (expected.empty() ? "#{" : " ") + print(edn.pin, it.item());
  }
  CHECK(print(edn.pin, set) == expected + "}");
}

TEST_CASE("display shows strings and characters bare") {
  Edn edn;
  CHECK(edn.display(edn("\"a\\n\\\"b\\\"\"")) == "a\n\"b\"");
  CHECK(edn.display(edn("\\newline")) == "\n");
  CHECK(edn.display(edn("[\"a\" \\b :c 1.0 nil]")) == "[a b :c 1.0 nil]");
}

TEST_CASE("what has no text of its own prints as a tagged form, and is not read back") {
  Edn edn;
  const Pin& pin = edn.pin;
  CHECK(print(pin, root_word({RootKind::kAtom, SlotIndex{12}, 3})) == "#yin/atom [12 3]");
  CHECK(print(pin, root_word({RootKind::kAgent, SlotIndex{1}, 1})) == "#yin/agent [1 1]");
  CHECK(print(pin, root_word({RootKind::kCursor, SlotIndex{0xffffffff}, kGenerationMax})) ==
        "#yin/cursor [4294967295 1048575]");
  CHECK(print(pin, primitive_word(17)) == "#yin/primitive 17");
  CHECK(print(pin, kAbsent) == "#yin/absent nil");
  const Word name[] = {symbol(pin, "f"), kNil};
  const Word function = make_record(edn.edit, ObjectKind::kFunction, name, 2);
  const Word closure = make_record(edn.edit, ObjectKind::kClosure, &function, 1);
  CHECK(print(pin, function) == "#yin/function \"f\"");
  CHECK(print(pin, closure) == "#yin/closure \"f\"");
  const Word arities = Vector::from(edn.edit, {&function, 1}).word;
  CHECK(print(pin, make_record(edn.edit, ObjectKind::kClosure, &arities, 1)) ==
        "#yin/closure \"f\"");
  const Word anonymous[] = {kNil, kNil};
  const Word lambda = make_record(edn.edit, ObjectKind::kFunction, anonymous, 2);
  CHECK(print(pin, make_record(edn.edit, ObjectKind::kClosure, &lambda, 1)) == "#yin/closure nil");
  const Word error[] = {keyword(pin, "type"),
                        from_string(edn.edit, "no number: \"x\""),
                        kNil,
                        kNil,
                        kNil,
                        kNil,
                        kNil};
  CHECK(print(pin, make_record(edn.edit, ObjectKind::kError, error, 7)) ==
        "#yin/error [:type \"no number: \\\"x\\\"\"]");
  CHECK(print(pin, make_record(edn.edit, ObjectKind::kFrame, &closure, 1)) == "#yin/frame nil");
  CHECK(edn.error("#yin/atom [12 3]") ==
        "line 1, column 1: tagged literals such as '#yin/atom' cannot be read yet");
}

TEST_CASE("errors name the place and what is wrong with it") {
  Edn edn;
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "line 1, column 1: there is nothing to read"},
           {" ; nothing\n ", "line 2, column 2: there is nothing to read"},
           {"#_1", "line 1, column 4: there is nothing to read"},
           {"1 2", "line 1, column 3: one value was expected, here another one starts"},
           {"[1] []", "line 1, column 5: one value was expected, here another one starts"},
           {"(1\n  [2\n", "line 2, column 3: this [ is never closed"},
           {"{:a 1", "line 1, column 1: this { is never closed"},
           {")", "line 1, column 1: nothing is open for this ) to close"},
           {"[1\n 2)", "line 2, column 3: expected ] for the [ of line 1, column 1, found )"},
           {"[#_]", "line 1, column 2: #_ has nothing behind it to leave out"},
           {"[1 #_", "line 1, column 4: #_ has nothing behind it to leave out"},
           {"{:a}", "line 1, column 1: map literal has an odd number of forms"},
           {"[{1 2 3}]", "line 1, column 2: map literal has an odd number of forms"},
           {"{:a 1, :b 2, :a 3}", "line 1, column 1: {} literal has the key ':a' twice"},
           {"{[1] 1, (1) 3}", "line 1, column 1: {} literal has the key '(1)' twice"},
           {"[#{1 2 1}]", "line 1, column 2: #{} literal has the item '1' twice"},
           {"#{0.0 -0.0}", "line 1, column 1: #{} literal has the item '-0.0' twice"},
           {"9223372036854775808",
            "line 1, column 1: the integer '9223372036854775808' needs more than 64 bits"},
           {"-9223372036854775809",
            "line 1, column 1: the integer '-9223372036854775809' needs more than 64 bits"},
           {"1e999", "line 1, column 1: the number '1e999' is out of the range of doubles"},
           {"1/2", "line 1, column 1: ratios such as '1/2' cannot be read yet"},
           {"12N", "line 1, column 1: big integers such as '12N' cannot be read yet"},
           {"1.5M", "line 1, column 1: exact decimals such as '1.5M' cannot be read yet"},
           {"012", "line 1, column 1: '012' is no number"},
           {"0x1F", "line 1, column 1: '0x1F' is no number"},
           {"1a", "line 1, column 1: '1a' is no number"},
           {"1e", "line 1, column 1: '1e' is no number"},
           {"1.5.2", "line 1, column 1: '1.5.2' is no number"},
           {"--1", "?"},
           {"-.5", "line 1, column 1: '-.5' is no number: write a digit before the point"},
           {".5", "line 1, column 1: '.5' is no number: write a digit before the point"},
           {"##Foo", "line 1, column 1: of ##, only ##Inf, ##-Inf and ##NaN are known, not 'Foo'"},
           {"#inst \"2020\"",
            "line 1, column 1: tagged literals such as '#inst' cannot be read yet"},
           {"#\"a\"", "line 1, column 1: nothing that starts with '#\"' is known"},
           {"#", "line 1, column 1: nothing that starts with '#' is known"},
           {"#'a", "line 1, column 1: nothing that starts with '#'' is known"},
           {"'a", "line 1, column 1: a value cannot start with '''"},
           {"@a", "line 1, column 1: a value cannot start with '@'"},
           {"^{} []", "line 1, column 1: a value cannot start with '^'"},
           {":", "line 1, column 1: ':' is no keyword"},
           {"::a", "line 1, column 1: '::a' is no keyword"},
           {":a/", "line 1, column 1: ':a/' is no keyword"},
           {"a/b/c", "line 1, column 1: 'a/b/c' is no symbol"},
           {"a:", "line 1, column 1: 'a:' is no symbol"},
           {"/a", "line 1, column 1: '/a' is no symbol"},
           {"\\", "line 1, column 1: a character is missing behind \\"},
           {"\\ab", "line 1, column 1: '\\ab' is no character"},
           {"\\u12", "line 1, column 1: '\\u12' is no character"},
           {"\\u12g4", "line 1, column 1: '\\u12g4' is no character"},
           {"\"abc", "line 1, column 1: this string has no end"},
           {"\"abc\\", "line 1, column 5: the escape '\\' is not known"},
           {"\"\\q\"", "line 1, column 2: the escape '\\q' is not known"},
           {"\"\\u12\"", "line 1, column 2: \\u needs four hexadecimal digits"},
           {"\"\\ud800\"", "line 1, column 2: half of a surrogate pair is no character"},
           {"\"\\udc00\"", "line 1, column 2: half of a surrogate pair is no character"},
           {"\"\\ud800\\u0041\"", "line 1, column 2: half of a surrogate pair is no character"},
           {"\"\xc3\xa4\xc3\xb6\" 1/2",
            "line 1, column 6: ratios such as '1/2' cannot be read yet"},
       }) {
    if (message == "?") {
      CHECK(edn.again(text) == text);
    } else {
      CHECK(edn.error(text) == message);
    }
  }
  CHECK(edn.error(":" + std::string(5000, 'a'))
            .starts_with("line 1, column 1: a name of 5000 bytes"));
}

TEST_CASE("random values come back equal from their text") {
  Edn edn;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(2000); ++i) {
    const Word value = random_value(edn.edit, random, 4);
    const std::string text = print(edn.pin, value);
    INFO(text);
    const Word back = edn(text);
    REQUIRE(equal(edn.pin, value, back));
    REQUIRE(hash(edn.pin, value) == hash(edn.pin, back));
    REQUIRE(print(edn.pin, back) == text);
    REQUIRE(flaw_in(edn.pin, value) == "");
  }
}

TEST_CASE("every double comes back bit for bit from its text") {
  Edn edn;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(30'000); ++i) {
    const double d = random_double(random);
    const auto back = read(edn.edit, print(edn.pin, from_double(edn.edit, d)));
    REQUIRE(back.ok());
    REQUIRE(is_double(*back));
    REQUIRE(std::bit_cast<std::uint64_t>(to_double(edn.pin, *back)) ==
            std::bit_cast<std::uint64_t>(d));
  }
}

TEST_CASE("text nested a million deep is read and printed like any other") {
  for (const auto& [open, close] :
       {std::pair{"(", ")"}, {"[", "]"}, {"{1 ", "}"}, {"[({1 ", "})]"}}) {
    Edn edn;
    std::string text;
    const int depth = yin::test::effort(open[0] == '(' ? 1'000'000 : 200'000);
    for (int i = 0; i < depth; ++i) text += open;
    text += "nil";
    for (int i = 0; i < depth; ++i) text += close;
    const auto value = read(edn.edit, text);
    REQUIRE(value.ok());
    REQUIRE(print(edn.pin, *value) == text);
  }
  Edn edn;
  CHECK(edn.error(std::string(1'000'000, '[')) == "line 1, column 1000000: this [ is never closed");
  std::string left_out;
  for (int i = 0; i < 1'000'000; ++i) left_out += "#_";
  CHECK(!read(edn.edit, left_out + "1").ok());
}

TEST_CASE("no text makes the reader crash") {
  Edn edn;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(20'000); ++i) {
    constexpr std::string_view kPieces[] = {
        "(",   ")",   "[", "]", "{",    "}",    "#{",       "#_",  "#",   "##",   "\"", "\\",
        "\\u", "u00", ":", "/", "1",    "-",    "e",        ".",   "N",   "a",    " ",  "\n",
        ";",   ",",   "'", "^", "\xff", "\xc3", "\xf0\x9f", "nil", "Inf", "\x01", "0"};
    std::string text;
    for (std::uint64_t size = random.below(12); size > 0; --size)
      text += kPieces[random.below(std::size(kPieces))];
    const auto value = read(edn.edit, text);
    if (!value.ok()) {
      REQUIRE(value.status().message().starts_with("line "));
      continue;
    }
    const auto back = read(edn.edit, print(edn.pin, *value));
    INFO(text << " -> " << print(edn.pin, *value));
    REQUIRE(back.ok());
    REQUIRE((equal(edn.pin, *value, *back) || text.find("NaN") != std::string::npos));
  }
}
