#include "vm/verify.h"

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/vector.h"
#include "ast/reader.h"
#include "vm/code.h"
#include "vm/lower.h"
#include "vm/machine.h"
#include "vm/prelude.h"
#include "vm/register/code.h"
#include "fuzz/code_target.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin;
using substrate::Edit;
using substrate::is_object;
using substrate::kNil;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::Word;

constexpr std::string_view kPrograms[] = {
    "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 9)",
    "(loop [i 0 s [] m {}] (if (< i 9) (recur (inc i) (conj s (* i i)) (assoc m i s)) [s m]))",
    "(let [k 3 add (fn [x] (+ x k)) twice (fn [f] (fn [x] (f (f x))))] ((twice add) 4))",
    "(defn f ([] 0) ([x] (quot 7 x)) ([x & r] [x (mod x 3) r])) [(f) (f 2) (f 5 6 7)]",
    "(try (loop [i 3] (if (= i 0) (/ 1 i) (recur (dec i)))) (catch :default e [(ex-message e) 1])"
    " (finally (println 1)))",
    "(defn g [x] (try (try (nth x 5) (finally (str x))) (catch :default e (let [a 1] (+ a 1)))))"
    " [(g [1]) (g [1 2 3 4 5 6])]",
    "[(reduce + (map inc (range 20))) (sort [3 1 2]) #{1 (+ 1 1)} (apply str [1 2])]",
    "(def a 5) (defn even [n] (or (= n 0) (odd (dec n)))) (defn odd [n] (and (not= n 0) (even (dec"
    " n)))) (if (even a) :even (do (println a) :odd))",
};

class VerifyTest {
 public:
  VerifyTest() {
    const auto installed = vm::install_python_prelude(*t_.worker);
    REQUIRE(installed.ok());
  }

 protected:
  substrate::Worker& worker() { return *t_.worker; }
  // The main of a program, shared.
  Word lower(const Pin& pin, std::string_view text) {
    Edit edit = Edit::in_slab(pin);
    auto program = ast::read_clojure(edit, text, "t.clj");
    INFO(program.status().message());
    REQUIRE(program.ok());
    auto main = vm::lower(edit, *program);
    INFO(main.status().message());
    REQUIRE(main.ok());
    return *main;
  }
  // Every function that a closure or function leads to.
  static void functions(const Pin& pin, Word w, std::set<std::uint64_t>& seen,
                        std::vector<Word>& all) {
    if (substrate::Vector::is(w)) {
      for (std::uint64_t i = 0; i < substrate::Vector{w}.count(pin); ++i)
        functions(pin, substrate::Vector{w}.nth(pin, i), seen, all);
    }
    if (is_object(w, ObjectKind::kClosure))
      functions(pin, substrate::field(pin, w, substrate::ClosureField::kFunction), seen, all);
    if (!is_object(w, ObjectKind::kFunction) || !seen.insert(w.bits).second) return;
    all.push_back(w);
    const substrate::ObjectHeader* h = substrate::header_of(pin, w);
    for (std::uint32_t i = substrate::FunctionField::kConstants; i < h->count; ++i)
      functions(pin, substrate::field(pin, w, i), seen, all);
  }
  tests::TestDomain t_;
};

}  // namespace

TEST_CASE_METHOD(VerifyTest, "what lowering makes of the prelude and of programs may be run") {
  const substrate::VerifyReport prelude = vm::verify(worker());
  INFO((prelude.clean() ? "" : prelude.findings.front()));
  CHECK(prelude.clean());
  const Pin pin(worker());
  vm::CodeCheck check;
  for (const std::string_view text : kPrograms) {
    INFO(text);
    std::set<std::uint64_t> seen;
    std::vector<Word> all;
    functions(pin, lower(pin, text), seen, all);
    for (const Word f : all) CHECK(check(pin, f).empty());
    CHECK(check(pin, vm::Function(pin, all.front()).program()).empty());
  }
}

TEST_CASE_METHOD(VerifyTest, "frames are whole wherever a program was stopped") {
  const Pin pin(worker());
  vm::CodeCheck check;
  for (const std::string_view text : kPrograms) {
    INFO(text);
    for (const vm::Projection p : vm::kProjections) {
      const auto machine = vm::make_machine(p);
      Edit edit = Edit::in_slab(pin);
      machine->load(pin, vm::make_call(edit, lower(pin, text), {}), kNil, false);
      for (;;) {
        std::uint64_t fuel = 1;
        const vm::Outcome outcome = machine->run(edit, fuel);
        if (outcome.kind != vm::OutcomeKind::kFuel) break;
        const Word frame = machine->save(edit);
        for (Word f = frame; !substrate::is_nil(f);
             f = substrate::field(pin, f, substrate::FrameField::kCaller)) {
          CHECK(check(pin, f).empty());
        }
        machine->load(pin, frame, kNil, false);
      }
    }
  }
}

// Machine code is made of a function's whole register code, also of what nothing leads to.
TEST_CASE_METHOD(VerifyTest, "register code that nothing leads to is refused") {
  const Pin pin(worker());
  std::set<std::uint64_t> seen;
  std::vector<Word> all;
  functions(pin, lower(pin, "(fn [a] [1 a])"), seen, all);
  const vm::Function f(pin, all.back());
  auto* const code = const_cast<std::uint32_t*>(f.register_code());
  REQUIRE(vm::register_op_of(code[0]) == vm::RegisterOp::kInt);
  const std::uint32_t before = code[0];
  code[0] = static_cast<std::uint32_t>(vm::RegisterOp::kReturnInt);
  vm::CodeCheck check;
  CHECK(check(pin, all.back()) == "a function has code that nothing leads to");
  code[0] = before;
  CHECK(check(pin, all.back()) == "");
}

// That what is said to be right runs at all is what is shown (the sanitizers look on).
TEST_CASE("code that was tampered with is refused or runs as code may") {
  const std::uint64_t seed = tests::test_seed();
  INFO("YIN_SEED=" << seed);
  tests::Random random(seed);
  fuzz::CodeTarget target;
  CHECK(target.run({}));
  int ran = 0;
  const int tries = test::effort(20'000);
  for (int i = 0; i < tries; ++i) {
    std::vector<std::uint8_t> edits(fuzz::CodeTarget::kEditBytes * (1 + random.below(3)));
    for (std::uint8_t& byte : edits) byte = static_cast<std::uint8_t>(random.bits());
    // Mostly functions.
    for (std::size_t at = 0; at < edits.size() && !random.one_in(4);
         at += fuzz::CodeTarget::kEditBytes)
      edits[at] = 0;
    ran += target.run(edits) ? 1 : 0;
  }
  if (tries < 100) return;
  CHECK(ran > 0);
  CHECK(ran < tries);
}

TEST_CASE("tampering of the corpus is refused or runs as code may") {
  fuzz::CodeTarget target;
  for (const auto& entry :
       std::filesystem::directory_iterator(YIN_SOURCE_DIR "/tests/corpus/code")) {
    INFO(entry.path().string());
    const std::vector<char> edits = tests::bytes_of(entry.path().string());
    (void)target.run({reinterpret_cast<const std::uint8_t*>(edits.data()), edits.size()});
  }
}
