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
#include "tests/substrate/reading.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

struct Edn : Reading {
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
           "9223372036854775808N",
           "-9223372036854775809N",
           "123456789012345678901234567890123456789012345678901234567890N",
           "1/2",
           "-7/3",
           "123456789012345678901234567891/3",
           "1/123456789012345678901234567890",
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
           "\\backspace",
           "\\formfeed",
           "\\u0000",
           "\\u007f",
           "\\(",
           "\\\\",
           "\\\"",
           "\\;",
           "\\,",
           "\\u",
           "\\o",
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
           "#inst \"2026-03-01T12:34:56.789-00:00\"",
           "#inst \"0000-01-01T00:00:00.000-00:00\"",
           "#inst \"9999-12-31T23:59:59.999-00:00\"",
           "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"",
           "#yin/bytes \"\"",
           "#yin/bytes \"AQID\"",
           "#my/tag [1 2]",
           "#t nil",
           "#a #b #c 1",
           "[#my/tag {:a #uuid \"00000000-0000-0000-0000-000000000000\"} 2]",
           "{#t 1 #t 2}",
       }) {
    CHECK(edn.again(text) == text);
  }
}

TEST_CASE("what reads as something else that prints shorter") {
  Edn edn;
  for (const auto& [text, printed] : std::vector<std::pair<std::string, std::string>>{
           {"+1", "1"},
           {"#:my{}", "{}"},
           {"#:my {:a 1}", "{:my/a 1}"},
           {"[#:m{:_/a 1} #:m{:n/a 2} #:m{a 3} #:m{\"a\" 4} #:m{/ 5}]",
            "[{:a 1} {:n/a 2} {m/a 3} {\"a\" 4} {m// 5}]"},
           {"#:m{:a #:n{:b {:c 1}}}", "{:m/a {:n/b {:c 1}}}"},
           {"#:m{:a #_ 1 :b}", "{:m/a :b}"},
           {"-0", "0"},
           {"1N", "1"},
           {"-0N", "0"},
           {"+12N", "12"},
           {"9223372036854775807N", "9223372036854775807"},
           {"9223372036854775808", "9223372036854775808N"},
           {"-9223372036854775808N", "-9223372036854775808"},
           {"4/2", "2"},
           {"-0/7", "0"},
           {"+6/4", "3/2"},
           {"007/021", "1/3"},
           {"36893488147419103232/18446744073709551616", "2"},
           {"1.", "1.0"},
           {"1.50", "1.5"},
           {"1e2", "100.0"},
           {"1E2", "100.0"},
           {"1e+2", "100.0"},
           {"+1.5", "1.5"},
           {"1e22", "1e+22"},
           {"\"\\u0041\\b\\f\"", "\"A\\u0008\\u000c\""},
           {"\"\\101\\0\\3777\"",
            "\"A\\u0000\xc3\xbf"
            "7\""},
           {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
           {"\\u0041", "\\A"},
           {"\\o101", "\\A"},
           {"\\o0", "\\u0000"},
           {"\\o377", "\\\xc3\xbf"},
           {"#my/tag #_1 2", "#my/tag 2"},
           {"#_#t 1 2", "2"},
           {"#t#u[]", "#t#u []"},
           {"#inst\"2026\"", "#inst \"2026-01-01T00:00:00.000-00:00\""},
           {"#uuid \"F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6\"",
            "#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\""},
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
  CHECK(edn.display(edn("#t [\"a\" 1/2 #inst \"2026\"]")) ==
        "#t [a 1/2 #inst \"2026-01-01T00:00:00.000-00:00\"]");
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
  std::vector<Word> error(ErrorField::kEnd, kNil);
  error[ErrorField::kKind] = keyword(pin, "type");
  error[ErrorField::kMessage] = from_string(edn.edit, "no number: \"x\"");
  CHECK(print(pin, make_record(edn.edit, ObjectKind::kError, error.data(), ErrorField::kEnd)) ==
        "#yin/error [:type \"no number: \\\"x\\\"\"]");
  CHECK(print(pin, make_record(edn.edit, ObjectKind::kFrame, &closure, 1)) == "#yin/frame nil");
  CHECK(edn.error("#yin/atom [12 3]") ==
        "line 1, column 1: '#yin/atom' stands for what has no text");
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
           {"1e999", "line 1, column 1: the number '1e999' is out of the range of doubles"},
           {"1/0", "line 1, column 1: '1/0': divide by zero"},
           {"1/2N", "line 1, column 1: '1/2N' is no number"},
           {"1/-2", "line 1, column 1: '1/-2' is no number"},
           {"1/", "line 1, column 1: '1/' is no number"},
           {"1NN", "line 1, column 1: '1NN' is no number"},
           {"1.0N", "line 1, column 1: '1.0N' is no number"},
           {"01N", "line 1, column 1: '01N' is no number"},
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
           {"#inst \"2020-13\"",
            "line 1, column 1: #inst needs a string with an instant such as "
            "\"2026-03-01T12:00:00Z\", not '\"2020-13\"'"},
           {"[#inst 2020]",
            "line 1, column 2: #inst needs a string with an instant such as "
            "\"2026-03-01T12:00:00Z\", not '2020'"},
           {"#uuid \"1\"",
            "line 1, column 1: #uuid needs a string with a uuid in hexadecimal, not '\"1\"'"},
           {"#yin/bytes \"A\"",
            "line 1, column 1: #yin/bytes needs a string with bytes in base64, not '\"A\"'"},
           {"#yin/frame nil", "line 1, column 1: '#yin/frame' stands for what has no text"},
           {"#a/b/c 1", "line 1, column 1: '#a/b/c' is no tag"},
           {"#:a/b {:c 1}", "line 1, column 1: '#:a/b' names no namespace"},
           {"#:: {:c 1}", "line 1, column 1: '#::' names no namespace"},
           {"[#:a 1]", "line 1, column 2: '#:a' has no map behind it"},
           {"#:a", "line 1, column 1: '#:a' has no map behind it"},
           {"#:a{:b 1 :a/b 2}", "line 1, column 1: {} literal has the key ':a/b' twice"},
           {"#:a{:b}", "line 1, column 1: map literal has an odd number of forms"},
           {"[#t]", "line 1, column 2: the tag #t has no value behind it"},
           {"[1 #t #_2", "line 1, column 4: the tag #t has no value behind it"},
           {"#t 1 2", "line 1, column 6: one value was expected, here another one starts"},
           {"1 #t 2", "line 1, column 3: one value was expected, here another one starts"},
           {"#\"a\"", "line 1, column 1: nothing that starts with '#\"' is known"},
           {"#", "line 1, column 1: nothing that starts with '#' is known"},
           {"#'a", "line 1, column 1: nothing that starts with '#'' is known"},
           {"'a", "line 1, column 1: a value cannot start with '''"},
           {"@a", "line 1, column 1: a value cannot start with '@'"},
           {"^:a 1", "line 1, column 1: metadata goes with collections and symbols, not with '1'"},
           {"^1 []",
            "line 1, column 1: metadata is a map, keyword, symbol, string or vector, not '1'"},
           {"[^:a]", "line 1, column 2: ^ needs metadata and a value behind it"},
           {"^", "line 1, column 1: ^ needs metadata and a value behind it"},
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
           {"\\o400", "line 1, column 1: '\\o400' is no character"},
           {"\\o0000", "line 1, column 1: '\\o0000' is no character"},
           {"\\o8", "line 1, column 1: '\\o8' is no character"},
           {"\"\\400\"", "line 1, column 2: an octal escape is at most \\377"},
           {"\"abc", "line 1, column 1: this string has no end"},
           {"\"abc\\", "line 1, column 5: the escape '\\' is not known"},
           {"\"\\q\"", "line 1, column 2: the escape '\\q' is not known"},
           {"\"\\u12\"", "line 1, column 2: \\u needs four hexadecimal digits"},
           {"\"\\ud800\"", "line 1, column 2: half of a surrogate pair is no character"},
           {"\"\\udc00\"", "line 1, column 2: half of a surrogate pair is no character"},
           {"\"\\ud800\\u0041\"", "line 1, column 2: half of a surrogate pair is no character"},
           {"\"\xc3\xa4\xc3\xb6\" 1/0", "line 1, column 6: '1/0': divide by zero"},
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
    const Word value = random_value(edn.edit, random, 4, Kinds::kReadable);
    const std::string text = print(edn.pin, value);
    INFO(text);
    const Word back = edn(text);
    REQUIRE(equal(edn.pin, value, back));
    REQUIRE(hash(edn.pin, value) == hash(edn.pin, back));
    REQUIRE(compare(edn.pin, value, back) == 0);
    REQUIRE(print(edn.pin, back) == text);
    REQUIRE(flaw_in(edn.pin, value) == "");
    std::string with_meta;
    REQUIRE(print_with_meta_to(with_meta, edn.pin, value));
    const Word annotated = edn(with_meta);
    REQUIRE(equal(edn.pin, value, annotated));
    std::string again;
    REQUIRE(print_with_meta_to(again, edn.pin, annotated));
    REQUIRE(again == with_meta);
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
  for (const auto& [open, close] : {std::pair{"(", ")"},
                                    {"[", "]"},
                                    {"{1 ", "}"},
                                    {"[({1 ", "})]"},
                                    {"#{", "}"},
                                    {"{", " 1}"},
                                    {"#t ", ""},
                                    {"#{#t [", "]}"}}) {
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
  std::string annotated;
  for (int i = 0; i < 200'000; ++i) annotated += "^:a [";
  annotated += std::string(200'000, ']');
  std::string shown;
  CHECK(print_with_meta_to(shown, edn.pin, edn(annotated)));
  CHECK(shown.starts_with("^{:a true} [^{:a true} ["));
  CHECK(shown.size() == annotated.size() + 200'000 * std::string_view("{ true}").size());
  CHECK(edn.error(std::string(1'000'000, '^')).ends_with("^ needs metadata and a value behind it"));
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
        "(",    ")",         "[",        "]",        "{",   "}",   "#{",   "#_", "#",
        "##",   "\"",        "\\",       "\\u",      "u00", ":",   "/",    "1",  "-",
        "e",    ".",         "N",        "a",        " ",   "\n",  ";",    ",",  "'",
        "^",    "\xff",      "\xc3",     "\xf0\x9f", "nil", "Inf", "\x01", "0",  "inst",
        "uuid", "yin/bytes", "\"2020\"", "^:a",      "o",   "7"};
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
