#pragma once

// Object bounds: may an object's words be read at all? What everyone asks first who reads a domain
// that may be damaged or hostile: verify, and recovery after a power cut.
//
// An object whose words fit in its size can be traced (trace.h) without leaving it, and the fields
// and raw bytes that its kind asks for are there. Whether they make sense is verify's to say.

#include <cstdint>

#include "substrate/format.h"

namespace yin::substrate {

// `bytes`: the object's size by its header, at least 16 and within the domain.
bool words_fit(const ObjectHeader& h, std::uint64_t bytes);

// How many words the reader of a record relies on, at least.
std::uint64_t record_words_min(ObjectKind kind);

// What a word says of an object of so many bytes: its granules, 0 when they are too many for it.
// There is one word for an object. (One without a size would be a transient's own: btree.h.)
std::uint64_t granules_in_word(Word w, std::uint64_t bytes);

}  // namespace yin::substrate
