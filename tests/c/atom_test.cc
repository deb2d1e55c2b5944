// Atoms of the C interface: names, swaps by many threads, commits of several, snapshots, handles.

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/c/abi.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"

namespace {

using Catch::Matchers::ContainsSubstring;
using yin::tests::Domain;
using yin::tests::error;
using yin::tests::increment;
using yin::tests::increment_under_pin;
using yin::tests::ok;
using yin::tests::Pin;
using yin::tests::under_pin;

std::vector<std::string> names(const Pin& pin) {
  std::vector<std::string> found;
  const auto visit = [](void* to, const char* name, std::size_t size, yin_word) {
    static_cast<std::vector<std::string>*>(to)->emplace_back(name, size);
    return 0;
  };
  ok(yin_each_atom(pin.c, visit, &found, &error));
  return found;
}

}  // namespace

TEST_CASE("an atom is found by its name, renamed, deleted; without one it is there until deleted") {
  const Domain domain;
  const Pin pin(domain);
  const yin_word a = pin.atom("a", yin_int(pin.c, 1));
  CHECK(yin_kind_of(pin.c, a) == YIN_ATOM);
  CHECK(pin.atom("a", yin_int(pin.c, 2)) == a);
  CHECK(pin.to_int(pin.deref(a)) == 1);
  (void)pin.atom("c");
  (void)pin.atom("b");
  CHECK(names(pin) == std::vector<std::string>{"a", "b", "c"});
  yin_word found = 0;
  ok(yin_find_name(pin.c, "a", 1, &found, &error));
  CHECK(found == a);
  CHECK(yin_rename(pin.c, "a", 1, "b", 1, &error) == YIN_ALREADY_EXISTS);
  CHECK(yin_rename(pin.c, "x", 1, "y", 1, &error) == YIN_NOT_FOUND);
  ok(yin_rename(pin.c, "a", 1, "z", 1, &error));
  CHECK(yin_find_name(pin.c, "a", 1, &found, &error) == YIN_NOT_FOUND);
  CHECK(pin.to_int(pin.deref(a)) == 1);
  CHECK(yin_delete(pin.c, a, &error) == YIN_INVALID_ARGUMENT);
  CHECK(pin.to_int(pin.deref(a)) == 1);
  ok(yin_delete_name(pin.c, "z", 1, &error));
  CHECK(yin_delete_name(pin.c, "z", 1, &error) == YIN_NOT_FOUND);
  CHECK(yin_deref(pin.c, a, &found, &error) == YIN_NOT_FOUND);
  CHECK(yin_reset(pin.c, a, YIN_WORD_NIL, nullptr, &error) == YIN_NOT_FOUND);
  CHECK(yin_swap(pin.c, a, increment, nullptr, nullptr, nullptr, &error) == YIN_NOT_FOUND);
  CHECK(names(pin) == std::vector<std::string>{"b", "c"});

  ok(yin_new_atom(pin.c, yin_int(pin.c, 5), &found, &error));
  CHECK(pin.to_int(pin.deref(found)) == 5);
  CHECK(names(pin).size() == 2);
  ok(yin_delete(pin.c, found, &error));
  CHECK(yin_delete(pin.c, found, &error) == YIN_NOT_FOUND);

  yin_word stream = 0;
  ok(yin_stream(pin.c, "s", 1, 0, &stream, &error));
  CHECK(yin_atom(pin.c, "s", 1, YIN_WORD_NIL, &found, &error) == YIN_INVALID_ARGUMENT);
  const std::string long_name(5000, 'n');
  ok(yin_atom(pin.c, long_name.data(), long_name.size(), YIN_WORD_NIL, &found, &error));
  CHECK(names(pin).back() == long_name);
}

