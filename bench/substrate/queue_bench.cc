// What does it cost to put an item in a queue and take one out, while it holds n? (Expected: two
// objects of 160 bytes on average and once in 32 times a path, 40 ns, whatever n is; std::deque,
// which is mutable, 2 ns; a vector's conj is half of the work.)

#include "substrate/queue.h"

#include <cstdint>
#include <deque>
#include <vector>

#include "substrate/nursery.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "substrate/worker.h"
#include "bench/support/report.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;

constexpr int kRounds = 7;
constexpr std::uint64_t kOperations = 500'000;  // a round

void run(std::uint64_t n) {
  yin::tests::TestDomain t;
  const Pin pin(*t.worker);
  Edit slab = Edit::in_slab(pin);
  Edit nursery = Edit::in_nursery(pin);
  std::vector<Word> items;
  for (std::uint64_t i = 0; i < n; ++i) items.push_back(int_word(static_cast<std::int64_t>(i)));
  Queue queue = Queue::from(slab, items);
  std::deque<Word> deque(items.begin(), items.end());
  // What goes on from slice to slice is published, as an agent's would be.
  const auto settle = [&](std::uint64_t i) {
    if (i % 4096 != 0) return;
    publish(pin, {&queue.word, 1});
    t.worker->nursery().reset();
  };
  std::vector<double> times;
  std::vector<double> peer_times;
  for (int round = 0; round < kRounds; ++round) {
    times.push_back(cpu_per_operation(1, kOperations, [&] {
      for (std::uint64_t i = 1; i <= kOperations; ++i) {
        queue = queue.conj(nursery, int_word(static_cast<std::int64_t>(i)));
        keep(queue.peek(pin).bits);
        queue = queue.pop(nursery);
        settle(i);
      }
      publish(pin, {&queue.word, 1});
      t.worker->nursery().reset();
    }));
    peer_times.push_back(cpu_per_operation(1, kOperations, [&] {
      for (std::uint64_t i = 1; i <= kOperations; ++i) {
        deque.push_back(int_word(static_cast<std::int64_t>(i)));
        keep(deque.front().bits);
        deque.pop_front();
      }
    }));
  }
  print({"queue", "push, peek, pop", n, median(times), "ns", "std::deque", median(peer_times)});
  print({"queue", "drop half", n, cpu_per_operation(kRounds, 1000, [&] {
           t.worker->nursery().reset();
           for (int i = 0; i < 1000; ++i) keep(queue.drop(nursery, n / 2).word.bits);
         })});
}

}  // namespace

int main() {
  for (const std::uint64_t n : {100, 10'000, 1'000'000}) run(n);
}
