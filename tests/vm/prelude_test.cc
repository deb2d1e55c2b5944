// The prelude: installed once a domain, found by every worker, untouched by what programs define.

#include "vm/prelude.h"

#include <memory>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "substrate/root.h"
#include "ast/reader.h"
#include "vm/lower.h"
#include "tests/support/run_program.h"
#include "tests/support/test_domain.h"

using namespace yin;
using substrate::Pin;
using substrate::Word;

namespace {

Word core_value(substrate::Worker& worker, const std::string& name) {
  const Pin pin(worker);
  const Word ref = substrate::find_named_root(pin, "var/" + std::string(vm::kPreludeHome) + name);
  return substrate::is_absent(ref) ? ref
                                   : substrate::read_root(pin, substrate::root_ref(ref)).value;
}

}  // namespace

TEST_CASE("the prelude is installed once") {
  tests::TestDomain d;
  CHECK(substrate::is_absent(core_value(*d.worker, "map")));
  REQUIRE(vm::install_prelude(*d.worker).ok());
  const Word map = core_value(*d.worker, "map");
  CHECK(substrate::is_object(map, substrate::ObjectKind::kClosure));
  REQUIRE(vm::install_prelude(*d.worker).ok());
  CHECK(core_value(*d.worker, "map") == map);
  auto other = substrate::Worker::join(*d.domain);
  REQUIRE(other.ok());
  REQUIRE(vm::install_prelude(**other).ok());
  CHECK(core_value(**other, "map") == map);
}

TEST_CASE("another text is installed over it") {
  tests::TestDomain d;
  REQUIRE(vm::install_prelude(*d.worker).ok());
  const Word map = core_value(*d.worker, "map");
  {
    const Pin pin(*d.worker);
    const Word version =
        substrate::find_named_root(pin, "var/" + std::string(vm::kPreludeHome) + "version");
    REQUIRE(substrate::reset_root(pin, substrate::root_ref(version), substrate::int_word(1)).ok());
  }
  REQUIRE(vm::install_prelude(*d.worker).ok());
  CHECK(core_value(*d.worker, "map") != map);
}

TEST_CASE("without a prelude the primitives work, and its names are unbound") {
  tests::TestDomain d;
  const Pin pin(*d.worker);
  substrate::Edit edit = substrate::Edit::in_slab(pin);
  auto program = ast::read_clojure(edit, "[(+ 1 2) (map inc [1])]", "t.clj");
  REQUIRE(program.ok());
  auto main = vm::lower(edit, *program);
  REQUIRE(main.ok());
  const auto machine = vm::make_machine(vm::Projection::kStack);
  std::uint64_t fuel = 100;
  machine->load(pin, vm::make_call(edit, *main, {}), substrate::kNil, false);
  const auto outcome = machine->run(edit, fuel);
  REQUIRE(outcome.kind == vm::OutcomeKind::kFailed);
  CHECK(vm::describe_error(pin, outcome.value) == "t.clj:1:11: unbound name: map");
}
