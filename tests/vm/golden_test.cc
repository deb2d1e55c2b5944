// A golden domain of code: what an earlier build lowered and parked runs on in this one, on every
// projection. (tests/substrate/golden_test.cc has those of values.)
//
// YIN_GOLDEN=FOLDER makes the case that writes it do so: for a new format version. What a build
// lowers is kept: its instructions and primitives are numbered for good.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/checkpoint.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "substrate/vector.h"
#include "ast/reader.h"
#include "vm/lower.h"
#include "vm/machine.h"
#include "vm/verify.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin;
using namespace yin::substrate;
using tests::Scratch;

constexpr const char* kFile = "format-5-code.yin";

// Without the prelude, which each build installs its own of; and of programs that ask for nothing.
// Each is parked after so many steps.
struct Golden {
  std::string_view text;
  int steps;
  std::string_view value;
};
constexpr Golden kGolden[] = {
    {"(let [fib (fn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))] (fib 9))", 40, "34"},
    {"(loop [i 0 s [] m {}] (if (< i 5) (recur (inc i) (conj s (* i i)) (assoc m :k i)) [s m]))", 3,
     "[[0 1 4 9 16] {:k 4}]"},
    {"(let [k 3 add (fn [x] (+ x k)) twice (fn [f] (fn [x] (f (f x))))] ((twice add) 4))", 2, "10"},
    {"(let [f (fn ([] 0) ([x] (quot 7 x)) ([x & r] [x (mod x 3) r]))] [(f) (f 2) (f 5 6 7)])", 3,
     "[0 3 [5 2 (6 7)]]"},
    {"(let [f (fn f [i] (if (= i 0) (quot 1 i) (+ 1 (f (dec i)))))] (try (f 5) (catch :arithmetic "
     "e "
     "[(ex-message e) (:line (ex-place e))]) (finally (f 1))))",
     4, "!division by zero in quot"},
    {"(let [prompt (fn [f] (yin/prompt f)) r (prompt (fn [] (+ 1 (call-with-shift (fn [k] [(k 1) "
     "(k "
     "2)])))))] (conj r \"end\"))",
     3, "[2 3 \"end\"]"},
    {"(let [go (call/cc (fn [k] k)) f (fn [x] [x x])] (if (fn? go) (go (f 7)) go))", 1, "[7 7]"},
};

std::string name_of(std::size_t i) { return "parked " + std::to_string(i); }

// Runs `machine` from a frame that awaits `value`; where it stands then, or what it came to.
struct Ran {
  vm::Outcome outcome;
  Word continuation = kNil;
};
Ran run(Edit& edit, vm::Projection projection, Word continuation, Word value, std::uint64_t fuel) {
  const auto machine = vm::make_machine(projection);
  machine->load(edit.pin(), continuation, value, false);
  Ran ran{machine->run(edit, fuel)};
  if (ran.outcome.kind == vm::OutcomeKind::kFuel) ran.continuation = machine->save(edit);
  return ran;
}

void write_golden(const std::string& folder) {
  const Scratch scratch;
  const std::string path = scratch.file("golden.yin");
  const auto domain =
      tests::open_domain({.path = path, .mode = OpenMode::kCreate, .capacity_bytes = kCapacityMin});
  const auto worker = tests::join(*domain);
  for (std::size_t i = 0; i < std::size(kGolden); ++i) {
    const Pin pin(*worker);
    Edit edit = Edit::in_slab(pin);
    const auto program = ast::read_clojure(edit, kGolden[i].text, "golden.clj");
    REQUIRE(program.ok());
    const auto main = vm::lower(edit, *program);
    REQUIRE(main.ok());
    Word words[] = {vm::make_call(edit, *main, {}), kNil};
    for (int step = 0; step < kGolden[i].steps; ++step) {
      const Ran ran = run(edit, vm::kProjections[step % 4], words[0], words[1], 1);
      INFO(kGolden[i].text << " step " << step);
      REQUIRE(ran.outcome.kind == vm::OutcomeKind::kFuel);
      words[0] = ran.continuation;
      words[1] = ran.outcome.value;
    }
    REQUIRE(named_root(pin, RootKind::kAtom, name_of(i), Vector::from(edit, words).word).ok());
  }
  REQUIRE(checkpoint(*worker).ok());
  std::vector<char> bytes = tests::bytes_of(path);
  const auto empty = [](char c) { return c == 0; };
  while (std::all_of(bytes.end() - kSlabBytes, bytes.end(), empty))
    bytes.erase(bytes.end() - kSlabBytes, bytes.end());
  tests::write_bytes(folder + "/" + kFile, bytes);
}

}  // namespace

TEST_CASE("write the golden domain of code") {
  const char* folder = std::getenv("YIN_GOLDEN");
  if (folder == nullptr) SUCCEED("YIN_GOLDEN is not set");
  if (folder == nullptr) return;
  write_golden(folder);
}

TEST_CASE("code of format 5 is whole, and what was parked goes on, on every projection") {
  const std::string path = std::string(YIN_SOURCE_DIR "/tests/corpus/golden/") + kFile;
  const auto domain = tests::open_domain({.path = path, .mode = OpenMode::kReadOnly});
  CHECK(domain->identity().format_version == 5);
  const auto worker = tests::join(*domain);
  const VerifyReport report = vm::verify(*worker);
  INFO((report.clean() ? "" : report.findings.front()));
  CHECK(report.clean());
  for (std::size_t i = 0; i < std::size(kGolden); ++i) {
    for (const vm::Projection p : vm::kProjections) {
      INFO(kGolden[i].text << " on " << vm::projection_name(p));
      const Pin pin(*worker);
      Edit edit = Edit::in_nursery(pin);
      const Word root = find_named_root(pin, name_of(i));
      REQUIRE_FALSE(is_absent(root));
      const Vector parked{read_root(pin, root_ref(root)).value};
      const Ran ran = run(edit, p, parked.nth(pin, 0), parked.nth(pin, 1), 100'000);
      if (kGolden[i].value.starts_with('!')) {
        REQUIRE(ran.outcome.kind == vm::OutcomeKind::kFailed);
        CHECK(to_string(pin, field(pin, ran.outcome.value, ErrorField::kMessage)) ==
              kGolden[i].value.substr(1));
      } else {
        REQUIRE(ran.outcome.kind == vm::OutcomeKind::kDone);
        CHECK(print(pin, ran.outcome.value) == kGolden[i].value);
      }
      worker->nursery().reset();
    }
  }
}
