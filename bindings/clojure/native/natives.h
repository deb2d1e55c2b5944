#pragma once

// What the files of natives share.
//
// A native takes the domain as a number, begins a pin, and is over before it ends: no pin outlives
// a call, and nothing here calls back into the JVM but to throw. Any thread of the JVM may call
// one; its box and parcel are its own. Not for values that no pin, view or handle keeps.

#include <vector>

#include "bindings/clojure/native/jni_support.h"

// A native of class yin.Native; its names have no underscores.
#define YIN_NATIVE(type, name) extern "C" JNIEXPORT type JNICALL Java_yin_Native_##name

namespace yin::jni {

inline constexpr std::size_t kBoxWords = 1024;   // yin.Box has the same
inline constexpr std::size_t kBatchWords = 340;  // so many descriptions fit in a box

// This thread's, empty.
std::vector<yin_word>& scratch_stack();

// A word that leaves a pin: of a reference the box gets a handle, which the caller owns, and what
// the word is. *kept is the word the handle keeps.
yin_status keep(yin_pin* pin, yin_word w, jlong box, yin_word* kept, yin_error* error);

}  // namespace yin::jni
