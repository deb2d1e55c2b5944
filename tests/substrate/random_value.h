#pragma once

// Values for random tests: keys by number, in several spellings that are equal, and whole trees of any kind.
//
// Key n is equal to key m exactly when n == m; asking twice may give different words (a list for a vector, -0.0 for 0.0,
// another copy of a string, metadata or none). No two keys are of one place in compare()'s order. Recurses: for small
// depths.

#include <array>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "substrate/check.h"
#include "substrate/int_map.h"
#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/literal.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/number.h"
#include "substrate/queue.h"
#include "substrate/set.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "tests/support/random.h"

namespace yin::tests {

using namespace yin::substrate;

inline Word sequence_of(Edit& edit, Random& random, std::span<const Word> items) {
  return random.one_in(2) ? Vector::from(edit, items).word : List::from(edit, items).word;
}

inline Word number_of(const NumberResult& made) {
  check(made.ok(), "a number that cannot be");
  return made.word;
}

// Now and then with metadata, which nobody who compares or hashes may see.
inline Word perhaps_annotated(Edit& edit, Random& random, Word w) {
  if (!takes_meta(bare(edit.pin(), w)) || !random.one_in(4)) return w;
  const MapEntry entry{keyword(edit.pin(), "line"),
                       int_word(static_cast<std::int64_t>(random.below(9)))};
  return with_meta(edit, w, Map::from(edit, {&entry, 1}).word);
}

inline Word bytes_number(Edit& edit, std::uint64_t n) {
  const auto bytes = std::as_bytes(std::span(&n, 1));
  return from_bytes(edit, bytes.first(1 + n % 8));
}

inline Word key_number(Edit& edit, Random& random, int n) {
  const Word number = int_word(n + 1);
  const auto real = static_cast<double>(n);
  switch (n) {
    case 0:
      return kNil;
    case 1:
      return from_double(edit, random.one_in(2) ? 0.0 : -0.0);
    case 2:
      return random.one_in(2) ? kEmptyVector : kEmptyList;
    case 3:
      return kTrue;
    case 4:
      return kEmptyMap;
    case 5:
      return kEmptySet;
    default:
      break;
  }
  switch (n % 20) {
    case 0:
      return from_string(edit, "k" + std::to_string(n));
    case 1:
      return from_string(edit, "a key that is longer than a word, number " + std::to_string(n));
    case 2:
      return keyword(edit.pin(), "key" + std::to_string(n));
    case 3:
      return from_double(edit, real + 0.5);
    case 4:
      return from_double(edit, real * 1e-300);
    case 5:
      return from_int(edit, kIntMax + n);
    case 6: {
      const std::vector<Word> items{number, from_string(edit, "in a sequence")};
      return perhaps_annotated(edit, random, sequence_of(edit, random, items));
    }
    case 7: {
      const MapEntry entry{number, number};
      return Map::from(edit, {&entry, 1}).word;
    }
    case 8:
      return Set::from(edit, {&number, 1}).word;
    case 9:
      return character_word(static_cast<char32_t>(n));
    case 10:
      return number_of(parse_integer(
          edit, "123456789012345678901234567890" + std::to_string(n + 100), n % 3 == 0));
    case 11:
      return number_of(parse_ratio(edit, std::to_string(3 * n + 1), "3", n % 3 == 0));
    case 12:
      return from_millis(edit, n);
    case 13:
      return bytes_number(edit, static_cast<std::uint64_t>(n) * 256 + 7);
    case 14: {
      Uuid uuid{};
      for (std::size_t i = 0; i < 4; ++i) uuid[12 + i] = static_cast<std::byte>(n >> (24 - 8 * i));
      return from_uuid(edit, uuid);
    }
    case 15:
      return make_tagged(edit, symbol(edit.pin(), "my/tag"),
                         perhaps_annotated(edit, random, sequence_of(edit, random, {&number, 1})));
    case 16:
      return perhaps_annotated(edit, random, symbol(edit.pin(), "symbol" + std::to_string(n)));
    default:
      return number;
  }
}

inline std::string random_text(Random& random) {
  std::string text;
  for (std::uint64_t size = random.below(random.one_in(4) ? 40 : 9); size > 0; --size) {
    constexpr std::string_view kUnusual[] = {
        "\n",   "\"",   "\\",       "\t",           "\r",
        "\x01", "\x7f", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
        "\xff", "\xc3"};
    if (random.one_in(4)) {
      text += kUnusual[random.below(std::size(kUnusual))];
    } else {
      text += static_cast<char>(' ' + random.below(95));
    }
  }
  return text;
}

inline double random_double(Random& random) {
  switch (random.below(6)) {
    case 0:
      return std::bit_cast<double>(random.bits() & 0x800fffffffffffff);  // denormal, or a zero
    case 1:
      return static_cast<double>(static_cast<std::int64_t>(random.below(2001)) - 1000);
    case 2:
      return static_cast<double>(random.below(1000)) / 8;
    default:
      break;
  }
  const auto any = std::bit_cast<double>(random.bits());
  return any == any && any - any == 0 ? any : random.one_in(2) ? 1.0 / 0.0 : -1.0 / 0.0;
}

inline Word random_integer(Edit& edit, Random& random, std::uint64_t digits_max) {
  std::string digits;
  for (std::uint64_t size = 1 + random.below(digits_max); size > 0; --size) {
    digits += random.one_in(3) ? (random.one_in(2) ? '0' : '9')
                               : static_cast<char>('0' + random.below(10));
  }
  return number_of(parse_integer(edit, digits, random.one_in(2)));
}

inline Word random_ratio(Edit& edit, Random& random) {
  const Word above = random_integer(edit, random, random.one_in(4) ? 60 : 4);
  const Word below = random_integer(edit, random, random.one_in(4) ? 60 : 4);
  return number_of(divide(edit, above, below == int_word(0) ? int_word(7) : below));
}

inline Word random_literal(Edit& edit, Random& random) {
  switch (random.below(3)) {
    case 0: {
      const auto span = static_cast<std::uint64_t>(kInstantMax - kInstantMin) + 1;
      const std::int64_t near =
          static_cast<std::int64_t>(random.below(4'000'000'000'000)) - 1'000'000'000'000;
      const std::int64_t far = kInstantMin + static_cast<std::int64_t>(random.below(span));
      return from_millis(edit, random.one_in(2) ? near : far);
    }
    case 1: {
      Uuid uuid;
      for (std::byte& b : uuid) b = static_cast<std::byte>(random.one_in(2) ? 0 : random.bits());
      return from_uuid(edit, uuid);
    }
    default: {
      std::vector<std::byte> bytes(random.below(random.one_in(8) ? 300 : 10));
      for (std::byte& b : bytes) b = static_cast<std::byte>(random.bits());
      return from_bytes(edit, bytes);
    }
  }
}

inline Word random_scalar(Edit& edit, Random& random) {
  switch (random.below(16)) {
    case 0:
      return kNil;
    case 1:
      return boolean_word(random.one_in(2));
    case 2:
      return int_word(static_cast<std::int64_t>(random.below(100)) - 50);
    case 3:
      return from_int(edit, static_cast<std::int64_t>(random.bits() >> random.below(64)));
    case 4:
      return from_int(edit, static_cast<std::int64_t>(random.bits()));
    case 5:
      return from_double(edit, random_double(random));
    case 6: {
      constexpr char32_t kCharacters[] = {'a',    ' ',     '\n',   '\t',   '\r', '(',  '"',
                                          '\\',   ';',     ',',    'u',    0x01, 0x7f, 0xe4,
                                          0x20ac, 0x1f600, 0xd800, 0xfffd, '\b', '\f', 'o'};
      return character_word(kCharacters[random.below(std::size(kCharacters))]);
    }
    case 7:
      return keyword(edit.pin(), random.one_in(2)
                                     ? "plain"
                                     : "name.space/key-" + std::to_string(random.below(50)));
    case 8: {
      const std::string name =
          random.one_in(4) ? "/" : "sym*" + std::to_string(random.below(50)) + "'";
      return perhaps_annotated(edit, random, symbol(edit.pin(), name));
    }
    case 9:
      return random_integer(edit, random, random.one_in(8) ? 400 : 40);
    case 10:
      return random_ratio(edit, random);
    case 11:
    case 12:
      return random_literal(edit, random);
    default:
      return from_string(edit, random_text(random));
  }
}

// Text tells kinds of maps apart as little as equality does: only the readable kinds come back as they were.
enum class Kinds : std::uint8_t { kReadable, kAll };

inline Word random_value(Edit& edit, Random& random, int depth, Kinds kinds = Kinds::kAll);

inline Word random_collection(Edit& edit, Random& random, int depth, Kinds kinds) {
  std::vector<Word> items(random.below(random.one_in(8) ? 70 : 6));
  for (Word& item : items) item = random_value(edit, random, depth - 1, kinds);
  std::vector<MapEntry> entries;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) entries.push_back({items[i], items[i + 1]});
  const auto any_order = [&] { return random.one_in(2) ? natural_order() : reverse_order(); };
  switch (random.below(kinds == Kinds::kAll ? 7 : 3)) {
    case 0:
      return sequence_of(edit, random, items);
    case 1:
      return Set::from(edit, items).word;
    case 2: {
      Map map;
      for (const MapEntry& e : entries) map = map.assoc(edit, e.key, e.value);
      return map.word;
    }
    case 3:
      return SortedSet::from(edit, items, any_order()).word;
    case 4:
      return SortedMap::from(edit, entries, any_order()).word;
    case 5: {
      IntMap map;
      for (const Word item : items)
        map = map.assoc(edit, static_cast<std::int64_t>(random.bits()) >> random.below(64), item);
      return map.word;
    }
    default: {
      const std::uint64_t dropped = random.below(items.size() + 1) / 2;
      return Queue::from(edit, items).drop(edit, dropped).word;
    }
  }
}

// Of every kind that has a text. No NaN: it is not equal to itself.
inline Word random_value(Edit& edit, Random& random, int depth, Kinds kinds) {
  if (depth == 0 || random.one_in(3)) return random_scalar(edit, random);
  if (random.one_in(12)) {
    constexpr std::string_view kTags[] = {"my/tag", "t", "other.name/space"};
    const Word tag = symbol(edit.pin(), kTags[random.below(std::size(kTags))]);
    return make_tagged(edit, tag, random_value(edit, random, depth - 1, kinds));
  }
  return perhaps_annotated(edit, random, random_collection(edit, random, depth, kinds));
}

}  // namespace yin::tests
