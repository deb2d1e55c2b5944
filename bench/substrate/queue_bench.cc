// What does it cost to put an item in a queue and take one out, while it holds n, and the same at
// the front of a list? (Expected: two objects of 160 bytes on average and once in 32 times a path,
// 40 ns, whatever n is; std::deque, which is mutable, 2 ns; a vector's conj is half of the work. A
// list's push copies half a chunk of 128 bytes; going through one takes a miss for 13 items.)

#include "substrate/queue.h"

#include <cstdint>
#include <deque>
#include <forward_list>
#include <vector>

#include "substrate/list.h"
#include "substrate/value.h"
#include "bench/support/collection.h"

namespace {

using namespace yin::substrate;
using namespace yin::bench;

constexpr std::uint64_t kOperations = 500'000;  // a round

std::vector<Word> numbers(std::uint64_t n) {
  std::vector<Word> items;
  for (std::uint64_t i = 0; i < n; ++i) items.push_back(int_word(static_cast<std::int64_t>(i)));
  return items;
}

class QueueBench : Collection {
 public:
  explicit QueueBench(std::uint64_t n) : Collection("queue", n) {
    const std::vector<Word> items = numbers(n);
    queue_ = Queue::from(slab_, items);
    deque_.assign(items.begin(), items.end());
  }

  void run() {
    measure("push, peek, pop", kOperations, [&] { turn(); },
            {{"std::deque", [&] {
                repeat(kOperations, [&](std::uint64_t i) {
                  deque_.push_back(int_word(static_cast<std::int64_t>(i)));
                  keep(deque_.front().bits);
                  deque_.pop_front();
                });
              }}});
    measure("drop half", 1000, [&] {
      reset();
      repeat(1000, [&](std::uint64_t) { keep(queue_.drop(nursery_, n_ / 2).word.bits); });
    });
  }

 private:
  void turn() {
    repeat(kOperations, [&](std::uint64_t i) {
      queue_ = queue_.conj(nursery_, int_word(static_cast<std::int64_t>(i)));
      keep(queue_.peek(pin_).bits);
      queue_ = queue_.pop(nursery_);
      if (i % 4096 == 0) settle();
    });
    settle();
  }
  // What goes on from slice to slice is published, as an agent's would be.
  void settle() {
    publish(pin_, {&queue_.word, 1});
    reset();
  }

  Queue queue_;
  std::deque<Word> deque_;
};

class ListBench : Collection {
 public:
  explicit ListBench(std::uint64_t n) : Collection("list", n), items_(numbers(n)) {
    list_ = List::from(slab_, items_);
    peer_.assign(items_.begin(), items_.end());
  }

  void run() {
    const std::uint64_t builds = times_for(200'000);
    measure("push", builds * n_,
            [&] {
              repeat(builds, [&](std::uint64_t) {
                List growing;
                for (std::uint64_t i = 0; i < n_; ++i) {
                  if (i % 1024 == 0) growing = list_;
                  recycle(i);
                  growing = growing.push(nursery_, items_[i]);
                }
                keep(growing.word.bits);
              });
            },
            {{"std::forward_list", [&] {
                repeat(builds, [&](std::uint64_t) {
                  std::forward_list<Word> growing;
                  for (const Word item : items_) growing.push_front(item);
                  keep(growing.front().bits);
                });
              }}});
    const std::uint64_t walks = times_for(kOperations);
    measure("iterate", walks * n_,
            [&] {
              std::uint64_t sum = 0;
              repeat(walks, [&](std::uint64_t) {
                for (ListIterator it(pin_, list_); !it.done(); it.next()) sum += it.item().bits;
              });
              keep(sum);
            },
            {{"std::forward_list", [&] {
                std::uint64_t sum = 0;
                repeat(walks, [&](std::uint64_t) {
                  for (const Word item : peer_) sum += item.bits;
                });
                keep(sum);
              }}});
  }

 private:
  std::vector<Word> items_;
  List list_;
  std::forward_list<Word> peer_;
};

}  // namespace

int main() {
  for (const std::uint64_t n : {100, 10'000, 1'000'000}) QueueBench(n).run();
  for (const std::uint64_t n : {1'000, 1'000'000}) ListBench(n).run();
}
