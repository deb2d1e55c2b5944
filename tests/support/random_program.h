#pragma once

// Programs made at random: small, of every construct the language has, most of them well typed.
//
// Each program draws from a part of the constructs only (swarm testing, Groce et al., ISSTA 2012), so
// that rare ones meet each other; a share of the expressions is of another type than wanted, and
// errors must agree as values do. Whatever loops counts down; what runs on through a continuation
// that was kept is stopped by who runs it, by its fuel. A seed is a program.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/random.h"

namespace yin::tests {

class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : random_(seed) {
    features_ = random_.bits() | random_.bits();
    wrong_ = random_.one_in(3) ? 20 + below(100) : 0;
    depth_max_ = 3 + below(4);
    budget_ = 10 + below(random_.one_in(6) ? 120 : 50);
  }

  std::string text() {
    std::string text;
    if (has(kMacros) && random_.one_in(12)) {
      macro_ = true;
      text += random_.one_in(2) ? "(defmacro m [x y] `(let [a# ~x] [a# ~y a#]))\n"
                                : "(defmacro m [x & r] (if (seq r) `(do ~@r ~x) `(inc ~x)))\n";
    }
    for (std::uint64_t defs = has(kDefinitions) ? below(3) : 0; defs > 0; --defs) text += define();
    if (random_.one_in(8)) text += value(any_type()) + "\n";
    if (definitions_ == 0) return text + result();
    const std::string called = form(std::string(1, 'p'), {leaf(kInt)});
    return text + vector_of({called, result()});
  }

 private:
  enum Type { kAny, kInt, kBool, kString, kVector, kMap, kFunction, kAtom, kTypes };
  enum Feature {
    kLoops,
    kRecursion,
    kClosures,
    kErrors,
    kFinally,
    kEscapes,
    kShifts,
    kAtoms,
    kPrints,
    kMacros,
    kDefinitions,
    kStrings,
    kMaps,
    kDoubles,
    kLarge,
    kLibrary,
    kArities,
    kDestructuring,
    kApply,
    kEffects,
    kMeta,
    kBig,
    kHot,
    kSorted,
    kTransducers,
    kSources,
    kWatches,
    kMethods,
  };
  struct Local {
    std::string name;
    Type type;
  };

  std::uint64_t below(std::uint64_t n) { return random_.below(n); }
  [[nodiscard]] bool has(Feature f) const { return (features_ >> f & 1) != 0; }
  template <std::size_t kCount>
  std::string one_of(const char* const (&of)[kCount]) {
    return of[below(kCount)];
  }
  Type any_type() {
    constexpr Type kLikely[] = {kInt, kInt, kInt, kAny, kBool, kVector, kVector, kFunction};
    const auto t = below(12);
    return t < 8 ? kLikely[t] : static_cast<Type>(below(kAtom));
  }

  // ---------------------------------------------------------------------------------- text

