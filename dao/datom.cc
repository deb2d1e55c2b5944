#include "dao/datom.h"

#include <string_view>

#include "substrate/intern.h"

namespace yin::dao {

namespace {

using substrate::Pin;
using substrate::Word;

bool is_count(Word w) { return substrate::is_small_int(w) && substrate::small_int(w) >= 0; }

bool is_mark(Word w) {
  return is_count(w) && (substrate::small_int(w) <= static_cast<std::int64_t>(Mark::kDerived) ||
                         substrate::small_int(w) >= kFirstUserEntity);
}

bool is_attribute(const Pin& pin, Word w) {
  if (!substrate::is_keyword(w)) return false;
  const std::string_view name = substrate::name_of(pin, w);
  return name.size() > 2 && name.find('/', 1) < name.size() - 1;
}

}  // namespace

bool is_well_formed(const Pin& pin, const Datom& d) {
  const bool is_value = !substrate::is_absent(d.v) && d.v != substrate::kTombstone;
  return is_count(d.e) && is_attribute(pin, d.a) && is_value && is_count(d.t) && is_mark(d.m);
}

int compare_values(const Pin& pin, Word a, Word b) {
  if (a == b) return 0;
  if (const int order = substrate::compare(pin, a, b); order != 0) return order;
  if (substrate::equal(pin, a, b)) return 0;
  const std::uint64_t hash_a = substrate::hash(pin, a);
  const std::uint64_t hash_b = substrate::hash(pin, b);
  if (hash_a != hash_b) return hash_a < hash_b ? -1 : 1;
  return a.bits < b.bits ? -1 : 1;
}

int compare(const Pin& pin, Index index, const Datom& a, const Datom& b) {
  for (const Field field : kFieldOrders[static_cast<std::size_t>(index)]) {
    if (const int order = compare_values(pin, field_of(a, field), field_of(b, field)); order != 0) {
      return order;
    }
  }
  return 0;
}

}  // namespace yin::dao
