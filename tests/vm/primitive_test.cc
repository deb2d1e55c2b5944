// Primitives: their numbers stand in domains and must never change, and every one of them survives
// any arguments.

#include "vm/primitive.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>

#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/set.h"
#include "substrate/vector.h"
#include "vm/error.h"
#include "tests/support/effort.h"
#include "tests/support/test_domain.h"

using namespace yin;
using substrate::Edit;
using substrate::Pin;
using substrate::Word;

namespace {

// Names and numbers of the first `count` of a group.
std::uint64_t hash_of_names(std::uint32_t group, std::uint32_t count) {
  std::string names;
  for (std::uint32_t i = 0; i < count; ++i) {
    names.append(vm::primitives()[group * vm::kPrimitiveGroupSize + i].name).append(" ");
  }
  return substrate::hash_bytes(names, 0);
}

std::vector<Word> some_values(Edit& edit) {
  const Pin& pin = edit.pin();
  const Word one = substrate::int_word(1);
  const Word two = substrate::int_word(2);
  const Word key = substrate::keyword(pin, "k");
  const Word pair[] = {key, one};
  const substrate::MapEntry entry[] = {{key, two}};
  const Word nested[] = {substrate::Vector::from(edit, pair).word,
                         substrate::List::from(edit, pair).word};
  return {substrate::kNil,
          substrate::kTrue,
          substrate::kFalse,
          one,
          two,
          substrate::int_word(0),
          substrate::int_word(-1),
          substrate::from_int(edit, INT64_MAX),
          substrate::from_int(edit, INT64_MIN),
          substrate::from_double(edit, 1.5),
          substrate::from_double(edit, -0.0),
          substrate::from_double(edit, 1e300),
          substrate::from_string(edit, ""),
          substrate::from_string(edit, "a \xc3\xa9\xff b,c\n"),
          substrate::from_string(edit, "%d %s %5.2f %"),
          substrate::character_word('x'),
          key,
          substrate::symbol(pin, "a/b"),
          substrate::kEmptyVector,
          substrate::kEmptyList,
          substrate::kEmptyMap,
          substrate::kEmptySet,
          substrate::Vector::from(edit, pair).word,
          substrate::List::from(edit, pair).word,
          substrate::Map::from(edit, entry).word,
          substrate::Set::from(edit, pair).word,
          substrate::Vector::from(edit, nested).word,
          substrate::primitive_word(0),
          vm::make_error(edit, "user", "m", one),
          substrate::root_word({substrate::RootKind::kAtom, substrate::SlotIndex{100000}, 1}),
          substrate::root_word({substrate::RootKind::kStream, substrate::SlotIndex{100000}, 1})};
}

}  // namespace

TEST_CASE("the numbers of primitives are fixed") {
  // A failure means that a table was reordered: put new ones at its end, and never touch these
  // figures.
  CHECK(vm::builtin::number_of("+") == 0);
  CHECK(vm::builtin::number_of("vector") == 256);
  CHECK(vm::builtin::number_of("first") == 512);
  CHECK(vm::builtin::number_of("str") == 768);
  CHECK(vm::builtin::number_of("apply") == 1024);
  CHECK(hash_of_names(0, 87) == 0x53ed7feff1dcfda4);
  CHECK(hash_of_names(1, 43) == 0xb96daa2c31baa478);
  CHECK(hash_of_names(2, 28) == 0x3c1a5c16a8523941);
  CHECK(hash_of_names(3, 31) == 0x11f440526a530c2d);
  CHECK(hash_of_names(4, 29) == 0xa1da3353a0896d98);
}

TEST_CASE("primitives are found by name") {
  CHECK(vm::find_primitive("first") == vm::builtin::number_of("first"));
  CHECK(vm::find_primitive("clojure.string/reverse") != vm::find_primitive("reverse"));
  CHECK(!vm::find_primitive("no-such-thing").has_value());
  CHECK(!vm::find_primitive("").has_value());
}

TEST_CASE("every primitive gives a value or an error for any arguments") {
  tests::TestDomain d;
  const Pin pin(*d.worker);
  const auto seed = Catch::getSeed();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < test::effort(60); ++round) {
    d.worker->nursery().reset();
    Edit edit = Edit::in_nursery(pin);
    const std::vector<Word> values = some_values(edit);
    for (std::uint32_t number = 0; number < vm::primitives().size(); ++number) {
      const vm::Primitive& p = vm::primitives()[number];
      if (p.function == nullptr || p.name.empty()) continue;
      const std::size_t most = p.most == vm::kAnyCount ? p.least + 3u : p.most;
      const std::size_t count = p.least + random() % (most - p.least + 1);
      std::vector<Word> arguments;
      for (std::size_t i = 0; i < count; ++i) arguments.push_back(values[random() % values.size()]);
      vm::PrimitiveContext context(edit, substrate::kNil);
      const Word result = p.function(context, arguments);
      INFO(p.name);
      CHECK((result == vm::kSignalled) == (context.signal != vm::Signal::kNone));
      if (context.signal == vm::Signal::kError) {
        CHECK(substrate::is_object(context.error, substrate::ObjectKind::kError));
        CHECK(!vm::describe_error(pin, context.error).empty());
      }
      if (context.signal == vm::Signal::kEffect) CHECK(p.kind == vm::PrimitiveKind::kAsks);
    }
  }
}
