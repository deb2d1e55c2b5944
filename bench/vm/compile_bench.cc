// What does it take to get from a program's text to what runs? Reading a text of 1e4 and 1e5 nodes,
// lowering what was read, and making native code of its functions, some 50 nodes each. Reading is the
// peer of the others: each looks at every node of the program about once.

#include <cstdint>
#include <string>
#include <vector>

#include "substrate/check.h"
#include "substrate/pin.h"
#include "ast/module.h"
#include "ast/reader.h"
#include "vm/code.h"
#include "vm/lower.h"
#include "vm/native/code.h"
#include "vm/prelude.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

using namespace yin;

namespace {

constexpr std::uint64_t kFunctionNodes = 53;  // the :lambda, its definition and all below

// Code of equal functions is made once, so `seed` is in each.
std::string text_of(std::uint64_t functions, std::uint64_t seed) {
  std::string text;
  for (std::uint64_t i = 0; i < functions; ++i) {
    const std::string n = std::to_string(i);
    text +=
        "(defn f" + n + " [a b]\n  (let [s (+ (* a " + std::to_string(seed * functions + i) +
        ") b)]\n    (loop [i 0 sum s]\n      (if (< i b)\n        (recur (inc i) (if (even? sum)"
        " (+ sum (quot i 3)) (f" +
        n + " (- a i) (nth [a b] 1))))\n        (get {:a sum} :a)))))\n";
  }
  return text;
}

struct Round {
  double read_ns, lower_ns, native_ns;
  std::uint64_t nodes;
  std::uint64_t code_words;  // of the functions, in the register projection's code
};

Round measure(std::uint64_t functions, std::uint64_t seed) {
  tests::TestDomain domain;
  substrate::check(vm::install_prelude(*domain.worker).ok(), "the prelude");
  const std::string text = text_of(functions, seed);
  const substrate::Pin pin(*domain.worker);
  substrate::Edit edit = substrate::Edit::in_slab(pin);
  Round r = {};

  double began = bench::cpu_ns();
  const auto program = ast::read_clojure(edit, text, "bench.clj");
  r.read_ns = bench::cpu_ns() - began;
  substrate::check(program.ok(), "the program reads");
  r.nodes = ast::entity_count(pin, *program);

  began = bench::cpu_ns();
  const auto main = vm::lower(edit, *program);
  r.lower_ns = bench::cpu_ns() - began;
  substrate::check(main.ok(), "the program lowers");

  const auto function_of = [&](substrate::Word closure) {
    return vm::Function(pin, substrate::field(pin, closure, substrate::ClosureField::kFunction));
  };
  const vm::Function whole = function_of(*main);
  std::vector<vm::Function> made;
  for (std::uint32_t i = substrate::FunctionField::kConstants; i < whole.header()->count; ++i) {
    const substrate::Word constant = substrate::record_words(whole.header())[i];
    if (substrate::is_object(constant, substrate::ObjectKind::kClosure))
      made.push_back(function_of(constant));
  }
  substrate::check(made.size() == functions, "a closure for each definition");
  for (const vm::Function& f : made) r.code_words += f.info().register_code_count;

  began = bench::cpu_ns();
  for (const vm::Function& f : made) bench::keep(vm::native::code_of(f, pin.base()).get());
  r.native_ns = bench::cpu_ns() - began;
  return r;
}

}  // namespace

int main() {
  constexpr std::uint64_t kRounds = 7;
  for (const std::uint64_t nodes : {10'000u, 100'000u}) {
    const std::uint64_t functions = nodes / kFunctionNodes;
    std::vector<double> read, lower, native;
    Round last = {};
    for (std::uint64_t round = 0; round < kRounds; ++round) {
      last = measure(functions, round);
      read.push_back(last.read_ns / 1e6);
      lower.push_back(last.lower_ns / 1e6);
      native.push_back(last.native_ns / 1e3 / static_cast<double>(functions));
    }
    const std::string each = std::to_string(last.nodes / functions);
    bench::print({.bench = "compile",
                  .name = "read Clojure",
                  .n = last.nodes,
                  .value = bench::median(read),
                  .unit = "ms"});
    bench::print({.bench = "compile",
                  .name = "lower",
                  .n = last.nodes,
                  .value = bench::median(lower),
                  .unit = "ms",
                  .peer = "read",
                  .peer_value = bench::median(read)});
    bench::print({.bench = "compile",
                  .name = "native code of " + each + " nodes, " +
                          std::to_string(last.code_words / functions) + " words",
                  .n = functions,
                  .value = bench::median(native),
                  .unit = "us",
                  .peer = "read and lower",
                  .peer_value = (bench::median(read) + bench::median(lower)) * 1e3 /
                                static_cast<double>(functions)});
  }
}
