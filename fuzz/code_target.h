#pragma once

// What hostile code may do to whoever opens a domain: findings, or code that runs as code may; never
// undefined behaviour.
//
// Each of some programs has a domain: what lowering made of it, and where it stood at some of its
// safe points; functions, closures, frames, continuations, the program. An input is a list of edits
// of six bytes: which word of which kind of object (three bytes; the first edit's first one says of
// which program, too), how it is changed (one), by what (two). Then the domain is verified, code and
// all, and if there is no finding, what was changed is listed, and the program runs with little fuel:
// from the beginning in each way, on one projection or step by step on all in turn; and from
// wherever it was parked, in one of the ways, another one with another input. What the words were is
// put back.
//
// Small domains without the prelude, and little fuel, since thousands of inputs a second find more
// than long runs do. Called by the fuzzer (code_fuzz.cc) and, for the edits that are kept and for
// random ones, by an ordinary test (tests/vm/verify_test.cc). One thread.

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
#include "vm/disassemble.h"
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

  CodeTarget() {
    for (const std::string_view text : kPrograms) {
      worlds_.push_back(std::make_unique<World>());
      make(*worlds_.back(), text);
    }
  }

  // Was nothing wrong with it? Then it ran.
  bool run(std::span<const std::uint8_t> edits) {
    struct Before {
      std::uint32_t* at;
      std::uint32_t word;
    };
    std::vector<Before> before;
    std::set<std::uint64_t> changed;  // objects, by their words' bits
    const std::uint64_t way =
        hash_bytes({reinterpret_cast<const char*>(edits.data()), edits.size()}, 0);
    const std::size_t number = edits.empty() ? 0 : edits[0] / std::size(kKinds);
    World& world = *worlds_[number % worlds_.size()];
    for (; edits.size() >= kEditBytes && before.size() < kEditsMax;
         edits = edits.subspan(kEditBytes)) {
      const Place place = place_of(world, edits[0], edits[1] | edits[2] << 8);
      before.push_back({place.at, *place.at});
      changed.insert(place.object.bits);
      change(world, *place.at, edits[3], static_cast<std::uint32_t>(edits[4] | edits[5] << 8));
    }
    const bool clean = vm::verify(world.worker()).clean();
    if (clean) {
      for (const std::uint64_t object : changed) list(world, Word{object});
      run_program(world, way);
    }
    for (; !before.empty(); before.pop_back()) *before.back().at = before.back().word;
    return clean;
  }

 private:
  static constexpr std::size_t kEditsMax = 6;
  static constexpr std::uint64_t kFuelMax = 100;  // of a run
  static constexpr int kStepsMax = 40;
  static constexpr std::size_t kPrintedMax = 10'000;

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
      // Of the AST's operations; as data.
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

  static constexpr ObjectKind kKinds[] = {ObjectKind::kFunction, ObjectKind::kFrame,
                                          ObjectKind::kClosure, ObjectKind::kContinuation,
                                          ObjectKind::kProgram};

  struct Place {
    std::uint32_t* at;
    Word object;  // that it is in
  };

  // A program, its domain, and who runs there.
  struct World {
    World() {
      for (std::size_t i = 0; i < machines.size(); ++i)
        machines[i] = vm::make_machine(vm::kProjections[i]);
    }
    [[nodiscard]] Worker& worker() { return *domain.worker; }

    tests::TestDomain domain{{.path = {},
                              .mode = OpenMode::kCreate,
                              .capacity_bytes = kCapacityMin,
                              .hash_seed = 0x59494e}};
    std::array<std::unique_ptr<vm::Machine>, std::size(vm::kProjections)> machines;
    Word main = kNil;
    std::vector<Word> parked;  // frames
    std::array<std::vector<Place>, std::size(kKinds)> places;
  };

  // -------------------------------------------------------------------------------- making

  static void make(World& world, std::string_view text) {
    {
      const Pin pin(world.worker());
      Edit edit = Edit::in_slab(pin);
      const auto read = text.starts_with("{:type") ? ast::read_datoms(edit, text, "t.edn")
                                                   : ast::read_clojure(edit, text, "t.clj");
      check(read.ok(), read.status().message().c_str());
      const auto main = vm::lower(edit, *read);
      check(main.ok(), main.status().message().c_str());
      world.main = *main;
      park(edit, world);
      std::vector<Word> kept = world.parked;
      kept.push_back(world.main);
      for (const Word frame : world.parked) {
        const Word words[] = {frame, kNil};
        kept.push_back(
            make_record(edit, ObjectKind::kContinuation, words, ContinuationField::kEnd));
      }
      const Word all = Vector::from(edit, kept).word;
      check(named_root(pin, RootKind::kAtom, "all", all).ok(), "a root");
      std::set<std::uint64_t> seen;
      find_places(pin, all, world, seen);
      for (const NamedRoot& var : list_named_roots(pin, RootKind::kVar))
        find_places(pin, read_root(pin, root_ref(var.ref)).value, world, seen);
      for (const auto& of_kind : world.places) check(!of_kind.empty(), "a kind that is not there");
    }
    check(vm::verify(world.worker()).clean(), "what lowering makes must be right");
  }

  // Runs to the end, and keeps where it stood at some safe points. What it defines stays.
  static void park(Edit& edit, World& world) {
    Word at = vm::make_call(edit, world.main, {});
    Word awaited = kNil;
    for (int steps = 1; steps < 100; ++steps) {
      vm::Machine& machine = *world.machines[1];
      machine.load(edit.pin(), at, awaited, false);
      std::uint64_t fuel = 1;
      const vm::Outcome o = machine.run(edit, fuel);
      if (o.kind != vm::OutcomeKind::kFuel && o.kind != vm::OutcomeKind::kEffect) return;
      at = machine.save(edit);
      awaited = o.effect.kind == vm::EffectKind::kDefine ? o.effect.argument[1] : o.value;
      if (o.effect.kind == vm::EffectKind::kDefine)
        check(reset_root(edit.pin(), root_ref(o.effect.argument[0]), awaited).ok(), "a definition");
      if (is_object(at, ObjectKind::kFrame) && (steps < 6 || steps % 8 == 0))
        world.parked.push_back(at);
    }
  }

  // Every word of what code is made of, by kind of object.
  static void find_places(const Pin& pin, Word from, World& world, std::set<std::uint64_t>& seen) {
    std::vector<Word> work = {from};
    while (!work.empty()) {
      const Word w = work.back();
      work.pop_back();
      if (Vector::is(w)) {
        for (std::uint64_t i = 0; i < Vector{w}.count(pin); ++i)
          work.push_back(Vector{w}.nth(pin, i));
      }
      const auto kind = std::ranges::find_if(kKinds, [&](ObjectKind k) { return is_object(w, k); });
      if (kind == std::end(kKinds) || !seen.insert(w.bits).second) continue;
      ObjectHeader* const h = header_of(pin, w);
      for (std::uint32_t i = 0; i < h->count; ++i) work.push_back(record_words(h)[i]);
      auto* at = reinterpret_cast<std::uint32_t*>(h + 1);
      auto* const end =
          reinterpret_cast<std::uint32_t*>(reinterpret_cast<std::byte*>(h) + object_bytes(*h));
      for (; at < end; ++at)
        world.places[static_cast<std::size_t>(kind - kKinds)].push_back({at, w});
    }
  }

  // -------------------------------------------------------------------------------- changing

  static Place place_of(const World& world, std::uint8_t kind, int number) {
    const auto& among = world.places[kind % std::size(kKinds)];
    return among[static_cast<std::size_t>(number) % among.size()];
  }

  static void change(const World& world, std::uint32_t& word, std::uint8_t how, std::uint32_t by) {
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
        word = *place_of(world, static_cast<std::uint8_t>(how / 6), static_cast<int>(by)).at;
        break;
      case 4:
        word = (word & 0xff) | by << 8;
        break;
      default:
        word = (word & ~std::uint32_t{0xff}) | (by & 0xff);
    }
  }

  // -------------------------------------------------------------------------------- running

  // As who looks at a function does.
  static void list(World& world, Word object) {
    if (!is_object(object, ObjectKind::kFunction)) return;
    const Pin pin(world.worker());
    const vm::Function f(pin, object);
    vm::Disassembler disassembler(pin);
    (void)disassembler.stack(f);
    (void)disassembler.registers(f);
  }

  static void run_program(World& world, std::uint64_t first_way) {
    const Pin pin(world.worker());
    const std::size_t ways = world.machines.size() + 1;
    for (std::size_t way = 0; way < ways; ++way) {
      Edit edit = Edit::in_nursery(pin);
      const Word begin = vm::make_call(edit, world.main, {});
      if (is_object(begin, ObjectKind::kFrame)) run_from(edit, world, way, way, begin);
    }
    for (std::size_t i = 0; i < world.parked.size(); ++i) {
      Edit edit = Edit::in_nursery(pin);
      run_from(edit, world, (first_way + i) % ways, first_way % ways, world.parked[i]);
    }
    world.worker().clear_space_status();
  }

  // On the machine with the number `way`, or step by step on each, from that with the number `turn`.
  static void run_from(Edit& edit, World& world, std::size_t way, std::size_t turn, Word at) {
    const auto& machines = world.machines;
    const bool in_turn = way == machines.size();
    Word awaited = int_word(1);
    std::uint64_t left = kFuelMax;
    for (int steps = 0; steps < kStepsMax && left != 0 && !edit.is_low(); ++steps) {
      vm::Machine& machine = *machines[in_turn ? turn++ % machines.size() : way];
      machine.load(edit.pin(), at, awaited, false);
      std::uint64_t fuel = in_turn ? 1 : left;
      left -= fuel;
      const vm::Outcome o = machine.run(edit, fuel);
      left += fuel;
      if (o.kind != vm::OutcomeKind::kFuel && o.kind != vm::OutcomeKind::kEffect) {
        std::string text;
        print_to(text, edit.pin(), o.value, kPrintedMax);
        if (o.kind == vm::OutcomeKind::kFailed) (void)vm::describe_error(edit.pin(), o.value);
        break;
      }
      at = machine.save(edit);
      awaited = o.effect.kind == vm::EffectKind::kDefine ? o.effect.argument[1] : o.value;
    }
    world.worker().nursery().reset();
  }

  std::vector<std::unique_ptr<World>> worlds_;
};

}  // namespace yin::fuzz
