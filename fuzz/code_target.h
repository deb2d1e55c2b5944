#pragma once

// What hostile code may do to whoever opens a domain: findings, or code that runs as code may; never
// undefined behaviour.
//
// A domain holds what lowering made of some programs, and where each stood at some of its safe
// points: functions, closures, frames, continuations, programs. An input is a list of edits of six
// bytes: which word of which kind of object (three bytes), how it is changed (one), by what (two).
// Then the domain is verified, code and all, and if there is no finding, every program whose words
// were changed runs on every projection, from its beginning and from where it was parked, with
// little fuel. What the words were is put back.
//
// Without the prelude, so that verifying is quick. Called by the fuzzer (code_fuzz.cc) and, for the
// edits that are kept and for random ones, by an ordinary test (tests/vm/verify_test.cc). One thread.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/check.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "substrate/vector.h"
#include "ast/reader.h"
#include "vm/code.h"
#include "vm/error.h"
#include "vm/lower.h"
#include "vm/machine.h"
#include "vm/verify.h"
#include "tests/support/test_domain.h"

namespace yin::fuzz {

using namespace yin::substrate;

class CodeTarget {
 public:
  static constexpr std::size_t kEditBytes = 6;

  // No function of the prelude is there: what they use is the machine's, or their own.
  static constexpr std::string_view kPrograms[] = {
      "(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) (fib 7)",
      "(loop [i 0 s [] m {}] (if (< i 9) (recur (inc i) (conj s (* i i)) (assoc m i s)) [s m]))",
      "(let [k 3 add (fn [x] (+ x k)) twice (fn [f] (fn [x] (f (f x))))] ((twice add) 4))",
      "(defn f ([] 0) ([x] (quot 7 x)) ([x & r] [x (mod x 3) r])) [(f) (f 2) (f 5 6 7)]",
      "(try (loop [i 3] (if (= i 0) (/ 1 i) (recur (dec i)))) (catch :default e [(ex-message e) 1])"
      " (finally (println 1)))",
      "(defn g [x] (try (try (nth x 5) (finally (str x))) (catch :default e (let [a 1] (+ a 1)))))"
      " [(g [1]) (g [1 2 3 4 5 6])]",
      "(def a 5) (defn even [n] (or (= n 0) (odd (dec n)))) (defn odd [n] (and (not= n 0) (even "
      "(dec n)))) (if (even a) :even (do (println a) :odd))",
      "(defn prompt [f] (yin/prompt f))"
      " (def k (prompt (fn [] (+ 1 (call-with-shift (fn [k] k)))))) [(k 1) (k 2)]",
      "(def w [0 1]) (let [x (call/cc (fn [c] (def w c) 1))] (if (< x 3) (w (inc x)) #{x [x]}))",
      "(let [a 1 b 2.5 c \"s\" d [a b c] f (fn self [n] (if (< n 1) [a b d self] (self (dec n))))]"
      " (apply f [2]))",
  };
  // The same, of the AST's operations; as data.
  static constexpr std::string_view kOperations[] = {
      "{:type :do :forms [{:type :vm/store-put :key :k :val [1 2]}"
      " {:type :let :names [a] :inits [{:type :vm/store-get :key :k}] :body {:type :vector "
      ":operands ["
      "  {:type :dao.stream.apply/call :op :op/a :operands [{:type :variable :name a}"
      "   {:type :vm/store-get :key b}]} {:type :vm/store-put :key b :val 5}"
      "  {:type :try :name e :body {:type :stream/put :target {:type :variable :name a}"
      "   :val {:type :dao.stream.apply/call :op :op/b :operands []}} :handler {:type :variable "
      ":name e}}]}}"
      " {:type :application :operator {:type :lambda :params [x] :body {:type :vm/store-put :key c "
      ":val x}}"
      "  :operands [{:type :stream/next :source {:type :literal :value 1}}]}]}",
      "{:type :application :operator {:type :lambda :params [x y]"
      " :body {:type :dao.stream.apply/call :op :op/c :operands [{:type :variable :name y}]}}"
      " :operands [{:type :vm/store-put :key d :val nil} {:type :dao.stream.apply/call :op :op/d "
      ":operands []}]}",
  };

