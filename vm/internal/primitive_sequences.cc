// Sequences, all eager: what Clojure makes lazy is made whole here. They take anything with items
// and give lists.

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "substrate/intern.h"
#include "substrate/literal.h"
#include "substrate/number.h"
#include "vm/internal/primitives.h"

namespace yin::vm::internal {

using substrate::kNil;
using substrate::List;
using substrate::Map;
using substrate::MapEntry;
using substrate::Set;
using substrate::Vector;
using substrate::Word;

namespace {

using Words = std::vector<Word>;

Word list(PrimitiveContext& c, std::span<const Word> items) {
  if (!has_room(c, "a sequence", items.size())) return kSignalled;
  return List::from(c.edit, items).word;
}

constexpr std::uint64_t kRangeMax = 10'000'000;

// ------------------------------------------------------------------------------------ ends

Word first(PrimitiveContext& c, Arguments a) {
  if (Vector::is(a[0]))
    return a[0] == substrate::kEmptyVector ? kNil : Vector{a[0]}.nth(c.pin(), 0);
  Word found = kNil;
  const bool sequence = each_item(c, a[0], [&](Word item) { return found = item, false; });
  return sequence ? found : c.wrong_type("first", a[0], "a sequence");
}

Word second(PrimitiveContext& c, Arguments a) {
  Word found = kNil;
  int left = 2;
  const bool sequence = each_item(c, a[0], [&](Word item) {
    found = --left == 0 ? item : kNil;
    return left != 0;
  });
  return sequence ? found : c.wrong_type("second", a[0], "a sequence");
}

Word last(PrimitiveContext& c, Arguments a) {
  if (Vector::is(a[0])) {
    const std::uint64_t n = Vector{a[0]}.count(c.pin());
    return n == 0 ? kNil : Vector{a[0]}.nth(c.pin(), n - 1);
  }
  Word found = kNil;
  const bool sequence = each_item(c, a[0], [&](Word item) { return found = item, true; });
  return sequence ? found : c.wrong_type("last", a[0], "a sequence");
}

// All but the first, the empty list when there is no more.
Word tail_of(PrimitiveContext& c, std::string_view name, Word w) {
  if (List::is(w)) return w == substrate::kEmptyList ? w : List{w}.rest(c.edit).word;
  Words items;
  if (!collect(c, name, w, items)) return kSignalled;
  if (items.empty()) return substrate::kEmptyList;
  return list(c, std::span(items).subspan(1));
}

Word nil_if_empty(Word w) { return w == substrate::kEmptyList ? kNil : w; }

Word rest(PrimitiveContext& c, Arguments a) { return tail_of(c, "rest", a[0]); }
Word next(PrimitiveContext& c, Arguments a) { return nil_if_empty(tail_of(c, "next", a[0])); }

Word all_but_last(PrimitiveContext& c, Arguments a) {
  Words items;
  if (!collect(c, "butlast", a[0], items)) return kSignalled;
  return items.empty() ? kNil : list_of(c, std::span(items).first(items.size() - 1));
}

Word seq(PrimitiveContext& c, Arguments a) {
  if (List::is(a[0])) return nil_if_empty(a[0]);
  Words items;
  if (!collect(c, "seq", a[0], items)) return kSignalled;
  return list_of(c, items);
}

Word cons(PrimitiveContext& c, Arguments a) {
  if (List::is(a[1])) return List{a[1]}.push(c.edit, a[0]).word;
  Words items{a[0]};
  if (!collect(c, "cons", a[1], items)) return kSignalled;
  return list(c, items);
}

Word list_star(PrimitiveContext& c, Arguments a) {
  Words items(a.begin(), a.end() - 1);
  if (!collect(c, "list*", a.back(), items)) return kSignalled;
  return list_of(c, items);
}

// ------------------------------------------------------------------------------------ making

Word concat(PrimitiveContext& c, Arguments a) {
  Words items;
  for (const Word w : a) {
    if (!collect(c, "concat", w, items)) return kSignalled;
  }
  return list(c, items);
}

Word reverse(PrimitiveContext& c, Arguments a) {
  if (!has_room(c, "reverse", words_of(c, a[0]))) return kSignalled;
  substrate::ListBuilder made(c.edit);
  const bool sequence = each_item(c, a[0], [&](Word item) { return made.push_front(item), true; });
  return sequence ? made.finish().word : c.wrong_type("reverse", a[0], "a sequence");
}

// What the prelude's functions collect, the last first: items, and before them lists of more.
Word reverse_parts(PrimitiveContext& c, Arguments a) {
  constexpr std::string_view kName = "yin/reverse-parts";
  std::uint64_t words = words_of(c, a[0]);
  const auto with_words = [&](Word part) { return words += words_of(c, part), true; };
  if (!each_item(c, a[1], with_words)) return c.wrong_type(kName, a[1], "a sequence");
  if (!has_room(c, kName, words)) return kSignalled;
  substrate::ListBuilder made(c.edit);
  Word wrong = substrate::kAbsent;
  const auto add = [&](Word part) {
    const bool is_one = each_item(c, part, [&](Word item) { return made.push_front(item), true; });
    if (!is_one) wrong = part;
    return is_one;
  };
  if (add(a[0])) each_item(c, a[1], add);
  return substrate::is_absent(wrong) ? made.finish().word
                                     : c.wrong_type(kName, wrong, "a sequence");
}

Word too_long(PrimitiveContext& c, std::string_view name) {
  return c.fail("argument", std::string(name) + ": sequences are made whole here, and more than " +
                                std::to_string(kRangeMax) + " items are refused; use loop");
}

// How many steps lead from `from` to `to`, kRangeMax + 1 for too many.
std::uint64_t step_count(std::int64_t from, std::int64_t to, std::int64_t step) {
  if (step > 0 ? from >= to : from <= to) return 0;
  const auto up = [](std::int64_t low, std::int64_t high) {
    return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  };
  const std::uint64_t distance = step > 0 ? up(from, to) : up(to, from);
  const std::uint64_t width = step > 0 ? static_cast<std::uint64_t>(step) : up(step, 0);
  return std::min(kRangeMax + 1, (distance - 1) / width + 1);
}

// Of numbers of any kind, each the one before and the step, as far as `to`.
Word range_by_adding(PrimitiveContext& c, Word from, Word to, Word step) {
  constexpr std::uint64_t kRoomEvery = 1024;
  const substrate::Pin& pin = c.pin();
  const int up = substrate::sign_of(pin, step);
  Words items;
  while (substrate::compare_numbers(pin, from, to) == -up) {
    if (items.size() >= kRangeMax) return too_long(c, "range");
    const bool large = substrate::is_big_int(from) || substrate::is_ratio(from);
    if ((large || items.size() % kRoomEvery == 0) &&
        !has_room(c, "range", items.size() + 4 * kRoomEvery))
      return kSignalled;
    items.push_back(from);
    const substrate::NumberResult next = substrate::add(c.edit, from, step);
    if (!next.ok())
      return c.fail("arithmetic", "range: " + std::string(substrate::message_of(next.fault)));
    from = next.word;
  }
  return list(c, items);
}

Word endless(PrimitiveContext& c, const std::string& name) {
  return c.fail("user", name +
                            ": sequences are made whole here, and this one has no end; take what "
                            "is needed where it is made, as in (take n (" +
                            name + " ...))");
}

Word range(PrimitiveContext& c, Arguments a) {
  if (a.empty()) return endless(c, "range");
  const Word start = a.size() > 1 ? a[0] : substrate::int_word(0);
  const Word end = a.size() > 1 ? a[1] : a[0];
  const Word by = a.size() > 2 ? a[2] : substrate::int_word(1);
  for (const Word w : {start, end, by}) {
    if (!substrate::is_number(w)) return c.wrong_type("range", w, "numbers");
  }
  if (substrate::sign_of(c.pin(), by) == 0)
    return c.fail("argument", "range: a step of 0 never ends");
  if (!substrate::is_int(start) || !substrate::is_int(end) || !substrate::is_int(by))
    return range_by_adding(c, start, end, by);
  const auto from = static_cast<std::uint64_t>(substrate::to_int(c.pin(), start));
  const std::int64_t to = substrate::to_int(c.pin(), end);
  const std::int64_t step = substrate::to_int(c.pin(), by);
  const std::uint64_t count = step_count(static_cast<std::int64_t>(from), to, step);
  if (count > kRangeMax) return too_long(c, "range");
  if (!has_room(c, "range", count)) return kSignalled;
  substrate::ListBuilder made(c.edit);
  for (std::uint64_t i = count; i-- > 0;)
    made.push_front(substrate::from_int(
        c.edit, static_cast<std::int64_t>(from + i * static_cast<std::uint64_t>(step))));
  return made.finish().word;
}

Word repeat(PrimitiveContext& c, Arguments a) {
  std::uint64_t count;
  if (a.size() == 1) return endless(c, "repeat");
  if (!count_argument(c, "repeat", a[0], count)) return kSignalled;
  if (count > kRangeMax) return too_long(c, "repeat");
  if (!has_room(c, "repeat", count)) return kSignalled;
  return list(c, Words(static_cast<std::size_t>(count), a[1]));
}

Word interleave(PrimitiveContext& c, Arguments a) {
  std::vector<Words> all(a.size());
  std::size_t shortest = a.empty() ? 0 : static_cast<std::size_t>(-1);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!collect(c, "interleave", a[i], all[i])) return kSignalled;
    shortest = std::min(shortest, all[i].size());
  }
  Words items;
  if (!has_room(c, "interleave", shortest * a.size())) return kSignalled;
  for (std::size_t i = 0; i < shortest; ++i) {
    for (const Words& from : all) items.push_back(from[i]);
  }
  return list(c, items);
}