TEST_CASE("a swap tells both values; one that gives up leaves nothing behind") {
  const Domain domain;
  const Pin pin(domain);
  const yin_word a = pin.atom("a", yin_int(pin.c, 1));
  yin_word before = 0;
  yin_word after = 0;
  ok(yin_swap(pin.c, a, increment, nullptr, &before, &after, &error));
  CHECK(pin.to_int(before) == 1);
  CHECK(pin.to_int(after) == 2);
  ok(yin_reset(pin.c, a, pin.read("[1 \"long enough to stand elsewhere\"]"), &before, &error));
  CHECK(pin.to_int(before) == 2);
  CHECK(yin_swap(pin.c, a, increment, nullptr, nullptr, nullptr, &error) == YIN_WRONG_TYPE);
  for (const yin_status status : {YIN_ABORTED, YIN_CONFLICT, YIN_OUT_OF_RANGE}) {
    const auto give_up = [](void* context, yin_pin*, yin_word, yin_word* next, yin_error* why) {
      *next = YIN_WORD_TRUE;
      std::strcpy(why->message, "my reason");
      why->status = *static_cast<yin_status*>(context);
      return why->status;
    };
    yin_status wanted = status;
    error = {};
    CHECK(yin_swap(pin.c, a, give_up, &wanted, nullptr, nullptr, &error) == status);
    CHECK(std::string(error.message) == "my reason");
    CHECK(yin_swap(
              pin.c, a,
              [](void*, yin_pin*, yin_word, yin_word*, yin_error*) { return YIN_ABORTED; }, nullptr,
              nullptr, nullptr, nullptr) == YIN_ABORTED);
  }
  CHECK(pin.edn(pin.deref(a)) == "[1 \"long enough to stand elsewhere\"]");
  int was = 7;
  ok(yin_compare_and_set(pin.c, a, pin.read("[1 2]"), YIN_WORD_NIL, &was, &error));
  CHECK(was == 0);
  ok(yin_compare_and_set(pin.c, a, pin.read("(1 \"long enough to stand elsewhere\")"), YIN_WORD_NIL,
                         &was, &error));
  CHECK(was == 1);
  CHECK(pin.deref(a) == YIN_WORD_NIL);
}

TEST_CASE("a swap within a swap is one of another atom, or of the same") {
  const Domain domain;
  const Pin pin(domain);
  std::array<yin_word, 2> atoms = {pin.atom("a", yin_int(pin.c, 0)),
                                   pin.atom("b", yin_int(pin.c, 0))};
  const auto both = [](void* context, yin_pin* p, yin_word now, yin_word* next, yin_error* why) {
    const auto& two = *static_cast<std::array<yin_word, 2>*>(context);
    if (const yin_status status = yin_swap(p, two[1], increment, nullptr, nullptr, nullptr, why))
      return status;
    return increment(nullptr, p, now, next, why);
  };
  ok(yin_swap(pin.c, atoms[0], both, &atoms, nullptr, nullptr, &error));
  CHECK(pin.to_int(pin.deref(atoms[0])) == 1);
  CHECK(pin.to_int(pin.deref(atoms[1])) == 1);
}

TEST_CASE("many threads count exactly, each under its own pins") {
  const Domain domain;
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("a", yin_int(pin.c, 0));
  }
  const int each = yin::test::effort(20'000);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i)
        if (increment_under_pin(domain.c, atom) != YIN_OK) ++wrong;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  const Pin pin(domain);
  CHECK(pin.to_int(pin.deref(atom)) == 8 * each);
}