  // Blanks, and now and then the end of a line: places are told in errors.
  std::string gap() { return random_.one_in(24) ? "\n " : " "; }
  // (The parts of a braced list are made in their order, with every compiler.)
  std::string joined(std::initializer_list<std::string> parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : gap()) + part;
    return text;
  }
  std::string form(const std::string& head, std::initializer_list<std::string> parts) {
    const std::string blank = gap();
    return "(" + head + blank + joined(parts) + ")";
  }
  std::string vector_of(std::initializer_list<std::string> parts) {
    return "[" + joined(parts) + "]";
  }

  // ---------------------------------------------------------------------------------- names

  // In scope until out() was called as often. Names repeat, so that locals hide each other.
  std::string local(Type type) {
    std::string name(1, static_cast<char>('a' + below(6)));
    if (random_.one_in(2)) name += static_cast<char>('0' + below(3));
    scope_.push_back({name, type});
    return name;
  }
  // One that none of the last `among` locals has: of one list of parameters.
  std::string other_local(Type type, std::size_t among) {
    for (;;) {
      const std::string name = local(type);
      bool other = true;
      for (std::size_t i = 2; i <= among + 1; ++i) other &= scope_[scope_.size() - i].name != name;
      if (other) return name;
      out(1);
    }
  }
  void out(std::size_t count) { scope_.resize(scope_.size() - count); }
  // A local or definition of the type, or nothing.
  std::string known(Type type) {
    if (scope_.empty()) return {};
    for (int tries = 0; tries < 3; ++tries) {
      const Local& l = scope_[below(scope_.size())];
      if (type == kAny || l.type == type || (l.type == kAny && wrong_ != 0)) return l.name;
    }
    return {};
  }

  std::string define() {
    const std::string name(1, static_cast<char>('p' + definitions_));
    ++definitions_;
    std::string text;
    if (has(kMethods) && random_.one_in(3)) {
      text = "(defmulti " + name + " " + value(kFunction) + ")";
      for (const char* const chosen : {"0", "1", ":default"}) {
        const std::string n = local(kInt);
        text += form("defmethod", {name, chosen, "[" + n + "]", value(kInt)});
        out(1);
      }
      scope_.push_back({name, kFunction});
      return text + "\n";
    }
    switch (below(4)) {
      case 0: {
        const Type t = any_type();
        text = form("def", {has(kMeta) && random_.one_in(4) ? "^{:m 1} " + name : name, value(t)});
        scope_.push_back({name, t});
        break;
      }
      case 1: {
        const std::string n = local(kInt);
        // Itself, by its name: read when it is called.
        const std::string again = form(name, {form("dec", {n})});
        text = form("defn",
                    {name, "[" + n + "]",
                     form("if", {form("<", {n, "1"}), value(kInt),
                                 random_.one_in(2) ? again : form("+", {again, value(kInt)})})});
        out(1);
        text = "(declare " + name + ")" + text;
        scope_.push_back({name, kFunction});
        break;
      }
      default:
        text = "(def " + name + " " + function() + ")";
        scope_.push_back({name, kFunction});
    }
    return text + "\n";
  }

  // Of a program: a function is called.
  std::string result() {
    const Type t = any_type();
    return t == kFunction ? form(value(t), {value(kInt)}) : value(t);
  }

  // ---------------------------------------------------------------------------------- values

  std::string leaf(Type type) {
    if (!random_.one_in(3)) {
      const std::string name = known(type);
      if (!name.empty()) return name;
    }
    static constexpr const char* kTexts[] = {"\"\"", "\"s\"", "\"a b\"", "\"12\"",
                                             "\"longer than it is short\""};
    static constexpr const char* kKeys[] = {":a", ":b", ":k", "nil", "\\c", "'sym", ":a/b"};
    static constexpr const char* kRare[] = {"4611686018427387903",
                                            "-4611686018427387904",
                                            "9223372036854775807",
                                            "-9223372036854775808",
                                            "8388607",
                                            "8388608",
                                            "-8388609",
                                            "2047",
                                            "2048",
                                            "-2049"};
    static constexpr const char* kDoubleTexts[] = {"1.5",
                                                   "-0.25",
                                                   "1.5",
                                                   "3.0",
                                                   "0.0",
                                                   "-0.0",
                                                   "0.1",
                                                   "1e300",
                                                   "##NaN",
                                                   "##Inf",
                                                   "4611686018427387904.0"};
    static constexpr const char* kBigTexts[] = {"1/3", "-7/2", "123456789012345678901234567890",
                                                "-18446744073709551616", "1/9223372036854775808"};
    switch (type) {
      case kInt:
        if (has(kLarge) && random_.one_in(8)) return one_of(kRare);
        if (has(kDoubles) && random_.one_in(8)) return one_of(kDoubleTexts);
        if (has(kBig) && random_.one_in(8)) return one_of(kBigTexts);
        return std::to_string(static_cast<int>(below(12)) - 3);
      case kBool:
        if (!random_.one_in(3)) return form(one_of(kCompare), {leaf(kInt), leaf(kInt)});
        return random_.one_in(2) ? "true" : "false";
      case kString:
        return one_of(kTexts);
      case kVector: {
        static constexpr const char* kVectors[] = {"[]",     "[1]",       "[3 1 2]", "[1 2 3 4]",
                                                   "'(1 2)", "(range 3)", "nil",     "[0 0]"};
        // Of more than one node, and what is taken apart in another way.
        static constexpr const char* kLong[] = {
            "(range 40)", "(vec (range 33))", "(list 5)", "(into '() [1 2 3])", "#{7}", "\"ab\""};
        if (has(kHot) && random_.one_in(6)) return one_of(kLong);
        return one_of(kVectors);
      }
      case kMap: {
        static constexpr const char* kTables[] = {"{}", "{:a 1}", "{:a 1 :b 2}", "{1 2}", "nil"};
        return one_of(kTables);
      }
      case kFunction: {
        static constexpr const char* kFunctions[] = {"inc", "dec",      "-",
                                                     "abs", "#(* 2 %)", "identity"};
        static constexpr const char* kOthers[] = {"str",    ":a",  "+",   "vector",
                                                  "#{1 2}", "max", "not", "{1 2 3 4}"};
        if (random_.one_in(6)) return one_of(kOthers);
        return one_of(kFunctions);
      }
      case kAtom:
        return has(kAtoms) ? "(atom 0)" : "0";
      default:
        return random_.one_in(3) ? one_of(kKeys) : leaf(static_cast<Type>(kInt + below(6)));
    }
  }

  std::string value(Type type) {
    if (wrong_ != 0 && random_.one_in(wrong_)) type = static_cast<Type>(below(kTypes));
    if (budget_ == 0 || depth_ >= depth_max_ || random_.one_in(9)) return leaf(type);
    --budget_;
    ++depth_;
    std::string text = compound(type);
    --depth_;
    return text;
  }
  std::string compound(Type type) {
    if (type == kAny) type = random_.one_in(6) ? kAny : static_cast<Type>(kInt + below(6));
    // What any type can be of.
    switch (below(26)) {
      case 0:
      case 1:
        return form("if", {value(kBool), value(type), value(type)});
      case 2:
      case 3:
        return let(type);
      case 4:
        return has(kLoops) ? loop(type) : let(type);
      case 5:
        return has(kErrors) ? attempt(type) : value(type);
      case 6:
        return has(kErrors) ? random_.one_in(3) ? thrown() : attempt(type) : value(type);
      case 7:
        return has(kFinally) ? cleanup(type) : value(type);
      case 8:
        return has(kEscapes) ? escape(type) : value(type);
      case 9:
        return has(kShifts) ? delimited(type) : value(type);
      case 10:
        return form("do", {side_effect(), value(type)});
      case 11:
        return has(kDestructuring) ? destructured(type) : let(type);
      case 12:
        return choice(type);
      case 13:
        if (macro_ && type == kAny) return form("m", {value(kInt), value(kAny)});
        return has(kRecursion) ? letfn(type) : value(type);
      default:
        break;
    }
    switch (type) {
      case kInt:
        return integer();
      case kBool:
        return boolean();
      case kString:
        return has(kStrings) ? string() : form("str", {value(kAny), value(kAny)});
      case kVector:
        return vector();
      case kMap:
        return map();
      case kFunction:
        return has(kClosures) ? function() : leaf(kFunction);
      case kAtom:
        return has(kAtoms) ? form("atom", {value(kInt)}) : leaf(kInt);
      default:
        return form(one_of(kHeads), {value(kAny), value(kAny)});
    }
  }
  static constexpr const char* kCompare[] = {"<", ">", "<=", ">=", "=", "not=", "=="};
  static constexpr const char* kHeads[] = {"vector", "list", "or",         "and", "do",
                                           "get",    "=",    "identical?", "conj"};

  std::string integer() {
    static constexpr const char* kTwo[] = {"+",   "-",   "*",       "+",       "-",
                                           "min", "max", "bit-xor", "bit-and", "-"};
    static constexpr const char* kDivide[] = {"quot", "rem", "mod"};
    static constexpr const char* kOne[] = {"inc", "dec", "-", "abs", "inc", "dec", "bit-not"};
    if (has(kHot) && random_.one_in(8)) return hot();
    if (has(kBig) && random_.one_in(8)) return big();
    switch (below(has(kLibrary) ? 17 : 11)) {
      case 0:
      case 1:
      case 2:
        return form(one_of(kTwo), {value(kInt), value(kInt)});
      case 3:
        return form(random_.one_in(2) ? one_of(kTwo) : one_of(kDivide),
                    {value(kInt), random_.one_in(6) ? leaf(kInt) : "3"});
      case 4:
        return form(one_of(kOne), {value(kInt)});
      case 5:
        return form("+", {value(kInt), value(kInt), value(kInt)});
      case 6:
      case 7:
        return call();
      case 8:
        return form("count", {value(random_.one_in(2) ? kVector : kMap)});
      case 9:
        return form("nth", {value(kVector), leaf(kInt), value(kInt)});
      case 10:
        if (has(kAtoms)) return atom();
        return form("get", {value(kMap), leaf(kAny), value(kInt)});
      case 11:
        return form("reduce", {random_.one_in(2) ? "+" : operation(), value(kInt), value(kVector)});
      case 12:
        return form("apply", {random_.one_in(2) ? "+" : operation(), value(kInt), value(kVector)});
      case 13:
        return form("or", {form("first", {value(kVector)}), value(kInt)});
      case 14:
        return form("compare", {value(kInt), value(kInt)});
      case 15:
        return form("->", {value(kInt), "inc", form(one_of(kTwo), {leaf(kInt)})});
      default:
        return form("or", {form("some", {value(kFunction), value(kVector)}), "0"});
    }
  }
  // What machine code does in line: numbers that go round in a loop, closures that are made there,
  // collections that are taken apart and put together.
  std::string hot() {
    static constexpr const char* kTwo[] = {"+", "-", "*", "+", "-", "min", "max", "/", "quot"};
    static constexpr const char* kNotYet[] = {"<", "<=", "not="};
    static constexpr const char* kTake[] = {"first", "count", "peek", "last", "second", "empty?"};
    const std::string turns = std::to_string(below(random_.one_in(4) ? 40 : 8));
    switch (below(8)) {
      case 0:
      case 1: {  // two numbers, each from both
        const std::string x = value(kInt);
        const std::string y = has(kDoubles) && random_.one_in(2) ? "0.5" : value(kInt);
        const std::string step = form(one_of(kTwo), {"x", "y"});
        const std::string other = form(one_of(kTwo), {"y", leaf(kInt)});
        return form("loop", {"[n 0 x " + x + " y " + y + "]",
                             form("if", {form(one_of(kNotYet), {"n", turns}),
                                         form("recur", {"(inc n)", step, other}),
                                         form(one_of(kTwo), {"x", "y"})})});
      }
      case 2: {  // a closure of the closure before
        const std::string first = value(kFunction);
        const std::string given = value(kInt);
        const std::string more = random_.one_in(2) ? "n" : leaf(kInt);
        return form("loop",
                    {"[n 0 k " + first + "]",
                     form("if", {form("<", {"n", std::to_string(below(8))}),
                                 form("recur", {"(inc n)", "(fn [v] (k (+ v " + more + ")))"}),
                                 form("k", {given})})});
      }
      case 3: {  // one that captures a lot
        std::string held;
        std::string sum = "(+ v";
        for (std::uint64_t i = 0, count = 4 + below(6); i < count; ++i) {
          const std::string name = "h" + std::to_string(i);
          held += (i == 0 ? "" : " ") + name + " " + leaf(kInt);
          sum += " " + name;
        }
        return form("let", {"[" + held + " k (fn [v] " + sum + "))]", form("k", {value(kInt)})});
      }
      case 4: {  // a collection to its end
        static constexpr const char* kEnds[] = {"(empty? s)", "(not (seq s))", "(nil? s)",
                                                "(= 0 (count s))"};
        static constexpr const char* kInto[] = {"[]", "'()", "#{}", "nil", "[9]"};
        const std::string of = value(kVector);
        return form(
            "count",
            {form("loop", {"[s " + of + " r " + one_of(kInto) + "]",
                           form("if", {one_of(kEnds), "r",
                                       form("recur", {random_.one_in(2) ? "(rest s)" : "(next s)",
                                                      "(conj r (first s))"})})})});
      }
      case 5:
        return form("nth", {value(kVector), leaf(kInt)});
      case 6:
        return form(one_of(kTake), {value(kVector)});
      default:
        return form("nth", {form("conj", {value(kVector), leaf(kInt), value(kInt)}),
                            std::to_string(below(5))});
    }
  }
  // Beyond 64 bits, and between integers.
  std::string big() {
    static constexpr const char* kOne[] = {"numerator", "denominator", "double", "bigint",
                                           "long",      "rationalize", "abs",    "dec'"};
    static constexpr const char* kTwo[] = {"/", "/", "*'", "+'", "-'", "quot", "rem", "mod"};
    switch (below(4)) {
      case 0:
        return form(one_of(kOne), {value(kInt)});
      case 1:  // grows until it is no small integer
        return form("loop",
                    {"[n 0 x " + leaf(kInt) + "]",
                     form("if", {"(< n " + std::to_string(below(12)) + ")",
                                 "(recur (inc n) (* x " + leaf(kInt) + " 1000003))", "x"})});
      default:
        return form(one_of(kTwo), {value(kInt), value(kInt)});
    }
  }
  // Of two integers.
  std::string operation() {
    const std::string a = local(kInt);
    const std::string b = other_local(kInt, 1);
    const std::string body = value(kInt);
    out(2);
    return form("fn", {"[" + a + " " + b + "]", body});
  }

  std::string boolean() {
    static constexpr const char* kAsk[] = {"nil?",  "int?",    "vector?", "fn?",
                                           "some?", "string?", "map?",    "number?"};
    if (has(kHot) && random_.one_in(8)) return form("empty?", {value(kVector)});
    switch (below(8)) {
      case 0:
        return form("not", {value(kBool)});
      case 1:
        return form(one_of(kAsk), {value(kAny)});
      case 2:
        return form(random_.one_in(2) ? "and" : "or", {value(kBool), value(kBool)});
      case 3:
        return form(random_.one_in(2) ? "even?" : "zero?", {value(kInt)});
      case 4:
        return form(one_of(kCompare), {leaf(kInt), leaf(kInt)});
      case 5:
        return form("=", {value(kAny), value(kAny)});
      case 6:
        if (has(kLibrary)) return form("every?", {value(kFunction), value(kVector)});
        [[fallthrough]];
      default:
        return form(one_of(kCompare), {value(kInt), value(kInt)});
    }
  }

  std::string string() {
    switch (below(6)) {
      case 0:
        return form("subs", {value(kString), std::to_string(below(3))});
      case 1:
        return form("upper-case", {value(kString)});
      case 2:
        return form("pr-str", {value(kAny)});
      case 3:
        return form("join", {"\",\"", value(kVector)});
      default:
        return form("str", {value(kString), value(kAny)});
    }
  }

  std::string vector() {
    if (has(kMeta) && random_.one_in(8)) return annotated(value(kVector));
    if (has(kSorted) && random_.one_in(8)) return sorted();
    if (has(kTransducers) && random_.one_in(8)) return transduced();
    if (has(kSources) && random_.one_in(8)) return drawn();
    switch (below(has(kLibrary) ? 19 : 6)) {
      case 0:
      case 1:
        return vector_of({value(kInt), value(kInt)});
      case 2:
        return vector_of({value(wrong_ != 0 ? kAny : kInt)});
      case 3:
        return form("conj", {value(kVector), value(kInt)});
      case 4:
        return form("rest", {value(kVector)});
      case 5:
        return form("assoc",
                    {vector_of({value(kInt), value(kInt)}), std::to_string(below(3)), value(kInt)});
      case 6:
      case 7:
        return form("map", {value(kFunction), value(kVector)});
      case 8:
        return form("mapv", {value(kFunction), value(kVector)});
      case 9:
        return form("filter", {value(kFunction), value(kVector)});
      case 10:
        return form("into", {"[]", value(kVector)});
      case 11:
        return form("reverse", {value(kVector)});
      case 12:
        return form("sort", {value(kVector)});
      case 13:
        return form("map", {operation(), value(kVector), value(kVector)});
      case 14: {
        const std::string of = value(kVector);
        const std::string x = local(kInt);
        const std::string text = form("for", {"[" + x + " " + of + "]", value(kInt)});
        out(1);
        return text;
      }
      case 15:
        return form("take", {std::to_string(below(4)), value(kVector)});
      case 16:
        return form("concat", {value(kVector), value(kVector)});
      case 17:
        return form("reductions", {operation(), value(kInt), value(kVector)});
      default:
        return form("sort", {form("fn", {"[a b]", form("<", {"b", "a"})}), value(kVector)});
    }
  }

  // Metadata is kept by what changes a collection, and asked for by who wants it.
  std::string annotated(const std::string& of) {
    switch (below(4)) {
      case 0:
        return form("vary-meta", {of, "assoc", ":m", value(kAny)});
      case 1:
        return "^{:m " + std::to_string(below(4)) + "} [" + leaf(kInt) + "]";
      default:
        return form("with-meta", {of, value(kMap)});
    }
  }
  std::string sorted() {
    switch (below(5)) {
      case 0:
        return form("into", {"(sorted-set)", value(kVector)});
      case 1:
        return form("into", {"(sorted-set-by >)", value(kVector)});
      case 2:
        return form(
            "vals",
            {form("into", {"(sorted-map)", form("zipmap", {value(kVector), value(kVector)})})});
      case 3:
        return form("subseq", {form("sorted-set", {leaf(kInt), leaf(kInt), leaf(kInt)}),
                               one_of(kCompare), leaf(kInt)});
      default:
        return form("keys", {form("assoc", {form("sorted-map", {leaf(kInt), value(kAny)}),
                                            leaf(kInt), value(kAny)})});
    }
  }
  std::string transducer() {
    switch (below(7)) {
      case 0:
        return form("map", {value(kFunction)});
      case 1:
        return form("filter", {value(kFunction)});
      case 2:
        return form("take", {std::to_string(below(4))});
      case 3:
        return form("take-while", {value(kFunction)});
      case 4:
        return form("partition-all", {"2"});
      case 5:
        return "(distinct)";
      default:
        return "(dedupe)";
    }
  }
  std::string transduced() {
    const std::string how =
        random_.one_in(2) ? transducer() : form("comp", {transducer(), transducer()});
    switch (below(3)) {
      case 0:
        return form("sequence", {how, value(kVector)});
      case 1:
        return form("transduce", {how, "conj", "[]", value(kVector)});
      default:
        return form("into", {random_.one_in(2) ? "[]" : "'()", how, value(kVector)});
    }
  }
  // Some of what has no end.
  std::string drawn() {
    std::string from;
    switch (below(4)) {
      case 0:
        from = "(range)";
        break;
      case 1:
        from = form("iterate", {value(kFunction), leaf(kInt)});
        break;
      case 2:
        from = form("cycle", {value(kVector)});
        break;
      default:
        from = form("repeat", {value(kInt)});
    }
    for (std::uint64_t stages = below(3); stages > 0; --stages) {
      static constexpr const char* kStages[] = {"map", "map", "filter", "remove"};
      from = form(one_of(kStages), {value(kFunction), from});
    }
    if (random_.one_in(3)) return form("take-while", {value(kFunction), from});
    if (random_.one_in(4)) return form("vector", {form("first", {from})});
    return form("take", {std::to_string(below(6)), from});
  }

  std::string map() {
    static constexpr const char* kKeys[] = {":a", ":b", ":k", "1", "\"s\""};
    if (has(kMeta) && random_.one_in(6)) {
      if (random_.one_in(3)) return annotated(value(kMap));
      return form("meta", {value(random_.one_in(2) ? kVector : kMap)});
    }
    if (!has(kMaps)) return "{:a " + value(kInt) + "}";
    switch (below(8)) {
      case 0:
        return "{" + joined({":a", value(kInt), ":b", value(kAny)}) + "}";
      case 1:
        return "{" + joined({value(kInt), value(kInt), ":k", "1"}) + "}";
      case 2:
        return form("assoc", {value(kMap), one_of(kKeys), value(kAny)});
      case 3:
        return form("dissoc", {value(kMap), one_of(kKeys)});
      case 4:
        return form("merge", {value(kMap), value(kMap)});
      case 5:
        return form("update", {value(kMap), one_of(kKeys), form("fnil", {value(kFunction), "1"})});
      case 6:
        return form("zipmap", {"[:a :b]", value(kVector)});
      default:
        return form("select-keys", {value(kMap), "[:a]"});
    }
  }

  std::string function() {
    switch (below(9)) {
      case 0:
      case 1: {
        const std::string a = local(kInt);
        const std::string body = value(kInt);
        out(1);
        return form("fn", {"[" + a + "]", body});
      }
      case 2: {  // makes a closure
        const std::string held = value(kInt);
        const std::string c = local(kInt);
        const std::string inner = function();
        out(1);
        return form("let", {"[" + c + " " + held + "]", inner});
      }
      case 3:
        return has(kRecursion) ? recursion() : form("partial", {"+", value(kInt)});
      case 4:
        return form("comp", {value(kFunction), value(kFunction)});
      case 5: {
        if (!has(kArities)) return form("constantly", {value(kInt)});
        const std::string a = local(kInt);
        const std::string one = value(kInt);
        const std::string b = other_local(kInt, 1);
        const std::string two = value(kInt);
        out(2);
        return form("fn", {"([" + a + "] " + one + ")", "([" + a + " " + b + "] " + two + ")"});
      }
      case 6: {
        if (!has(kArities)) return leaf(kFunction);
        const std::string a = local(kInt);
        const std::string rest = other_local(kVector, 1);
        const std::string body = value(kInt);
        out(2);
        return form("fn", {"[" + a + " & " + rest + "]", body});
      }
      case 7:
        return "#" + form(random_.one_in(2) ? "+" : "-", {"%", leaf(kInt)});
      default:
        return form("partial", {operation(), value(kInt)});
    }
  }

  std::string recursion() {
    const std::string n = local(kInt);
    const bool named = random_.one_in(2);
    const std::string base = value(kInt);
    const std::string more = value(kInt);
    out(1);
    if (named) {
      return form("fn", {"self", "[" + n + "]",
                         form("if", {form("<", {"0", n, "5"}),
                                     form("+", {form("self", {form("dec", {n})}), more}), base})});
    }
    return form("fn", {"[" + n + "]", form("if", {form("<", {"0", n, "5"}),
                                                  form("recur", {form("dec", {n})}), base})});
  }

  std::string call() {
    switch (below(6)) {
      case 0: {
        const std::string f = value(kFunction);
        scope_.push_back({"f", kFunction});
        const std::string text = form(
            "let",
            {"[f " + f + "]", form("+", {form("f", {value(kInt)}), form("f", {value(kInt)})})});
        out(1);
        return text;
      }
      case 1:
        return has(kApply) ? form("apply", {value(kFunction), vector_of({value(kInt)})})
                           : form(value(kFunction), {value(kInt)});
      case 2:
        return form(wrong_ != 0 ? value(kFunction) : operation(), {value(kInt), value(kInt)});
      default:
        return form(value(kFunction), {value(kInt)});
    }
  }

  std::string atom() {
    const std::string a = known(kAtom);
    if (a.empty()) {
      const std::string first = value(kInt);
      const std::string name = local(kAtom);
      const std::string body = has(kWatches) && random_.one_in(2) ? watched(name) : value(kInt);
      out(1);
      return form("let", {"[" + name + " (atom " + first + ")]", body, "@" + name});
    }
    if (has(kWatches) && random_.one_in(3)) return watched(a);
    switch (below(5)) {
      case 0:
        return form("swap!", {a, "+", value(kInt)});
      case 1:
        return form("swap!", {a, value(kFunction)});
      case 2:
        return form("reset!", {a, value(kInt)});
      case 3:
        return form("if", {form("compare-and-set!", {a, value(kInt), value(kInt)}), "1", "@" + a});
      default:
        return "@" + a;
    }
  }

  std::string watched(const std::string& a) {
    switch (below(5)) {
      case 0:
      case 1: {
        const std::string before = local(kInt);
        const std::string now = other_local(kInt, 1);
        const std::string body = value(kAny);
        out(2);
        return form("do",
                    {"(add-watch " + a + " :w (fn [_ _ " + before + " " + now + "] " + body + "))",
                     form("swap!", {a, "inc"})});
      }
      case 2:
        return form("do",
                    {form("set-validator!", {a, random_.one_in(2) ? "number?" : value(kFunction)}),
                     form("reset!", {a, value(kInt)})});
      case 3:
        return form("do", {"(remove-watch " + a + " :w)", "@" + a});
      default:
        return form("first", {form("swap-vals!", {a, value(kFunction)})});
    }
  }

  std::string side_effect() {
    if (has(kPrints) && random_.one_in(2)) return form("println", {value(kAny)});
    if (has(kEffects) && random_.one_in(2))
      return random_.one_in(2) ? "(yield)" : form("call", {":echo", value(kAny)});
    if (has(kAtoms)) return atom();
    return value(kAny);
  }

  // ---------------------------------------------------------------------------------- control

  std::string let(Type type) {
    std::string bindings;
    const std::uint64_t count = 1 + below(3);
    for (std::uint64_t i = 0; i < count; ++i) {
      const Type t = any_type();
      const std::string init = value(t);
      const std::string name = local(t);
      bindings += (i == 0 ? "" : gap()) + name + " " + init;
    }
    const std::string body = value(type);
    out(count);
    return form("let", {"[" + bindings + "]", body});
  }

  std::string loop(Type type) {
    const std::string start = value(type);
    const std::string turn = local(kInt);
    const std::string so_far = other_local(type, 1);
    const std::string next = value(type);
    const std::string end = value(type);
    out(2);
    const std::string go_on = form("recur", {form("inc", {turn}), next});
    const std::string test = form("<", {turn, std::to_string(below(5))});
    if (has(kAtoms) && random_.one_in(4)) {
      return form("let", {"[" + turn + " (atom 0)]",
                          form("dotimes", {"[" + so_far + " " + std::to_string(below(4)) + "]",
                                           form("swap!", {turn, "+", so_far})}),
                          end});
    }
    return form("loop",
                {"[" + turn + " 0 " + so_far + " " + start + "]",
                 random_.one_in(3) ? form("cond", {form("not", {test}), so_far, ":else", go_on})
                                   : form("if", {test, go_on, random_.one_in(2) ? so_far : end})});
  }

  std::string letfn(Type type) {
    const std::string n = local(kInt);
    const std::string base = value(type);
    const std::string other_base = value(type);
    out(1);
    return form("letfn",
                {"[(u [" + n + "] (if (< " + n + " 1) " + base + " (v (dec " + n + ")))) (v [" + n +
                     "] (if (< " + n + " 1) " + other_base + " (u (dec " + n + "))))]",
                 form("u", {std::to_string(below(6))})});
  }

  std::string destructured(Type type) {
    const std::string of = value(kVector);
    const std::string a = local(kInt);
    const std::string b = other_local(kInt, 1);
    const std::string r = other_local(kVector, 2);
    const bool keys = random_.one_in(3);
    const std::string body = value(type);
    out(3);
    if (keys) return form("let", {"[{:keys [a b] :or {b 7}} " + value(kMap) + "]", value(type)});
    return form("let", {"[[" + a + " " + b + " & " + r + "] " + of + "]", body});
  }

  std::string choice(Type type) {
    switch (below(4)) {
      case 0:
        return form("case", {value(kInt), "0", value(type), "(1 2)", value(type), value(type)});
      case 1:
        if (!has(kErrors)) return form("if-not", {value(kBool), value(type), value(type)});
        return form("case", {value(kInt), "3", value(type)});
      case 2:
        return form("cond",
                    {value(kBool), value(type), value(kBool), value(type), ":else", value(type)});
      default:
        if (type != kAny && wrong_ == 0)
          return form("if-not", {value(kBool), value(type), leaf(type)});
        return form(random_.one_in(2) ? "when" : "when-not", {value(kBool), value(type)});
    }
  }

  std::string thrown() {
    switch (below(4)) {
      case 0:
        return form("throw", {value(kAny)});
      case 1:
        return form("throw", {"(ex-info \"m\" {:kind :mine :v " + value(kAny) + "})"});
      case 2:
        return form("error", {"\"boom\"", value(kAny)});
      default:
        return form("quot", {value(kInt), "0"});
    }
  }

  // What a handler sees of an error must not depend on where it was parked.
  std::string attempt(Type type) {
    const std::string body = value(type);
    static constexpr const char* kWhat[] = {":default", ":default", ":type",       ":user",
                                            ":arity",   ":mine",    ":arithmetic", ":argument"};
    std::string text = "(try " + body;
    for (std::uint64_t clauses = 1 + below(2); clauses > 0; --clauses) {
      const std::string e = local(kAny);
      const std::string seen = "[(ex-kind " + e + ") (ex-message " + e + ") (ex-data " + e +
                               ") (:line (ex-place " + e + ")) (:column (ex-place " + e +
                               ")) (map :line (ex-trace " + e + "))]";
      const std::string handler = random_.one_in(4)   ? "(throw " + e + ")"
                                  : random_.one_in(3) ? seen
                                                      : value(type);
      out(1);
      text += " " + form("catch", {one_of(kWhat), e, handler});
    }
    if (has(kFinally) && random_.one_in(3)) text += " (finally " + side_effect() + ")";
    return text + ")";
  }
  std::string cleanup(Type type) {
    const std::string body = value(type);
    return form("try", {body, "(finally " + side_effect() + ")"});
  }

  // Whole continuations: out of something, into it again, handed on.
  std::string escape(Type type) {
    switch (below(4)) {
      case 0: {
        const std::string first = value(type);
        const std::string second = value(type);
        const std::string end = value(type);
        return "(let [k (atom nil) n (atom 0) r (call/cc (fn [c] (reset! k c) " + first +
               "))] (if (< (swap! n inc) " + std::to_string(2 + below(2)) + ") (@k " + second +
               ") [r " + end + "]))";
      }
      case 1: {
        const std::string k = local(kFunction);
        const std::string body = value(type);
        const std::string given = value(type);
        out(1);
        return "(call/cc (fn [" + k + "] " + form("do", {body, "(" + k + " " + given + ")"}) + "))";
      }
      case 2:
        return "(call/cc " + value(kFunction) + ")";
      default: {
        const std::string k = local(kFunction);
        const std::string body = value(type);
        out(1);
        return "(call/cc (fn [" + k + "] " + body + "))";
      }
    }
  }

  std::string delimited(Type type) {
    if (resets_ == 0 || random_.one_in(4)) {
      ++resets_;
      const std::string body = value(type);
      --resets_;
      return form("reset", {body});
    }
    const std::string k = local(kFunction);
    const std::string x = value(type);
    const std::string y = value(type);
    out(1);
    switch (below(6)) {
      case 0:
        return "(shift " + k + " " + x + ")";
      case 1:
        return "(shift " + k + " [(" + k + " " + x + ") (" + k + " " + y + ")])";
      case 2:
        return "(shift " + k + " (" + k + " (" + k + " " + x + ")))";
      case 3:
        return "(shift " + k + " (map " + k + " [" + x + " " + y + "]))";
      case 4:
        return "(shift " + k + " " + k + ")";
      default:
        return "(shift " + k + " (" + k + " " + x + "))";
    }
  }

  Random random_;
  std::uint64_t features_;
  std::uint64_t wrong_;   // one in so many expressions is of any type; 0: none
  std::uint64_t budget_;  // expressions that are more than a leaf
  std::uint64_t depth_max_;
  std::uint64_t depth_ = 0;
  std::vector<Local> scope_;
  int definitions_ = 0;
  int resets_ = 0;
  bool macro_ = false;
};

}  // namespace yin::tests