Word interpose(PrimitiveContext& c, Arguments a) {
  Words items;
  const bool sequence = each_item(c, a[1], [&](Word item) {
    if (!items.empty()) items.push_back(a[0]);
    return items.push_back(item), true;
  });
  return sequence ? list(c, items) : c.wrong_type("interpose", a[1], "a sequence");
}

Word flatten(PrimitiveContext& c, Arguments a) {
  Words items, left{a[0]};
  while (!left.empty()) {
    const Word item = left.back();
    const Word w = substrate::bare(c.pin(), item);
    left.pop_back();
    if (!Vector::is(w) && !List::is(w)) {
      items.push_back(item);
      continue;
    }
    const std::size_t mark = left.size();
    each_item(c, w, [&](Word inner) { return left.push_back(inner), true; });
    std::reverse(left.begin() + static_cast<std::ptrdiff_t>(mark), left.end());
  }
  if (items.size() == 1 && items[0] == a[0])
    items.clear();  // as Clojure: what is no sequence flattens to ()
  return list(c, items);
}

// ------------------------------------------------------------------------------------ parts

Word take(PrimitiveContext& c, Arguments a) {
  std::int64_t n;
  if (!integer_argument(c, "take", a[0], n)) return kSignalled;
  Words items;
  const bool sequence = each_item(c, a[1], [&](Word item) {
    if (n-- <= 0) return false;
    return items.push_back(item), true;
  });
  return sequence ? list(c, items) : c.wrong_type("take", a[1], "a sequence");
}