TEST_CASE("a host's own swap loop, with handles and without a pin in between, counts exactly") {
  const Domain domain;
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("a", pin.read("[\"a value that stands elsewhere\" 0]"));
  }
  const int each = yin::test::effort(3000);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < each; ++i) {
        for (std::uint32_t tries = 1;; ++tries) {
          yin_handle* handle = nullptr;
          yin_pin* pin = nullptr;
          yin_word now = 0;
          wrong += yin_pin_begin(domain.c, &pin, nullptr) != YIN_OK;
          wrong += yin_deref(pin, atom, &now, nullptr) != YIN_OK;
          wrong += yin_handle_make(pin, now, &handle, nullptr) != YIN_OK;
          yin_pin_end(pin);
          std::this_thread::yield();
          wrong += yin_pin_begin(domain.c, &pin, nullptr) != YIN_OK;
          const yin_word old = yin_handle_word(handle);
          yin_word next = 0;
          const std::int64_t n = yin_small_int(yin_nth(pin, old, 1));
          wrong += yin_assoc(pin, old, yin_from_small_int(1), yin_from_small_int(n + 1), &next,
                             nullptr) != YIN_OK;
          const yin_change change = {atom, old, next};
          const yin_status status = yin_commit(pin, &change, 1, nullptr);
          yin_pin_end(pin);
          yin_handle_release(handle);
          if (status == YIN_OK) break;
          wrong += status != YIN_CONFLICT;
          yin_back_off(domain.c, atom, tries);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  const Pin pin(domain);
  CHECK(yin_small_int(yin_nth(pin.c, pin.deref(atom), 1)) == 4 * each);
  ok(yin_verify(domain.c, &error));
}

TEST_CASE("several atoms change together or not at all") {
  const Domain domain;
  const Pin pin(domain);
  const yin_word a = pin.atom("a", yin_int(pin.c, 1));
  const yin_word b = pin.atom("b", pin.read("[2 \"elsewhere, as it is long\"]"));
  yin_change changes[] = {{a, pin.deref(a), yin_int(pin.c, 10)},
                          {b, pin.deref(b), pin.read("[20]")}};
  ok(yin_commit(pin.c, changes, 2, &error));
  CHECK(pin.edn(pin.deref(a)) + pin.edn(pin.deref(b)) == "10[20]");
  changes[0].value = yin_int(pin.c, 11);
  CHECK(yin_commit(pin.c, changes, 2, &error) == YIN_CONFLICT);  // the old words
  changes[0].expected = pin.deref(a);
  CHECK(yin_commit(pin.c, changes, 2, &error) == YIN_CONFLICT);
  changes[1] = {b, pin.read("[20]"), YIN_WORD_NIL};  // equal, but not the same
  CHECK(yin_commit(pin.c, changes, 2, &error) == YIN_CONFLICT);
  changes[1] = {b, pin.deref(b), pin.deref(b)};  // must not have changed
  ok(yin_commit(pin.c, changes, 2, &error));
  CHECK(pin.edn(pin.deref(a)) + pin.edn(pin.deref(b)) == "11[20]");
  changes[0] = changes[1];
  CHECK(yin_commit(pin.c, changes, 2, &error) == YIN_INVALID_ARGUMENT);
  ok(yin_commit(pin.c, nullptr, 0, &error));
  const std::vector<yin_change> many(65, changes[0]);
  CHECK(yin_commit(pin.c, many.data(), many.size(), &error) != YIN_OK);
  ok(yin_delete_name(pin.c, "a", 1, &error));
  changes[0] = {a, yin_int(pin.c, 11), YIN_WORD_NIL};
  CHECK(yin_commit(pin.c, changes, 2, &error) == YIN_NOT_FOUND);
}

TEST_CASE("transfers between atoms by many threads keep the sum, in every snapshot") {
  const Domain domain;
  constexpr int kAtoms = 5;
  std::array<yin_word, kAtoms> atoms{};
  {
    const Pin pin(domain);
    for (int i = 0; i < kAtoms; ++i)
      atoms[static_cast<std::size_t>(i)] = pin.atom(std::to_string(i), yin_int(pin.c, 100));
  }
  const std::uint64_t seed = yin::tests::test_seed();
  INFO("YIN_SEED=" << seed);
  std::atomic<int> wrong{0};
  std::atomic<int> running{3};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      yin::tests::Random random(seed + t);
      for (int i = 0; i < yin::test::effort(5000);) {
        const yin_word from = atoms[random.below(kAtoms)];
        const yin_word to = atoms[random.below(kAtoms)];
        if (from == to) continue;
        const yin_status status = under_pin(domain.c, [&](yin_pin* pin) {
          yin_word x = 0;
          yin_word y = 0;
          wrong += yin_deref(pin, from, &x, nullptr) != YIN_OK;
          wrong += yin_deref(pin, to, &y, nullptr) != YIN_OK;
          const yin_change changes[] = {{from, x, yin_from_small_int(yin_small_int(x) - 1)},
                                        {to, y, yin_from_small_int(yin_small_int(y) + 1)}};
          return yin_commit(pin, changes, 2, nullptr);
        });
        if (status == YIN_OK) ++i;
        wrong += status != YIN_OK && status != YIN_CONFLICT;
      }
      --running;
    });
  }
  int looked = 0;
  while (running > 0 || looked < 10) {
    yin_snapshot* snapshot = nullptr;
    ok(yin_snapshot_take(domain.c, &snapshot, &error));
    for (int twice = 0; twice < 2; ++twice) {  // the same under another pin
      const Pin pin(domain);
      std::int64_t sum = 0;
      for (const yin_word atom : atoms) {
        yin_word value = 0;
        ok(yin_snapshot_deref(snapshot, pin.c, atom, &value, &error));
        sum += yin_small_int(value);
      }
      CHECK(sum == 100 * kAtoms);
    }
    yin_snapshot_release(snapshot);
    ++looked;
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("a snapshot keeps what is changed and deleted, and does not know what is made later") {
  const Domain domain;
  const Pin pin(domain);
  const yin_word a = pin.atom("a", pin.read("[\"as it was, at some length\"]"));
  yin_snapshot* snapshot = nullptr;
  ok(yin_snapshot_take(domain.c, &snapshot, &error));
  const yin_word b = pin.atom("b");
  ok(yin_reset(pin.c, a, YIN_WORD_NIL, nullptr, &error));
  yin_word value = 0;
  ok(yin_snapshot_deref(snapshot, pin.c, a, &value, &error));
  CHECK(pin.edn(value) == "[\"as it was, at some length\"]");
  CHECK(yin_snapshot_deref(snapshot, pin.c, b, &value, &error) == YIN_NOT_FOUND);
  CHECK(yin_snapshot_deref(snapshot, pin.c, YIN_WORD_TRUE, &value, &error) == YIN_WRONG_TYPE);
  ok(yin_delete_name(pin.c, "a", 1, &error));
  ok(yin_snapshot_deref(snapshot, pin.c, a, &value, &error));
  CHECK(pin.edn(value) == "[\"as it was, at some length\"]");
  yin_snapshot_release(snapshot);
}

TEST_CASE("handles keep what they hold while everything else is collected") {
  yin_open_options options = yin::tests::with_mode(YIN_CREATE_OR_JOIN, std::uint64_t{256} << 20);
  options.no_keeper = 1;
  const Domain domain("", options);
  std::vector<yin_handle*> handles;
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("a");
    for (int i = 0; i < 2000; ++i) {
      yin_handle* handle = nullptr;
      ok(yin_handle_make(pin.c, pin.read("[\"value number " + std::to_string(i) + "\"]"), &handle,
                         &error));
      handles.push_back(handle);
    }
    yin_handle* none = nullptr;  // a word that refers to nothing may have one
    ok(yin_handle_make(pin.c, yin_from_small_int(5), &none, &error));
    CHECK(yin_handle_word(none) == yin_from_small_int(5));
    CHECK(yin_handle_domain(none) == domain.c);
    yin_handle_release(none);  // with a pin open
  }
  for (int i = 0; i < 600; ++i) {
    {
      const Pin pin(domain);
      ok(yin_reset(pin.c, atom, pin.string(std::string(1'000'000, 'x') + std::to_string(i)),
                   nullptr, &error));
      if (i % 2 == 0 && i / 2 < 200) {  // those in between go
        yin_handle_release(handles[static_cast<std::size_t>(i)]);
        handles[static_cast<std::size_t>(i)] = nullptr;
      }
    }
    int busy = 0;
    if (i % 20 == 0) ok(yin_keep(domain.c, &busy, &error));
  }
  const Pin pin(domain);
  for (std::size_t i = 0; i < handles.size(); ++i) {
    if (handles[i] == nullptr) continue;
    CHECK(pin.edn(yin_handle_word(handles[i])) == "[\"value number " + std::to_string(i) + "\"]");
    yin_handle_release(handles[i]);
  }
  yin_handle_release(nullptr);
}