  explicit CodeTarget(std::span<const std::string_view> texts = kPrograms) {
    for (std::size_t i = 0; i < std::size(vm::kProjections); ++i)
      machines_[i] = vm::make_machine(vm::kProjections[i]);
    for (std::size_t i = 0; i < texts.size(); ++i) make(i, texts[i]);
    check(vm::verify(worker()).clean(), "what lowering makes must be right");
  }

  // Was nothing wrong with it? Then it ran.
  bool run(std::span<const std::uint8_t> edits) {
    struct Before {
      std::uint32_t* at;
      std::uint32_t word;
    };
    std::vector<Before> before;
    std::set<std::size_t> touched;
    for (; edits.size() >= kEditBytes && before.size() < kEditsMax;
         edits = edits.subspan(kEditBytes)) {
      const Place place = place_of(edits[0], edits[1] | edits[2] << 8);
      before.push_back({place.at, *place.at});
      touched.insert(place.program);
      change(*place.at, edits[3], static_cast<std::uint32_t>(edits[4] | edits[5] << 8));
    }
    const bool clean = vm::verify(worker()).clean();
    if (clean) {
      for (const std::size_t program : touched) run_program(program);
    }
    for (; !before.empty(); before.pop_back()) *before.back().at = before.back().word;
    return clean;
  }

 private:
  static constexpr std::size_t kEditsMax = 6;
  static constexpr int kStepsMax = 40;
  static constexpr std::size_t kPrintedMax = 10'000;

  struct Place {
    std::uint32_t* at;
    std::size_t program;
  };
  struct Program {
    Word main;
    std::vector<Word> parked;  // frames
  };

  [[nodiscard]] Worker& worker() { return *domain_.worker; }

  // -------------------------------------------------------------------------------- making

  void make(std::size_t number, std::string_view text) {
    const Pin pin(worker());
    Edit edit = Edit::in_slab(pin);
    const auto read = text.starts_with("{:type") ? ast::read_datoms(edit, text, "t.edn")
                                                 : ast::read_clojure(edit, text, "t.clj");
    check(read.ok(), read.status().message().c_str());
    const auto main = vm::lower(edit, *read);
    check(main.ok(), main.status().message().c_str());
    Program program{*main, {}};
    park(edit, program);
    std::vector<Word> kept = program.parked;
    kept.push_back(program.main);
    for (const Word frame : program.parked) {
      const Word words[] = {frame, kNil};
      kept.push_back(make_record(edit, ObjectKind::kContinuation, words, ContinuationField::kEnd));
    }
    const Word all = Vector::from(edit, kept).word;
    check(named_root(pin, RootKind::kAtom, "program " + std::to_string(number), all).ok(),
          "a root");
    programs_.push_back(program);
    find_places(pin, all, number);
    for (const NamedRoot& var : list_named_roots(pin, RootKind::kVar))
      find_places(pin, read_root(pin, root_ref(var.ref)).value, number);
  }

  // Runs to the end, and keeps where it stood at some safe points. What it defines stays.
  void park(Edit& edit, Program& program) {
    Word at = vm::make_call(edit, program.main, {});
    Word awaited = kNil;
    for (int steps = 1; steps < 100; ++steps) {
      machines_[1]->load(edit.pin(), at, awaited, false);
      std::uint64_t fuel = 1;
      const vm::Outcome o = machines_[1]->run(edit, fuel);
      if (o.kind != vm::OutcomeKind::kFuel && o.kind != vm::OutcomeKind::kEffect) return;
      at = machines_[1]->save(edit);
      awaited = o.effect.kind == vm::EffectKind::kDefine ? o.effect.argument[1] : o.value;
      if (o.effect.kind == vm::EffectKind::kDefine)
        check(reset_root(edit.pin(), root_ref(o.effect.argument[0]), awaited).ok(), "a definition");
      if (is_object(at, ObjectKind::kFrame) && (steps < 6 || steps % 8 == 0))
        program.parked.push_back(at);
    }
  }