Word drop(PrimitiveContext& c, Arguments a) {
  std::int64_t n;
  if (!integer_argument(c, "drop", a[0], n)) return kSignalled;
  Words items;
  const bool sequence = each_item(c, a[1], [&](Word item) {
    if (n-- <= 0) items.push_back(item);
    return true;
  });
  return sequence ? list(c, items) : c.wrong_type("drop", a[1], "a sequence");
}

// Splits the items where the last `n` begin.
Word from_end(PrimitiveContext& c, std::string_view name, Word count, Word w, bool keep_end) {
  std::int64_t n;
  Words items;
  if (!integer_argument(c, name, count, n) || !collect(c, name, w, items)) return kSignalled;
  const std::size_t kept = n <= 0 ? 0 : std::min(items.size(), static_cast<std::size_t>(n));
  const std::span<const Word> all = items;
  return keep_end ? list_of(c, all.last(kept)) : list(c, all.first(items.size() - kept));
}
Word take_last(PrimitiveContext& c, Arguments a) {
  return from_end(c, "take-last", a[0], a[1], true);
}
Word drop_last(PrimitiveContext& c, Arguments a) {
  const bool one = a.size() == 1;
  return from_end(c, "drop-last", one ? substrate::int_word(1) : a[0], one ? a[0] : a[1], false);
}

