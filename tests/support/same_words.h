#pragma once

// Whether two values are the same but for where they stand: what two machines made of one program.
//
// Closures, frames, continuations and errors are compared field by field, with all they lead to, on
// one and the same function each; so frames that two projections saved at one safe point are the
// same only if every slot of every pending step is. Other values are the same when they are equal,
// or, if there are closures in them, when they also print alike.

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "substrate/pin.h"
#include "substrate/print.h"
#include "substrate/value.h"
#include "substrate/vector.h"

namespace yin::tests {

inline bool same_words(const substrate::Pin& pin, substrate::Word a, substrate::Word b) {
  using substrate::ObjectKind;
  using substrate::Vector;
  using substrate::Word;
  std::vector<std::pair<Word, Word>> work = {{a, b}};
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  while (!work.empty()) {
    const auto [x, y] = work.back();
    work.pop_back();
    if (x == y) continue;
    if (!substrate::is_reference(x) || !substrate::is_reference(y)) return false;
    if (!seen.insert({x.bits, y.bits}).second) continue;
    bool record = false;
    for (const ObjectKind kind : {ObjectKind::kClosure, ObjectKind::kFrame,
                                  ObjectKind::kContinuation, ObjectKind::kError}) {
      if (substrate::is_object(x, kind) != substrate::is_object(y, kind)) return false;
      record = record || substrate::is_object(x, kind);
    }
    if (record) {
      const substrate::ObjectHeader* const h = substrate::header_of(pin, x);
      if (h->count != substrate::header_of(pin, y)->count) return false;
      for (std::uint32_t i = 0; i < h->count; ++i)
        work.push_back({substrate::field(pin, x, i), substrate::field(pin, y, i)});
    } else if (Vector::is(x) && Vector::is(y)) {
      const std::uint64_t count = Vector{x}.count(pin);
      if (count != Vector{y}.count(pin)) return false;
      for (std::uint64_t i = 0; i < count; ++i)
        work.push_back({Vector{x}.nth(pin, i), Vector{y}.nth(pin, i)});
    } else if (!substrate::equal(pin, x, y) &&
               substrate::print(pin, x) != substrate::print(pin, y)) {
      return false;
    }
  }
  return true;
}

}  // namespace yin::tests
