#include "substrate/atom.h"

#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/verify.h"
#include "tests/substrate/atoms.h"
#include "tests/substrate/checked_tree.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

}  // namespace

TEST_CASE("swap_vals and reset_vals give what was and what is") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(1));
  const Pin pin(*t.worker);
  const auto swapped = swap_vals(pin, a, inc);
  REQUIRE(swapped.ok());
  CHECK(swapped->before == int_word(1));
  CHECK(swapped->after == int_word(2));
  const auto reset = reset_vals(pin, a, kTrue);
  REQUIRE(reset.ok());
  CHECK(reset->before == int_word(2));
  CHECK(*deref(pin, a) == kTrue);
}

TEST_CASE("a swap that changes nothing is no commit") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(1));
  const Pin pin(*t.worker);
  const Offset before = read_root(pin, a).version;
  CHECK(swap(pin, a, [](Edit&, Word w) { return w; }).ok());
  CHECK(read_root(pin, a).version == before);
}

TEST_CASE("compare_and_set compares by value") {
  const TestDomain t;
  const RootRef a = counter(*t.worker, "a");
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  REQUIRE(reset_vals(pin, a, tree_of(edit, 5)).ok());
  CHECK(*compare_and_set(pin, a, tree_of(edit, 5), int_word(1)));
  CHECK_FALSE(*compare_and_set(pin, a, tree_of(edit, 5), int_word(2)));
  CHECK(*deref(pin, a) == int_word(1));
}

TEST_CASE("a validator's no leaves the old value") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(1));
  const auto odd = [](const Pin&, Word w) {
    return small_int(w) % 2 != 0 ? Status() : invalid_argument("an even number");
  };
  const Pin pin(*t.worker);
  CHECK(swap(pin, a, inc, odd).status().message() == "an even number");
  CHECK(reset_vals(pin, a, int_word(4), odd).status().code() == StatusCode::kInvalidArgument);
  CHECK(compare_and_set(pin, a, int_word(1), int_word(2), odd).status().code() ==
        StatusCode::kInvalidArgument);
  CHECK(*deref(pin, a) == int_word(1));
  CHECK(swap(
            pin, a, [](Edit&, Word w) { return int_word(small_int(w) + 2); }, odd)
            .ok());
  CHECK(*deref(pin, a) == int_word(3));
}

TEST_CASE("atoms are listed, renamed and deleted; a stale reference says so") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(1));
  (void)atom(*t.worker, "b", int_word(2));
  const auto names = [&] {
    const Pin pin(*t.worker);
    std::string all;
    for (const NamedRoot& root : list_named_roots(pin, RootKind::kAtom)) all += root.name + ' ';
    return all;
  };
  CHECK(names() == "a b ");
  {
    const Pin pin(*t.worker);
    CHECK(rename_root(pin, RootKind::kAtom, "a", "b").code() == StatusCode::kAlreadyExists);
    CHECK(rename_root(pin, RootKind::kAtom, "none", "c").code() == StatusCode::kNotFound);
    CHECK(rename_root(pin, RootKind::kAtom, "a", "c").ok());
    CHECK(*deref(pin, a) == int_word(1));
    CHECK(delete_named_root(pin, RootKind::kStream, "c").code() == StatusCode::kInvalidArgument);
    CHECK(delete_named_root(pin, RootKind::kAtom, "c").ok());
    CHECK(delete_named_root(pin, RootKind::kAtom, "c").code() == StatusCode::kNotFound);
    CHECK(deref(pin, a).status().code() == StatusCode::kNotFound);
    CHECK(swap(pin, a, inc).status().code() == StatusCode::kNotFound);
  }
  CHECK(names() == "b ");
  const RootRef again = atom(*t.worker, "c", int_word(9));
  CHECK(again.slot == a.slot);  // used anew
  CHECK(again.generation == a.generation + 1);
  const Pin pin(*t.worker);
  CHECK(deref(pin, a).status().code() == StatusCode::kNotFound);
  CHECK(*deref(pin, again) == int_word(9));
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("whoever opens a name first makes the atom, all get the same one") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  struct Page {
    SharedHalf go;
  };
  for (int round = 0; round < yin::test::effort(5); ++round) {
    SharedPage<Page> page;
    const std::string name = "atom " + std::to_string(round);
    std::vector<Child> children;
    for (int i = 0; i < 4; ++i) {
      children.emplace_back([&] {
        const auto domain = *Domain::open({.path = path});
        const auto worker = *Worker::join(*domain);
        await(page->go, 1);
        const Pin pin(*worker);
        const auto ref = open_atom(pin, name, int_word(0));
        if (!ref.ok()) return 1;
        for (int k = 0; k < 100; ++k) {
          if (!swap(pin, *ref, inc).ok()) return 2;
        }
        return 0;
      });
    }
    announce(page->go);
    for (Child& child : children) CHECK(child.wait() == 0);
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    CHECK(*deref(Pin(*worker), atom(*worker, name, int_word(-1))) == int_word(400));
  }
}

TEST_CASE("retention keeps so many versions readable at their instants, and no more") {
  const TestDomain t;
  const RootRef a = atom(*t.worker, "a", int_word(0));
  const RootRef other = atom(*t.worker, "other", int_word(0));
  REQUIRE(retain(Pin(*t.worker), a, 10).ok());
  std::vector<std::uint64_t> clocks;
  for (int i = 1; i <= 50; ++i) {
    const Pin pin(*t.worker);
    REQUIRE(swap(pin, a, inc).ok());
    REQUIRE(swap(pin, other, inc).ok());
    clocks.push_back(Snapshot::take(pin)->clock());
  }
  for (int i = 0; i < 3; ++i) REQUIRE(collect(*t.worker).ok());
  const auto at = [&](RootRef ref, std::size_t i) {
    return read_root_at(Pin(*t.worker), ref, clocks[i]);
  };
  for (std::size_t i = 40; i < 50; ++i)
    CHECK(at(a, i).value == int_word(static_cast<std::int64_t>(i) + 1));
  CHECK_FALSE(at(a, 39).ok());
  CHECK_FALSE(at(other, 48).ok());
  CHECK(at(other, 49).value == int_word(50));
  REQUIRE(retain(Pin(*t.worker), a, 1).ok());
  for (int i = 0; i < 3; ++i) REQUIRE(collect(*t.worker).ok());
  CHECK_FALSE(at(a, 48).ok());
  CHECK(at(a, 49).value == int_word(50));
  CHECK(verify(*t.worker).clean());
}

TEST_CASE("a hundred thousand named atoms, all found and all kept") {
  const TestDomain t;
  const std::uint64_t count = static_cast<std::uint64_t>(yin::test::effort(100'000));
  for (std::uint64_t i = 0; i < count; ++i)
    (void)atom(*t.worker, "atom number " + std::to_string(i),
               int_word(static_cast<std::int64_t>(i)));
  for (int i = 0; i < 2; ++i) REQUIRE(collect(*t.worker).ok());
  const Pin pin(*t.worker);
  for (std::uint64_t i = 0; i < count; i += 37) {
    const Word ref = find_named_root(pin, "atom number " + std::to_string(i));
    REQUIRE(is_root(ref, RootKind::kAtom));
    REQUIRE(*deref(pin, root_ref(ref)) == int_word(static_cast<std::int64_t>(i)));
  }
  CHECK(list_named_roots(pin, RootKind::kAtom).size() == count);
}