// (partition n coll), (partition n step coll), (partition n step pad coll).
Word partitions(PrimitiveContext& c, std::string_view name, Arguments a, bool all) {
  std::int64_t size, step;
  Words items, pad;
  if (!integer_argument(c, name, a[0], size)) return kSignalled;
  step = size;
  if (a.size() > 2 && !integer_argument(c, name, a[1], step)) return kSignalled;
  if (a.size() > 3 && !collect(c, name, a[2], pad)) return kSignalled;
  if (!collect(c, name, a.back(), items)) return kSignalled;
  if (size < 1 || step < 1)
    return c.fail("argument", std::string(name) + ": size and step must be positive");
  Words parts;
  const auto width = static_cast<std::size_t>(size);
  for (std::size_t at = 0; at < items.size();) {
    const std::size_t n = std::min(width, items.size() - at);
    Words part(items.begin() + static_cast<std::ptrdiff_t>(at),
               items.begin() + static_cast<std::ptrdiff_t>(at + n));
    if (n < width && a.size() > 3) {
      part.insert(part.end(), pad.begin(),
                  pad.begin() + static_cast<std::ptrdiff_t>(std::min(pad.size(), width - n)));
    }
    if (n == width || all || a.size() > 3) parts.push_back(list(c, part));
    if ((n < width && !all) || static_cast<std::uint64_t>(step) >= items.size() - at) break;
    at += static_cast<std::size_t>(step);
  }
  return list(c, parts);
}
Word partition(PrimitiveContext& c, Arguments a) { return partitions(c, "partition", a, false); }
Word partition_all(PrimitiveContext& c, Arguments a) {
  return partitions(c, "partition-all", a, true);
}

Word split_at(PrimitiveContext& c, Arguments a) {
  const Word parts[] = {take(c, a), drop(c, a)};
  if (parts[0] == kSignalled || parts[1] == kSignalled) return kSignalled;
  return Vector::from(c.edit, parts).word;
}

// Values as keys of a process-private table.
struct ValueHash {
  const substrate::Pin* pin;
  std::size_t operator()(Word w) const {
    return static_cast<std::size_t>(substrate::hash(*pin, w));
  }
};
struct ValueEqual {
  const substrate::Pin* pin;
  bool operator()(Word a, Word b) const { return substrate::equal(*pin, a, b); }
};

Word distinct(PrimitiveContext& c, Arguments a) {
  Words items, first_ones;
  if (!collect(c, "distinct", a[0], items)) return kSignalled;
  std::unordered_set<Word, ValueHash, ValueEqual> seen(16, {&c.pin()}, {&c.pin()});
  for (const Word item : items) {
    if (seen.insert(item).second) first_ones.push_back(item);
  }
  return list(c, first_ones);
}

