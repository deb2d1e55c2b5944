#include "vm/verify.h"

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/nursery.h"
#include "substrate/vector.h"
#include "ast/reader.h"
#include "vm/code.h"
#include "vm/lower.h"
#include "vm/machine.h"
#include "vm/prelude.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
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
  // A few steps; what comes of them is nobody's.
  void run(const Pin& pin, Word main, vm::Projection projection, std::uint64_t fuel) {
    const auto machine = vm::make_machine(projection);
    Edit edit = Edit::in_nursery(pin);
    machine->load(pin, vm::make_call(edit, main, {}), kNil, false);
    for (int steps = 0; steps < 40; ++steps) {
      std::uint64_t left = fuel;
      const vm::Outcome outcome = machine->run(edit, left);
      const bool stopped =
          outcome.kind == vm::OutcomeKind::kFuel || outcome.kind == vm::OutcomeKind::kEffect;
      if (!stopped || edit.is_low()) break;
      const Word frame = machine->save(edit);
      const bool defines = outcome.effect.kind == vm::EffectKind::kDefine;
      machine->load(
          pin, frame,
          outcome.kind == vm::OutcomeKind::kEffect && defines ? outcome.effect.argument[1] : kNil,
          false);
    }
    worker().nursery().reset();
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

// Changed words of functions: what is said to be right is run, on every projection. That it runs
// at all is what is shown (script/test --long has the sanitizers look on).
TEST_CASE_METHOD(VerifyTest, "code that was tampered with is refused or runs as code may") {
  const std::uint64_t seed = tests::test_seed();
  INFO("YIN_SEED=" << seed);
  tests::Random random(seed);
  int refused = 0, ran = 0;
  for (int i = test::effort(1500); i > 0; --i) {
    const Pin pin(worker());
    const std::string_view text = kPrograms[random.below(std::size(kPrograms))];
    const Word main = lower(pin, text);
    std::set<std::uint64_t> seen;
    std::vector<Word> all;
    functions(pin, main, seen, all);
    const Word victim = all[random.below(all.size())];
    substrate::ObjectHeader* const h = substrate::header_of(pin, victim);
    // What follows the fields whose lengths the object's size bounds, which substrate checks.
    auto* const raw = reinterpret_cast<std::uint32_t*>(substrate::record_raw(h));
    const auto* const end = reinterpret_cast<const std::uint32_t*>(
        reinterpret_cast<const std::byte*>(h) + substrate::object_bytes(*h));
    constexpr std::size_t kInfo = sizeof(substrate::FunctionInfo) / 4;
    const auto words = static_cast<std::uint64_t>(end - raw);
    const std::vector<std::uint32_t> before(raw, raw + words);
    for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
      const std::uint64_t at = random.below(8) == 0 ? 2 + random.below(2)  // entities
                                                    : kInfo + random.below(words - kInfo);
      switch (random.below(4)) {
        case 0:
          raw[at] ^= std::uint32_t{1} << random.below(32);
          break;
        case 1:
          raw[at] = static_cast<std::uint32_t>(random.below(12));
          break;
        case 2:
          raw[at] += static_cast<std::uint32_t>(random.below(7)) - 3;
          break;
        default:
          raw[at] = raw[kInfo + random.below(words - kInfo)];
      }
    }
    vm::CodeCheck check;
    std::string wrong;
    for (const Word f : all) {  // one captures what another lays out
      if (wrong.empty()) wrong = check(pin, f);
    }
    INFO(text << "\n" << wrong);
    if (!wrong.empty()) {
      ++refused;
    } else {
      ++ran;
      for (const vm::Projection p : vm::kProjections)
        for (const std::uint64_t fuel : {std::uint64_t{300}, std::uint64_t{1}})
          run(pin, main, p, fuel);
    }
    std::copy(before.begin(), before.end(), raw);
  }
  CHECK(refused > 0);
  CHECK(ran > 0);
  SUCCEED(refused << " refused, " << ran << " run");
}
