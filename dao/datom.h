#pragma once

// Datom: one fact, [e a v t m], five words (substrate/format.h has the shape).
//
//   e  entity       integer; ids below kFirstUserEntity are reserved
//   a  attribute    keyword with a namespace
//   v  value        any value; a reference to an entity is its bare id, ordered children are one
//   vector of ids t  transaction  integer, never negative m  mark         kRetracted, kAsserted,
//   kDerived, 3..15 reserved; from kFirstUserEntity on the entity that says who
//                   asserted it, and then the datom counts as asserted
//
// The four index orders differ only in which field is looked at first, so that each question has
// one contiguous run of answers: all of an entity (EAVT), all with an attribute (AEVT), with an
// attribute and a value (AVET), that refer to an entity (VAET). Everything here reads words under a
// pin and writes nothing.

#include <array>
#include <cstddef>
#include <cstdint>

#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::dao {

using substrate::Datom;

inline constexpr std::int64_t kFirstUserEntity = 16;

enum class Mark : std::uint8_t { kRetracted = 0, kAsserted = 1, kDerived = 2 };

constexpr substrate::Word mark_word(Mark mark) {
  return substrate::int_word(static_cast<std::int64_t>(mark));
}
constexpr bool is_retracted(const Datom& d) { return d.m == mark_word(Mark::kRetracted); }
// Computed from other facts, and so no part of a content hash.
constexpr bool is_derived(const Datom& d) { return d.m == mark_word(Mark::kDerived); }

// Does the datom have the shape above? Entity, transaction and mark are immediate integers, none
// negative, the mark none of 3..15, the attribute a keyword with a namespace, the value a value and
// not kAbsent. Constant time.
bool is_well_formed(const substrate::Pin& pin, const Datom& d);

enum class Field : std::uint8_t { kEntity, kAttribute, kValue, kTransaction, kMark };
inline constexpr std::size_t kFieldCount = 5;

constexpr substrate::Word field_of(const Datom& d, Field field) {
  switch (field) {
    case Field::kEntity:
      return d.e;
    case Field::kAttribute:
      return d.a;
    case Field::kValue:
      return d.v;
    case Field::kTransaction:
      return d.t;
    case Field::kMark:
      break;
  }
  return d.m;
}

enum class Index : std::uint8_t { kEavt, kAevt, kAvet, kVaet };

// Which field an index looks at first, second, ...
using FieldOrder = std::array<Field, kFieldCount>;
inline constexpr std::array<FieldOrder, 4> kFieldOrders = {{
    {Field::kEntity, Field::kAttribute, Field::kValue, Field::kTransaction, Field::kMark},
    {Field::kAttribute, Field::kEntity, Field::kValue, Field::kTransaction, Field::kMark},
    {Field::kAttribute, Field::kValue, Field::kEntity, Field::kTransaction, Field::kMark},
    {Field::kValue, Field::kAttribute, Field::kEntity, Field::kTransaction, Field::kMark},
}};

// substrate::compare made strict: zero only for equal values. 1 and 1.0 compare as equal but are
// two facts; what stands first among such is the same in every process of a domain, and no more
// than that is promised.
int compare_values(const substrate::Pin& pin, substrate::Word a, substrate::Word b);

// Negative, zero or positive; zero only if all five fields are equal.
int compare(const substrate::Pin& pin, Index index, const Datom& a, const Datom& b);

// For sorting and searching: std::ranges::sort(datoms, Before{pin, Index::kEavt}).
struct Before {
  const substrate::Pin& pin;
  Index index;
  bool operator()(const Datom& a, const Datom& b) const { return compare(pin, index, a, b) < 0; }
};

}  // namespace yin::dao