Word dedupe(PrimitiveContext& c, Arguments a) {
  Words items;
  const bool sequence = each_item(c, a[0], [&](Word item) {
    if (items.empty() || !substrate::equal(c.pin(), items.back(), item)) items.push_back(item);
    return true;
  });
  return sequence ? list(c, items) : c.wrong_type("dedupe", a[0], "a sequence");
}

// ------------------------------------------------------------------------------------ order and
// counting

Word sort(PrimitiveContext& c, Arguments a) {
  Words items;
  if (!collect(c, "sort", a[0], items)) return kSignalled;
  std::ranges::stable_sort(items,
                           [&](Word x, Word y) { return substrate::compare(c.pin(), x, y) < 0; });
  return list(c, items);
}

// (yin/sort-by-keys keys items): the items, ordered by the keys beside them.
Word sort_by_keys(PrimitiveContext& c, Arguments a) {
  Words keys, items;
  if (!collect(c, "sort-by", a[0], keys) || !collect(c, "sort-by", a[1], items)) return kSignalled;
  if (keys.size() != items.size()) return c.fail("argument", "sort-by: as many keys as items");
  std::vector<std::size_t> order(items.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](std::size_t x, std::size_t y) {
    return substrate::compare(c.pin(), keys[x], keys[y]) < 0;
  });
  Words sorted;
  for (const std::size_t i : order) sorted.push_back(items[i]);
  return list(c, sorted);
}

Word frequencies(PrimitiveContext& c, Arguments a) {
  Words items;
  if (!collect(c, "frequencies", a[0], items)) return kSignalled;
  std::unordered_map<Word, std::int64_t, ValueHash, ValueEqual> counts(16, {&c.pin()}, {&c.pin()});
  for (const Word item : items) ++counts[item];
  std::vector<MapEntry> entries;
  for (const auto& [item, count] : counts) entries.push_back({item, substrate::int_word(count)});
  if (!has_room(c, "frequencies", entries.size() * 4)) return kSignalled;
  return Map::from(c.edit, entries).word;
}

// ------------------------------------------------------------------------------------ reducing

constexpr std::string_view kReduced = "yin/reduced";
constexpr std::string_view kCarry = "yin/carry";

bool is_tagged_as(const substrate::Pin& pin, Word w, std::string_view tag) {
  return substrate::is_tagged(w) && substrate::name_of(pin, substrate::tag_of(pin, w)) == tag;
}
Word tagged_as(PrimitiveContext& c, std::string_view tag, Word value) {
  const auto id = substrate::intern(c.pin(), tag);
  if (!id.ok()) return c.fail("memory", id.status().message());
  return substrate::make_tagged(c.edit, substrate::symbol_word(*id), value);
}

Word reduced(PrimitiveContext& c, Arguments a) { return tagged_as(c, kReduced, a[0]); }
Word is_reduced_word(PrimitiveContext& c, Arguments a) {
  return substrate::boolean_word(internal::is_reduced(c.pin(), a[0]));
}
Word unreduced(PrimitiveContext& c, Arguments a) {
  return internal::is_reduced(c.pin(), a[0]) ? substrate::tagged_value(c.pin(), a[0]) : a[0];
}
Word ensure_reduced(PrimitiveContext& c, Arguments a) {
  return internal::is_reduced(c.pin(), a[0]) ? a[0] : reduced(c, a);
}

