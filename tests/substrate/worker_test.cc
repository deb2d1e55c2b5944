#include "substrate/worker.h"

#include <set>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/ready.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/verify.h"
#include "tests/substrate/atoms.h"
#include "tests/substrate/dying_commit.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

LeaseState state_of(const WorkerSlot& slot) {
  return static_cast<LeaseState>(slot.lease.load_seq() & 0xff);
}

// How many slabs belong to the worker `index`.
std::uint32_t slabs_of(const Domain& domain, std::uint32_t index) {
  const SlabMap map(domain);
  std::uint32_t count = 0;
  for (std::uint32_t slab = map.lead(); slab < domain.state().next_slab.load_seq(); ++slab) {
    if (!map.is_lead(slab))
      count += unpack_slab(map.descriptor(slab).state.load_seq()).owner == index + 1 ? 1 : 0;
  }
  return count;
}

bool is_ready(const Domain& domain, std::uint32_t slot) {
  return take_ready(domain, SlotIndex{slot});
}

// A process that holds a pin and slabs and says that it runs an agent, until it is killed.
struct Victim {
  struct Page {
    SharedHalf pinned;
    SharedHalf index;
  };
  SharedPage<Page> page;
  Child child;

  Victim(const std::string& path, std::uint32_t current, std::uint32_t touched)
      : child([&, path, current, touched] {
          const auto domain = open_domain({.path = path});
          const auto worker = join(*domain);
          const Pin pin(*worker);
          Edit edit = Edit::in_slab(pin);
          for (int i = 0; i < 20; ++i) (void)edit.allocate<std::byte>(20'000);
          (void)edit.allocate<std::byte>(300'000);
          (void)worker->cells().allocate(0);
          WorkerSlot& slot = worker->slot();
          for (std::uint32_t i = 0; i < std::min(touched, kTouchedMax); ++i)
            slot.touched[i].store_seq(10 + i);
          slot.touched_count.store_seq(touched);
          slot.current.store_seq(current + 1);
          root_slot(*domain, SlotIndex{current}).running.store_seq(raw(worker->index()) + 1);
          page->index.store_seq(raw(worker->index()));
          announce(page->pinned);
          for (;;) park_on(page->pinned, 1);
          return 0;
        }) {
    await(page->pinned, 1);
  }
  [[nodiscard]] std::uint32_t index() const { return page->index.load_seq(); }
};

struct Fixture {
  Scratch scratch;
  std::string path = scratch.file("a.yin");
  std::unique_ptr<Domain> domain = open_domain({.path = path});
  std::unique_ptr<Worker> worker = join(*domain);
  Fixture() {
    const Pin pin(*worker);
    for (int i = 0; i < 100; ++i) REQUIRE(new_root(pin, RootKind::kAgent).ok());
  }
};

}  // namespace

TEST_CASE("a worker gets the lowest free slot, and leaves it as it found it") {
  const Fixture f;
  auto a = join(*f.domain);
  auto b = join(*f.domain);
  CHECK(raw(a->index()) == 1);
  CHECK(raw(b->index()) == 2);
  const std::uint16_t generation = a->owner_generation();
  a.reset();
  CHECK(state_of(*worker_slot(*f.domain, 1)) == LeaseState::kFree);
  CHECK(slabs_of(*f.domain, 1) == 0);
  a = join(*f.domain);
  CHECK(raw(a->index()) == 1);
  CHECK(a->owner_generation() != generation);
}

TEST_CASE("a worker that leaves gives its slabs back") {
  const Fixture f;
  {
    const auto leaving = join(*f.domain);
    const Pin pin(*leaving);
    Edit edit = Edit::in_slab(pin);
    for (int i = 0; i < 10; ++i) (void)edit.allocate<std::byte>(20'000);
    (void)leaving->cells().allocate(0);
    CHECK(slabs_of(*f.domain, raw(leaving->index())) > 3);
  }
  CHECK(slabs_of(*f.domain, 1) == 0);
}

TEST_CASE("a process has at most as many workers as there are nurseries, and is told so") {
  for (const bool shared : {false, true}) {
    const Scratch scratch;
    const auto domain = open_domain({.path = shared ? scratch.file("a.yin") : ""});
    std::vector<std::unique_ptr<Worker>> workers;
    for (std::uint32_t i = 0; i < Region::zone_count(); ++i) workers.push_back(join(*domain));
    CHECK(Worker::join(*domain).status().code() == StatusCode::kResourceExhausted);
    workers.pop_back();
    CHECK(Worker::join(*domain).ok());
  }
}

TEST_CASE("threads that join and leave at one moment never share a slot") {
  const Fixture f;
  SharedWord taken[64] = {};
  SharedHalf shared{};
  std::vector<std::thread> threads;
  for (int self = 0; self < 8; ++self) {
    threads.emplace_back([&] {
      for (int i = 0; i < yin::test::effort(200); ++i) {
        const auto worker = join(*f.domain);
        SharedWord& mine = taken[raw(worker->index())];
        if (mine.exchange_seq(1) != 0) shared.store_seq(1);
        mine.store_seq(0);
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(shared.load_seq() == 0);
}

TEST_CASE("more workers than one table chunk holds, over processes, lose nothing") {
  const Fixture f;
  constexpr std::uint32_t kProcesses = 3;
  constexpr std::uint32_t kEach = 30;
  const RootRef counter = atom(*f.worker, "counter", int_word(0));
  struct Page {
    SharedHalf joined;
    SharedHalf go;
  };
  SharedPage<Page> page;
  std::vector<Child> children;
  for (std::uint32_t i = 0; i < kProcesses; ++i) {
    children.emplace_back([&] {
      const auto domain = open_domain({.path = f.path});
      std::vector<std::unique_ptr<Worker>> workers;
      while (workers.size() < kEach) workers.push_back(join(*domain));
      announce(page->joined);
      await(page->go, 1);
      for (const auto& worker : workers) {
        const Pin pin(*worker);
        if (!swap(pin, counter, [](Edit&, Word n) { return int_word(small_int(n) + 1); }).ok())
          return 1;
      }
      return 0;
    });
  }
  await(page->joined, kProcesses);
  CHECK(f.domain->state().worker_high.load_seq() == kProcesses * kEach + 1);
  announce(page->go);
  for (Child& child : children) CHECK(child.wait() == 0);
  const Pin pin(*f.worker);
  CHECK(*deref(pin, counter) == int_word(kProcesses * kEach));
}

TEST_CASE("a killed process is adopted: slabs, pin, agent and what it had touched") {
  const Fixture f;
  Victim victim(f.path, 50, 3);
  const std::uint32_t index = victim.index();
  const WorkerSlot& slot = *worker_slot(*f.domain, index);
  CHECK(adopt_dead_workers(*f.worker).workers == 0);  // it lives
  CHECK(slabs_of(*f.domain, index) > 10);
  victim.child.kill(SIGKILL);
  victim.child.wait();
  const Adoption adopted = adopt_dead_workers(*f.worker);
  CHECK(adopted.workers == 1);
  CHECK(adopted.agents == 1);
  CHECK(slabs_of(*f.domain, index) == 0);
  CHECK(slot.pin.load_seq() == 0);
  CHECK(state_of(slot) == LeaseState::kFree);
  CHECK(root_slot(*f.domain, SlotIndex{50}).running.load_seq() == kRunningDeath);
  for (const std::uint32_t ready : {50u, 10u, 11u, 12u}) CHECK(is_ready(*f.domain, ready));
  CHECK(!is_ready(*f.domain, 13));
  CHECK(adopt_dead_workers(*f.worker).workers == 0);
  CHECK(collect(*f.worker).ok());
}

TEST_CASE("who dies in a commit of more slots than are noted has all slots looked at") {
  const Fixture f;
  Victim victim(f.path, 50, kTouchedMax + 1);
  victim.child.kill(SIGKILL);
  victim.child.wait();
  REQUIRE(adopt_dead_workers(*f.worker).workers == 1);
  for (std::uint32_t slot = 1; slot <= 100; ++slot) REQUIRE(is_ready(*f.domain, slot));
}

TEST_CASE("a zombie nobody has waited for is dead") {
  const Fixture f;
  Victim victim(f.path, 50, 0);
  victim.child.kill(SIGKILL);
  victim.child.await_zombie();
  CHECK(adopt_dead_workers(*f.worker).workers == 1);
}

TEST_CASE("a stopped process is not dead") {
  const Fixture f;
  Victim victim(f.path, 50, 0);
  victim.child.kill(SIGSTOP);
  victim.child.await_stopped();
  CHECK(adopt_dead_workers(*f.worker).workers == 0);
  CHECK(slabs_of(*f.domain, victim.index()) > 0);
  CHECK(join(*f.domain)->index() != static_cast<WorkerIndex>(victim.index()));
  victim.child.kill(SIGKILL);
  victim.child.wait();
  CHECK(adopt_dead_workers(*f.worker).workers == 1);
}

TEST_CASE("a new worker that gets a dead one's slot adopts it first") {
  const Fixture f;
  Victim victim(f.path, 50, 0);
  const std::uint32_t index = victim.index();
  victim.child.kill(SIGKILL);
  victim.child.wait();
  const auto fresh = join(*f.domain);
  REQUIRE(raw(fresh->index()) == index);
  CHECK(slabs_of(*f.domain, index) == 0);
  CHECK(is_ready(*f.domain, 50));
}

TEST_CASE("an adopter that died half way is followed by another") {
  const Fixture f;
  Victim victim(f.path, 50, 2);
  const std::uint32_t index = victim.index();
  victim.child.kill(SIGKILL);
  victim.child.wait();
  // What it had done: the lease marked, half of the slabs released.
  WorkerSlot& slot = *worker_slot(*f.domain, index);
  slot.lease.store_seq((slot.lease.load_seq() & ~std::uint64_t{0xff}) |
                       static_cast<std::uint64_t>(LeaseState::kAdopting));
  const SlabMap map(*f.domain);
  std::uint32_t left = slabs_of(*f.domain, index) / 2;
  for (std::uint32_t slab = map.lead(); left > 0; ++slab) {
    if (unpack_slab(map.descriptor(slab).state.load_seq()).owner != index + 1) continue;
    release_slab(map, slab, gc_cycle(f.domain->state().gc.load_seq()));
    --left;
  }
  CHECK(adopt_dead_workers(*f.worker).workers == 1);
  CHECK(slabs_of(*f.domain, index) == 0);
  for (const std::uint32_t ready : {50u, 10u, 11u}) CHECK(is_ready(*f.domain, ready));
}

TEST_CASE("a collector that waits for a dead process's pin adopts it and goes on") {
  const Fixture f;
  Victim victim(f.path, 50, 0);
  const std::uint32_t before = gc_cycle(f.domain->state().gc.load_seq());
  std::thread killer([&] {
    while (gc_cycle(f.domain->state().gc.load_seq()) == before) {
    }
    victim.child.kill(SIGKILL);
  });
  CHECK(collect(*f.worker).ok());
  killer.join();
}

TEST_CASE("the commit that a killed process left half done is finished by who reads it") {
  const Fixture f;
  const RootRef a = atom(*f.worker, "a", int_word(1));
  const RootRef b = atom(*f.worker, "b", int_word(1));
  SharedPage<SharedHalf> installed;
  Child child([&] {
    const auto domain = open_domain({.path = f.path});
    const auto worker = join(*domain);
    const Pin pin(*worker);
    DyingCommit dying(pin, {{a, read_root(pin, a).version, int_word(2)},
                            {b, read_root(pin, b).version, int_word(2)}});
    dying.install(0);
    announce(*installed);
    for (;;) park_on(*installed, 1);
    return 0;
  });
  await(*installed, 1);
  child.kill(SIGKILL);
  child.wait();
  CHECK(adopt_dead_workers(*f.worker).workers == 1);
  for (int i = 0; i < 3; ++i) REQUIRE(collect(*f.worker).ok());
  const Pin pin(*f.worker);
  CHECK(*deref(pin, a) == int_word(2));
  CHECK(*deref(pin, b) == int_word(2));
}

TEST_CASE(
    "processes killed while they join, allocate and leave lose no slot and no slab for good") {
  const Fixture f;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  const auto start = [&] {
    return Child([&] {
      const auto domain = open_domain({.path = f.path});
      for (;;) {
        const auto worker = join(*domain);
        const Pin pin(*worker);
        Edit edit = Edit::in_slab(pin);
        for (std::uint64_t bytes : {20'000u, 40'000u, 48u, 200'000u})
          (void)edit.allocate<std::byte>(bytes);
      }
      return 0;
    });
  };
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i) children.push_back(start());
  for (int kills = 0; kills < yin::test::effort(100); ++kills) {
    Child& child = children[random.below(children.size())];
    drift_us(random.below(4'000));
    child.kill(SIGKILL);
    child.wait();
    child = start();
    if (kills % 10 == 0) REQUIRE(collect(*f.worker).ok());
  }
  for (Child& child : children) {
    child.kill(SIGKILL);
    child.wait();
  }
  (void)adopt_dead_workers(*f.worker);
  for (std::uint32_t i = 1; i < f.domain->state().worker_high.load_seq(); ++i) {
    REQUIRE(state_of(*worker_slot(*f.domain, i)) == LeaseState::kFree);
    REQUIRE(slabs_of(*f.domain, i) == 0);
  }
  CHECK(verify(*f.worker).clean());
  CHECK(f.domain->state().worker_high.load_seq() < 10);
}
