#pragma once

// Orders: how a sorted map or set compares its keys.
//
// An order has a name, which stands in the tree's root object, because the tree outlives the
// process that made it and a function pointer does not. Three are built in:
//
//   nil, :compare   the order of compare(), value.h
//   :reverse        the same, descending
//   :bytes          strings by their bytes, all other values as :compare
//
// A program may register others under a keyword's or symbol's spelling, in every process that opens
// its trees. A tree whose order this process does not know cannot be searched: opening it is a
// Status. Two keys that an order calls equal are one key, so 1 and 1.0 are one key of :compare.
//
// The table is the process's and append-only; register from any thread, best before anything is
// opened. Keys must have an order that lasts: closures, frames and other things that are equal to
// themselves only are compared by where they stand, and publishing moves them (is_orderable).

#include <cstdint>
#include <string_view>

#include "substrate/pin.h"
#include "substrate/status.h"
#include "substrate/value.h"

namespace yin::substrate {

// Negative, zero or positive; total, and the same in every process for the same values. It may be
// called with any two values.
using Comparator = int (*)(const Pin& pin, Word a, Word b);

// An order that this process knows.
struct Order {
  Comparator compare = nullptr;
  int integers = 0;    // of two immediate integers: 1 ascending, -1 descending, 0: ask `compare`
  Word stored = kNil;  // SortedField::kOrder

  int operator()(const Pin& pin, const Word* a, const Word* b) const {
    if (is_small_int(*a) && is_small_int(*b) && integers != 0) {
      const int ascending = (small_int(*a) > small_int(*b)) - (small_int(*a) < small_int(*b));
      return integers * ascending;
    }
    return compare(pin, *a, *b);
  }
  friend bool operator==(const Order& a, const Order& b) { return a.stored == b.stored; }
};

// Which keys to go through, and from which end. An absent bound is none.
struct KeyRange {
  Word from = kAbsent;
  Word to = kAbsent;
  bool with_from = true;
  bool with_to = false;
};
enum class Direction : std::uint8_t { kAscending, kDescending };

// kAlreadyExists when `name` (without colon) stands for another function already.
Status register_comparator(std::string_view name, Comparator compare);

Order natural_order();
Order reverse_order();
// By name: nil, a keyword or a symbol. kNotFound: nobody registered it in this process.
StatusOr<Order> find_order(const Pin& pin, Word name);
// As a root object stores it. Never fails for the built-in ones.
StatusOr<Order> load_order(const Pin& pin, Word stored);

// May it be a key? False of what is compared by its place, and of collections that hold such.
// Constant for scalars, linear for collections.
bool is_orderable(const Pin& pin, Word key);

}  // namespace yin::substrate
