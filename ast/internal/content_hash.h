#pragma once

// Content hashes: what a program is called by its contents.
//
// Unlike substrate::hash, which depends on a domain's seed and on the order in which its names were
// interned, a content hash is the same in every domain: names count by their spelling, collections
// by kind and content. It tells apart all that a program can tell apart: 1 and 1.0, (1) and [1],
// 0.0 and -0.0. A value is hashed without recursion, children before their parent. 64 bits name a
// program for caches; they are no defence against someone who wants a collision.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::ast {

// The canonical bytes of one thing. Every part has a fixed width or carries its length, so no two
// things share bytes.
class ContentBytes {
 public:
  void add(std::uint64_t word) {
    bytes_.append(reinterpret_cast<const char*>(&word), sizeof word);  // little-endian: format.h
  }
  void add(std::string_view text) {
    add(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  [[nodiscard]] std::uint64_t hash() const { return substrate::hash_bytes(bytes_, kSeed); }
  void clear() { bytes_.clear(); }

 private:
  static constexpr std::uint64_t kSeed =
      0x59696e2041535431;  // a new meaning of the bytes takes a new seed
  std::string bytes_;
};

// Of values that are data, through and through. Nothing for closures, frames and the like, which
// have no content that is the same elsewhere, and for words that are no value. References to root
// slots and primitives count by their id. A collection that stands in several places, of one value
// or of several, is gone through once.
class ContentHasher {
 public:
  explicit ContentHasher(const substrate::Pin& pin) : pin_(pin) {}

  std::optional<std::uint64_t> hash(substrate::Word value);

 private:
  const substrate::Pin& pin_;
  std::unordered_map<std::uint64_t, std::uint64_t> known_;  // of collections, by their bits
};

}  // namespace yin::ast
