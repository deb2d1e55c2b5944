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
    switch (below(4)) {
      case 0: {
        const Type t = any_type();
        text = form("def", {name, value(t)});
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
    switch (type) {
      case kInt:
        if (has(kLarge) && random_.one_in(8)) return one_of(kRare);
        if (has(kDoubles) && random_.one_in(8)) return random_.one_in(2) ? "1.5" : "-0.25";
        return std::to_string(static_cast<int>(below(12)) - 3);
      case kBool:
        if (!random_.one_in(3)) return form(one_of(kCompare), {leaf(kInt), leaf(kInt)});
        return random_.one_in(2) ? "true" : "false";
      case kString:
        return one_of(kTexts);
      case kVector: {
        static constexpr const char* kVectors[] = {"[]",     "[1]",       "[3 1 2]", "[1 2 3 4]",
                                                   "'(1 2)", "(range 3)", "nil",     "[0 0]"};
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

  std::string map() {
    static constexpr const char* kKeys[] = {":a", ":b", ":k", "1", "\"s\""};
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
      const std::string body = value(kInt);
      out(1);
      return form("let", {"[" + name + " (atom " + first + ")]", body, "@" + name});
    }
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