  // Every word of what code is made of, by kind of object.
  void find_places(const Pin& pin, Word from, std::size_t program) {
    std::vector<Word> work = {from};
    while (!work.empty()) {
      const Word w = work.back();
      work.pop_back();
      if (Vector::is(w)) {
        for (std::uint64_t i = 0; i < Vector{w}.count(pin); ++i)
          work.push_back(Vector{w}.nth(pin, i));
      }
      const auto kind = std::ranges::find_if(kKinds, [&](ObjectKind k) { return is_object(w, k); });
      if (kind == std::end(kKinds) || !seen_.insert(w.bits).second) continue;
      ObjectHeader* const h = header_of(pin, w);
      for (std::uint32_t i = 0; i < h->count; ++i) work.push_back(record_words(h)[i]);
      auto* at = reinterpret_cast<std::uint32_t*>(h + 1);
      auto* const end =
          reinterpret_cast<std::uint32_t*>(reinterpret_cast<std::byte*>(h) + object_bytes(*h));
      for (; at < end; ++at)
        places_[static_cast<std::size_t>(kind - kKinds)].push_back({at, program});
    }
  }

  // -------------------------------------------------------------------------------- changing

  Place place_of(std::uint8_t kind, int number) {
    const auto& among = places_[kind % std::size(kKinds)];
    return among[static_cast<std::size_t>(number) % among.size()];
  }

  void change(std::uint32_t& word, std::uint8_t how, std::uint32_t by) {
    switch (how % 6) {
      case 0:
        word ^= std::uint32_t{1} << by % 32;
        break;
      case 1:
        word = by % 16;
        break;
      case 2:
        word += by % 8 - 4;
        break;
      case 3:  // another word of the same kind
        word = *place_of(static_cast<std::uint8_t>(how / 6), static_cast<int>(by)).at;
        break;
      case 4:
        word = (word & 0xff) | by << 8;
        break;
      default:
        word = (word & ~std::uint32_t{0xff}) | (by & 0xff);
    }
  }

  // -------------------------------------------------------------------------------- running

  void run_program(std::size_t number) {
    const Program& program = programs_[number];
    for (auto& machine : machines_) {
      for (const std::uint64_t fuel : {std::uint64_t{300}, std::uint64_t{1}}) {
        const Pin pin(worker());
        Edit edit = Edit::in_nursery(pin);
        const Word begin = vm::make_call(edit, program.main, {});
        if (is_object(begin, ObjectKind::kFrame)) run_from(edit, *machine, begin, fuel);
        for (const Word frame : program.parked) run_from(edit, *machine, frame, fuel);
      }
    }
    worker().clear_space_status();
  }

  void run_from(Edit& edit, vm::Machine& machine, Word at, std::uint64_t fuel) {
    Word awaited = int_word(1);
    for (int steps = 0; steps < kStepsMax && !edit.is_low(); ++steps) {
      machine.load(edit.pin(), at, awaited, false);
      std::uint64_t left = fuel;
      const vm::Outcome o = machine.run(edit, left);
      if (o.kind != vm::OutcomeKind::kFuel && o.kind != vm::OutcomeKind::kEffect) {
        std::string text;
        print_to(text, edit.pin(), o.value, kPrintedMax);
        if (o.kind == vm::OutcomeKind::kFailed) (void)vm::describe_error(edit.pin(), o.value);
        break;
      }
      at = machine.save(edit);
      awaited = o.effect.kind == vm::EffectKind::kDefine ? o.effect.argument[1] : o.value;
    }
    worker().nursery().reset();
  }

  static constexpr ObjectKind kKinds[] = {ObjectKind::kFunction, ObjectKind::kFrame,
                                          ObjectKind::kClosure, ObjectKind::kContinuation,
                                          ObjectKind::kProgram};

  tests::TestDomain domain_{{.path = {},
                             .mode = OpenMode::kCreate,
                             .capacity_bytes = kCapacityMin,
                             .hash_seed = 0x59494e}};
  std::array<std::unique_ptr<vm::Machine>, std::size(vm::kProjections)> machines_;
  std::vector<Program> programs_;
  std::set<std::uint64_t> seen_;
  std::array<std::vector<Place>, std::size(kKinds)> places_;
};

}  // namespace yin::fuzz
