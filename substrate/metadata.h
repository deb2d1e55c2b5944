#pragma once

// Metadata: a map that goes with a collection or a symbol and says something about it.
//
//   ^{:line 3} [1 2]      an annotated value: one object, {value, metadata}
//
// Metadata is no part of the value: equality, hash and order look through it, and so do print (but
// for print_with_meta_to) and the keys of maps and sets. The type predicates do not: Map::is,
// Vector::is, is_symbol and shape-specific functions see an annotated word as none of theirs. Who
// takes values from outside calls bare() first, once, and works on what it gives; an update gives a
// bare collection, so who wants Clojure's way puts the metadata back with with_meta().
//
// Annotated values never stand in one another. Any number of threads may read; with_meta() makes
// one object of 24 bytes and copies nothing.

#include "substrate/edit.h"
#include "substrate/format.h"
#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

inline bool is_annotated(Word w) { return is_object(w, ObjectKind::kAnnotated); }

// The value without its metadata. One comparison for most words.
inline Word bare(const Pin& pin, Word w) {
  return is_annotated(w) ? field(pin, w, AnnotatedField::kValue) : w;
}
// The map, or nil.
inline Word meta_of(const Pin& pin, Word w) {
  return is_annotated(w) ? field(pin, w, AnnotatedField::kMetadata) : kNil;
}

// May the (bare) word carry metadata? Collections and symbols may.
bool takes_meta(Word w);
// `w` with `meta`, a bare hash map, instead of what metadata it had; nil takes it away. takes_meta() of
// bare(w).
Word with_meta(Edit& edit, Word w, Word meta);

}  // namespace yin::substrate