TEST_CASE("threads hand handles to each other and release them wherever they are") {
  const Domain domain;
  std::atomic<yin_handle*> slot{nullptr};
  std::atomic<int> wrong{0};
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done || slot != nullptr) {
      yin_handle* handle = slot.exchange(nullptr);
      if (handle == nullptr) {
        std::this_thread::yield();
        continue;
      }
      const yin_status status = under_pin(domain.c, [&](yin_pin* pin) {
        wrong += yin_small_int(yin_nth(pin, yin_handle_word(handle), 1)) != 7;
        return YIN_OK;
      });
      wrong += status != YIN_OK;
      yin_handle_release(handle);
    }
  });
  for (int i = 0; i < yin::test::effort(20'000); ++i) {
    const Pin pin(domain);
    yin_handle* handle = nullptr;
    ok(yin_handle_make(pin.c, pin.read("[\"long enough to stand elsewhere\" 7]"), &handle, &error));
    yin_handle_release(slot.exchange(handle));
  }
  done = true;
  reader.join();
  CHECK(wrong == 0);
}

TEST_CASE("a domain that is full says so, and goes on when there is room again") {
  yin_open_options options = yin::tests::with_mode(YIN_CREATE_OR_JOIN, 1);
  options.no_keeper = 1;
  const Domain domain("", options);
  yin_word kept = 0;
  {
    const Pin pin(domain);
    kept = pin.atom("kept", pin.read("[1 2 3]"));
  }
  const std::string large(2'000'000, 'x');
  int made = 0;
  yin_status status = YIN_OK;
  while (status == YIN_OK && made < 1000) {
    const Pin pin(domain);
    const yin_word value = pin.string(large + std::to_string(made));
    CHECK(yin_kind_of(pin.c, value) == YIN_STRING);  // a value all the same
    const std::string name = std::to_string(made);
    yin_word atom = 0;
    error = {};
    status = yin_atom(pin.c, name.data(), name.size(), value, &atom, &error);
    if (status == YIN_OK) ++made;
  }
  CHECK(status == YIN_RESOURCE_EXHAUSTED);
  CHECK(std::strlen(error.message) > 10);
  {
    const Pin pin(domain);
    CHECK(pin.edn(pin.deref(kept)) == "[1 2 3]");
    for (int i = 0; i < made; ++i) {
      const std::string name = std::to_string(i);
      ok(yin_delete_name(pin.c, name.data(), name.size(), &error));
    }
  }
  int busy = 1;
  for (int cycles = 0; cycles < 10; ++cycles) ok(yin_keep(domain.c, &busy, &error));
  const Pin pin(domain);
  ok(yin_reset(pin.c, kept, pin.string(large), nullptr, &error));
}