// What a transducer remembers goes along with the result so far, instead of standing in a place
// that changes: (yin/carry memory result). A reduced result gives a reduced whole.
Word carry(PrimitiveContext& c, Arguments a) {
  const bool over = internal::is_reduced(c.pin(), a[1]);
  const Word parts[] = {a[0], over ? substrate::tagged_value(c.pin(), a[1]) : a[1]};
  const Word whole = tagged_as(c, kCarry, Vector::from(c.edit, parts).word);
  return over && whole != kSignalled ? tagged_as(c, kReduced, whole) : whole;
}
Word carries(PrimitiveContext& c, Arguments a) {
  return substrate::boolean_word(is_tagged_as(c.pin(), a[0], kCarry));
}
Word part_of_carry(PrimitiveContext& c, Word w, std::uint64_t index) {
  if (!is_tagged_as(c.pin(), w, kCarry)) return c.wrong_type("yin/carry", w, "its own result");
  return Vector{substrate::tagged_value(c.pin(), w)}.nth(c.pin(), index);
}
Word carried(PrimitiveContext& c, Arguments a) { return part_of_carry(c, a[0], 0); }
Word bearer(PrimitiveContext& c, Arguments a) { return part_of_carry(c, a[0], 1); }

// Append only: a place in this table is a number that stands in domains.
constexpr Primitive kTable[] = {
    {"first", 1, 1, first},
    {"second", 1, 1, second},
    {"last", 1, 1, last},
    {"rest", 1, 1, rest},
    {"next", 1, 1, next},
    {"butlast", 1, 1, all_but_last},
    {"seq", 1, 1, seq},
    {"cons", 2, 2, cons, PrimitiveKind::kPlain, Metadata::kLast},
    {"list*", 1, kAnyCount, list_star, PrimitiveKind::kPlain, Metadata::kLast},
    {"concat", 0, kAnyCount, concat},
    {"reverse", 1, 1, reverse},
    {"range", 0, 3, range},
    {"repeat", 1, 2, repeat, PrimitiveKind::kPlain, Metadata::kAll},
    {"interleave", 0, kAnyCount, interleave},
    {"interpose", 2, 2, interpose, PrimitiveKind::kPlain, Metadata::kAll},
    {"flatten", 1, 1, flatten},
    {"take", 2, 2, take},
    {"drop", 2, 2, drop},
    {"take-last", 2, 2, take_last},
    {"drop-last", 1, 2, drop_last},
    {"partition", 2, 4, partition},
    {"partition-all", 2, 3, partition_all},
    {"split-at", 2, 2, split_at},
    {"distinct", 1, 1, distinct},
    {"dedupe", 1, 1, dedupe},
    {"yin/sort", 1, 1, sort},
    {"yin/sort-by-keys", 2, 2, sort_by_keys},
    {"frequencies", 1, 1, frequencies},
    // What the prelude's functions of these names, which give transducers too, are made of.
    {"yin/take", 2, 2, take},
    {"yin/drop", 2, 2, drop},
    {"yin/partition-all", 2, 3, partition_all},
    {"yin/distinct", 1, 1, distinct},
    {"yin/dedupe", 1, 1, dedupe},
    {"yin/interpose", 2, 2, interpose, PrimitiveKind::kPlain, Metadata::kAll},
    {"reduced", 1, 1, reduced, PrimitiveKind::kPlain, Metadata::kAll},
    {"reduced?", 1, 1, is_reduced_word, PrimitiveKind::kPlain, Metadata::kAll},
    {"unreduced", 1, 1, unreduced, PrimitiveKind::kPlain, Metadata::kAll},
    {"ensure-reduced", 1, 1, ensure_reduced, PrimitiveKind::kPlain, Metadata::kAll},
    {"yin/carry", 2, 2, carry, PrimitiveKind::kPlain, Metadata::kAll},
    {"yin/carries?", 1, 1, carries, PrimitiveKind::kPlain, Metadata::kAll},
    {"yin/carried", 1, 1, carried, PrimitiveKind::kPlain, Metadata::kAll},
    {"yin/bearer", 1, 1, bearer, PrimitiveKind::kPlain, Metadata::kAll},
    {"yin/reverse-parts", 2, 2, reverse_parts},
};

}  // namespace

std::span<const Primitive> sequence_primitives() { return with_bare_arguments<kTable>(); }

bool is_reduced(const substrate::Pin& pin, Word w) { return is_tagged_as(pin, w, kReduced); }

}  // namespace yin::vm::internal
