#include "substrate/queue.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/list.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

using Model = std::deque<Word>;

void require_clean(const TestDomain& t, const Pin& pin, std::vector<Word> words) {
  const auto ref = open_atom(pin, "values", kNil);
  REQUIRE(ref.ok());
  publish(pin, words);
  Edit slab = Edit::in_slab(pin);
  REQUIRE(reset_root(pin, *ref, Vector::from(slab, words).word).ok());
  const VerifyReport report = verify(*t.worker);
  INFO((report.clean() ? "" : report.findings.front()));
  REQUIRE(report.clean());
}

void require_same(const Pin& pin, Queue queue, const Model& model) {
  REQUIRE(queue.count(pin) == model.size());
  REQUIRE(queue.peek(pin) == (model.empty() ? kNil : model.front()));
  std::uint64_t index = 0;
  while (index < model.size()) {
    const std::span<const Word> run = queue.chunk(pin, index);
    REQUIRE(!run.empty());
    for (const Word w : run) REQUIRE(w == model[index++]);
  }
  for (std::uint64_t i = 0; i < model.size(); i += 1 + model.size() / 7)
    REQUIRE(queue.nth(pin, i) == model[i]);
}

}  // namespace

TEST_CASE("a queue is what a std::deque is, in every version") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int kind = 0; kind < 3; ++kind) {  // stays short; grows and shrinks; is dropped from in bulk
    TestDomain t;
    const Pin pin(*t.worker);
    Edit edit = Edit::in_nursery(pin);
    Edit slab = Edit::in_slab(pin);
    Queue queue;
    Model model;
    std::vector<std::pair<Queue, Model>> old;
    bool growing = true;
    const int steps = yin::test::effort(330'000);
    for (int i = 0; i < steps; ++i) {
      if (random.one_in(kind == 0 ? 60 : 20'000)) growing = !growing;
      if (kind == 2 && random.one_in(3000)) {
        const std::uint64_t n = random.below(model.size() + 2);
        queue = queue.drop(edit, n);
        model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(
                                                       std::min<std::uint64_t>(n, model.size())));
      } else if (random.below(8) < (growing ? 5U : 3U)) {
        const Word item = random.one_in(50) ? from_string(slab, "item number " + std::to_string(i))
                          : random.one_in(50) ? kNil
                                              : int_word(i);
        queue = queue.conj(edit, item);
        model.push_back(item);
      } else {
        queue = queue.pop(edit);
        if (!model.empty()) model.pop_front();
      }
      REQUIRE(queue.count(pin) == model.size());
      REQUIRE(queue.peek(pin) == (model.empty() ? kNil : model.front()));
      const bool keep = i % (steps / 30 + 1) == 0;
      if (keep || i % 1024 == 0) {
        publish(pin, {&queue.word, 1});
        t.worker->nursery().reset();
      }
      if (keep) old.emplace_back(queue, model);
    }
    publish(pin, {&queue.word, 1});
    old.emplace_back(queue, model);
    std::vector<Word> words;
    for (const auto& [q, m] : old) {
      require_same(pin, q, m);
      words.push_back(q.word);
    }
    require_clean(t, pin, words);
    for (const auto& [q, m] : old) {
      const std::vector<Word> items(m.begin(), m.end());
      REQUIRE(equal(pin, q.word, Vector::from(edit, items).word));
      REQUIRE(equal(pin, List::from(edit, items).word, q.word));
      REQUIRE(hash(pin, q.word) == hash(pin, List::from(edit, items).word));
    }
  }
}

TEST_CASE("queues of every size around a boundary come apart from the front as they were put in") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  std::vector<Word> kept;
  for (const std::uint64_t size : {0u, 1u, 31u, 32u, 33u, 63u, 64u, 65u, 1023u, 1024u, 1025u, 1055u,
                                   1056u, 1057u, 2112u, 32'800u, 33'000u}) {
    Model model;
    for (std::uint64_t i = 0; i < size; ++i)
      model.push_back(int_word(static_cast<std::int64_t>(i)));
    const std::vector<Word> items(model.begin(), model.end());
    const Queue bulk = Queue::from(edit, items);
    require_same(pin, bulk, model);
    Queue single;
    if (size < 3000) {
      for (const Word w : items) single = single.conj(edit, w);
      require_same(pin, single, model);
      kept.push_back(single.word);
    }
    kept.push_back(bulk.word);
    for (const std::uint64_t n : {1u, 31u, 32u, 33u, 64u, 1000u, 1024u, 1056u, 32'768u, 40'000u}) {
      const Queue left = bulk.drop(edit, n);
      require_same(
          pin, left,
          Model(model.begin() + static_cast<std::ptrdiff_t>(std::min(n, size)), model.end()));
      Model more =
          Model(model.begin() + static_cast<std::ptrdiff_t>(std::min(n, size)), model.end());
      Queue grown = left;
      for (int i = 0; i < 70; ++i) {
        grown = grown.conj(edit, kTrue);
        more.push_back(kTrue);
      }
      require_same(pin, grown, more);
      kept.push_back(left.word);
      kept.push_back(grown.word);
    }
  }
  require_clean(t, pin, kept);
}

TEST_CASE("what was dropped from a queue is collected, however much goes through") {
  TestDomain t;
  RootRef ref{};
  {
    const Pin pin(*t.worker);
    ref = *open_atom(pin, "queue", kEmptyQueue);
  }
  const auto objects_after = [&](int rounds) {
    for (int round = 0; round < rounds; ++round) {
      {
        const Pin pin(*t.worker);
        Edit edit = Edit::in_slab(pin);
        Queue queue{*deref(pin, ref)};
        for (int i = 0; i < 400; ++i) {
          queue = queue.conj(edit, from_string(edit, "a message of more than seven bytes"));
          if (queue.count(pin) > 500) queue = queue.pop(edit);
        }
        REQUIRE(reset_root(pin, ref, queue.word).ok());
      }
      REQUIRE(collect(*t.worker).ok());
    }
    REQUIRE(collect(*t.worker).ok());
    const VerifyReport report = verify(*t.worker);
    REQUIRE(report.clean());
    return report.objects;
  };
  const auto early = objects_after(5);
  const auto late = objects_after(200);
  CHECK(early < 500 + 32 + 100);
  CHECK(late < 500 + 32 + 100);
  const Pin pin(*t.worker);
  const Queue queue{*deref(pin, ref)};
  CHECK(queue_shape(pin, queue.word).shift <= 2 * 5);
}

TEST_CASE("a queue prints like a list") {
  TestDomain t;
  const Pin pin(*t.worker);
  Edit edit = Edit::in_slab(pin);
  const Word items[] = {int_word(1), kNil, int_word(3)};
  const Queue queue = Queue::from(edit, items);
  CHECK(print(pin, queue.word) == "(1 nil 3)");
  CHECK(print(pin, queue.pop(edit).word) == "(nil 3)");
  CHECK(print(pin, kEmptyQueue) == "()");
  CHECK(kind_name(queue.word) == "queue");
  CHECK(equal(pin, kEmptyQueue, kEmptyVector));
  CHECK(compare(pin, queue.word, Vector::from(edit, items).word) == 0);
  CHECK(Queue().pop(edit).word == kEmptyQueue);
}
