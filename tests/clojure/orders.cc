// A domain with sorted collections in orders that Clojure cannot make: orders PATH. For
// orders_test.clj.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "substrate/atom.h"
#include "substrate/domain.h"
#include "substrate/intern.h"
#include "substrate/pin.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_order.h"
#include "substrate/sorted_set.h"
#include "substrate/value.h"
#include "substrate/worker.h"

namespace {

using namespace yin::substrate;

template <class T>
T need(StatusOr<T> given) {
  if (given.ok()) return *std::move(given);
  std::fprintf(stderr, "orders: %s\n", std::string(given.status().message()).c_str());
  std::exit(1);
}

int as_it_comes(const Pin& pin, Word a, Word b) { return compare(pin, a, b); }

void add(const Pin& pin, const std::string& name, const Order& order, std::int64_t count) {
  Edit edit = Edit::in_slab(pin);
  SortedMap map = SortedMap::empty(edit, order);
  SortedSet set = SortedSet::empty(edit, order);
  for (std::int64_t i = 1; i <= count; ++i) {
    const Word key = int_word(2 * i);
    map = map.assoc(edit, key, int_word(i));
    set = set.conj(edit, key);
  }
  need(open_atom(pin, name + "-map", map.word));
  need(open_atom(pin, name + "-set", set.word));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto domain = need(Domain::open({.path = argv[1]}));
  const auto worker = need(Worker::join(*domain));
  const Pin pin(*worker);
  if (!register_comparator("orders/mine", as_it_comes).ok()) return 1;
  add(pin, "reverse", reverse_order(), 100);
  add(pin, "one", reverse_order(), 1);
  add(pin, "mine", need(find_order(pin, keyword(pin, "orders/mine"))), 10);
  return 0;
}
