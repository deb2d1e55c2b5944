#include "ast/internal/content_hash.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/number.h"
#include "substrate/set.h"
#include "substrate/vector.h"

namespace yin::ast {

namespace {

using substrate::Pin;
using substrate::Word;

// What stands first in the bytes of a value. Written into hashes: append only.
enum class Tag : std::uint64_t {
  kNil = 1,
  kBoolean,
  kInteger,
  kDouble,
  kCharacter,
  kString,
  kKeyword,
  kSymbol,
  kRoot,
  kPrimitive,
  kVector,
  kList,
  kSet,
  kMap,
  kBigInteger,
  kRatio,
  kAnnotated,
};

std::uint64_t hash_scalar(Tag tag, std::uint64_t bits) {
  ContentBytes bytes;
  bytes.add(static_cast<std::uint64_t>(tag));
  bytes.add(bits);
  return bytes.hash();
}

std::uint64_t hash_text(Tag tag, std::string_view text) {
  ContentBytes bytes;
  bytes.add(static_cast<std::uint64_t>(tag));
  bytes.add(text);
  return bytes.hash();
}

std::uint64_t double_bits(double v) {
  return std::bit_cast<std::uint64_t>(std::isnan(v) ? std::numeric_limits<double>::quiet_NaN() : v);
}

std::uint64_t hash_exact(Tag tag, const Pin& pin, Word w) {
  std::string digits;
  substrate::append_in_base(digits, pin, substrate::is_ratio(w) ? numerator(pin, w) : w, 36);
  if (substrate::is_ratio(w)) {
    digits += '/';
    substrate::append_in_base(digits, pin, denominator(pin, w), 36);
  }
  return hash_text(tag, digits);
}

std::optional<std::uint64_t> hash_leaf(const Pin& pin, Word w) {
  if (substrate::is_nil(w)) return hash_scalar(Tag::kNil, 0);
  if (substrate::is_boolean(w)) return hash_scalar(Tag::kBoolean, substrate::payload(w));
  if (substrate::is_int(w)) {
    return hash_scalar(Tag::kInteger, static_cast<std::uint64_t>(substrate::to_int(pin, w)));
  }
  if (substrate::is_double(w)) {
    return hash_scalar(Tag::kDouble, double_bits(substrate::to_double(pin, w)));
  }
  if (substrate::is_character(w)) return hash_scalar(Tag::kCharacter, substrate::payload(w));
  if (substrate::is_string(w)) {
    return hash_text(Tag::kString, substrate::StringView(pin, w).view());
  }
  if (substrate::is_keyword(w)) return hash_text(Tag::kKeyword, substrate::name_of(pin, w));
  if (substrate::is_symbol(w)) return hash_text(Tag::kSymbol, substrate::name_of(pin, w));
  if (substrate::is_root(w)) return hash_scalar(Tag::kRoot, substrate::payload(w));
  if (substrate::is_big_int(w)) return hash_exact(Tag::kBigInteger, pin, w);
  if (substrate::is_ratio(w)) return hash_exact(Tag::kRatio, pin, w);
  if (substrate::is_primitive(w)) return hash_scalar(Tag::kPrimitive, substrate::payload(w));
  return std::nullopt;
}

// A collection whose parts are being hashed. Of maps and sets, parts are summed, since their order
// is by a hash that differs between domains.
struct Open {
  Word collection;
  Tag tag;
  std::uint64_t count;
  std::uint64_t left;  // parts yet to come: a map has two an entry
  std::uint64_t sum = 0;
  std::uint64_t key = 0;
  ContentBytes ordered;

  void take(std::uint64_t part) {
    --left;
    switch (tag) {
      case Tag::kSet:
        sum += substrate::mix(part);
        break;
      case Tag::kMap:
        if (left % 2 != 0) {
          key = part;
        } else {
          ContentBytes entry;
          entry.add(key);
          entry.add(part);
          sum += entry.hash();
        }
        break;
      default:
        ordered.add(part);
    }
  }
  [[nodiscard]] std::uint64_t hash() {
    ordered.add(static_cast<std::uint64_t>(tag));
    ordered.add(count);
    ordered.add(sum);
    return ordered.hash();
  }
};

class Walk {
 public:
  Walk(const Pin& pin, std::unordered_map<std::uint64_t, std::uint64_t>& known)
      : pin_(pin), known_(known) {}

  std::optional<std::uint64_t> hash(Word value) {
    pending_.push_back(value);
    while (!pending_.empty()) {
      const Word w = pending_.back();
      pending_.pop_back();
      if (const auto leaf = hash_leaf(pin_, w)) {
        deliver(*leaf);
      } else if (const auto known = known_.find(w.bits); known != known_.end()) {
        deliver(known->second);
      } else if (!enter(w)) {
        return std::nullopt;
      }
    }
    return result_;
  }

 private:
  // Puts the parts of a collection on the stack; they are taken in the order first to last.
  bool enter(Word w) {
    const std::size_t base = pending_.size();
    Tag tag{};
    if (substrate::Vector::is(w)) {
      tag = Tag::kVector;
      const substrate::Vector vector{w};
      for (std::uint64_t i = 0, n = vector.count(pin_); i < n;) {
        const auto chunk = vector.chunk(pin_, i);
        pending_.insert(pending_.end(), chunk.begin(), chunk.end());
        i += chunk.size();
      }
    } else if (substrate::List::is(w)) {
      tag = Tag::kList;
      for (substrate::ListIterator it(pin_, {w}); !it.done(); it.next())
        pending_.push_back(it.item());
    } else if (substrate::Set::is(w)) {
      tag = Tag::kSet;
      for (substrate::SetIterator it(pin_, {w}); !it.done(); it.next())
        pending_.push_back(it.item());
    } else if (substrate::Map::is(w)) {
      tag = Tag::kMap;
      for (substrate::MapIterator it(pin_, {w}); !it.done(); it.next()) {
        pending_.push_back(it.entry().key);
        pending_.push_back(it.entry().value);
      }
    } else if (substrate::is_annotated(w)) {
      tag = Tag::kAnnotated;
      pending_.push_back(substrate::bare(pin_, w));
      pending_.push_back(substrate::meta_of(pin_, w));
    } else {
      return false;
    }
    const std::uint64_t parts = pending_.size() - base;
    std::reverse(pending_.begin() + static_cast<std::ptrdiff_t>(base), pending_.end());
    open_.push_back({w, tag, parts, parts, 0, 0, {}});
    close_finished();
    return true;
  }

  void deliver(std::uint64_t part) {
    if (open_.empty()) {
      result_ = part;
      return;
    }
    open_.back().take(part);
    close_finished();
  }

  void close_finished() {
    while (!open_.empty() && open_.back().left == 0) {
      const std::uint64_t hash = open_.back().hash();
      known_.emplace(open_.back().collection.bits, hash);
      open_.pop_back();
      if (open_.empty()) {
        result_ = hash;
      } else {
        open_.back().take(hash);
      }
    }
  }

  const Pin& pin_;
  std::unordered_map<std::uint64_t, std::uint64_t>& known_;
  std::vector<Word> pending_;
  std::vector<Open> open_;
  std::optional<std::uint64_t> result_;
};

}  // namespace

std::optional<std::uint64_t> ContentHasher::hash(Word value) {
  if (auto leaf = hash_leaf(pin_, value)) return leaf;
  return Walk(pin_, known_).hash(value);
}

}  // namespace yin::ast