TEST_CASE("a domain full of garbage is collected, though nobody can allocate any more") {
  yin_open_options options = yin::tests::with_mode(YIN_CREATE_OR_JOIN, 1);
  options.no_keeper = 1;
  const Domain domain("", options);
  const auto grow = [&](yin_word atom, int i) {
    const Pin pin(domain);
    yin_word next = 0;
    yin_word after = 0;
    ok(yin_deref(pin.c, atom, &next, &error));
    ok(yin_assoc(pin.c, next, yin_int(pin.c, i), pin.string(std::string(100'000, 'x')), &next,
                 &error));
    return yin_reset(pin.c, atom, next, &after, &error);
  };
  yin_word atom = 0;
  {
    const Pin pin(domain);
    atom = pin.atom("a", yin_empty(YIN_MAP));
  }
  int busy = 1;
  for (int round = 0; round < 3; ++round) {
    int made = 0;
    while (grow(atom, made) == YIN_OK) ++made;
    CHECK(error.status == YIN_RESOURCE_EXHAUSTED);
    CHECK(made > 50);
    {
      const Pin pin(domain);
      ok(yin_reset(pin.c, atom, yin_empty(YIN_MAP), nullptr, &error));
    }
    // What is full is garbage now. Who still finds no room asks for a cycle, and another.
    yin_status status = YIN_RESOURCE_EXHAUSTED;
    for (int tries = 0; tries < 10 && status != YIN_OK; ++tries) {
      status = grow(atom, 0);
      ok(yin_keep(domain.c, &busy, &error));
    }
    CHECK(status == YIN_OK);
  }
}
