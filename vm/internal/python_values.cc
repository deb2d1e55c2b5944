#include "vm/internal/python_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "substrate/number.h"
#include "substrate/root.h"
#include "ast/python_words.h"

namespace yin::vm::internal::python {

namespace marks = ast::python;
using substrate::is_string;
using substrate::kAbsent;
using substrate::kNil;
using substrate::List;
using substrate::Map;
using substrate::Pin;
using substrate::RootKind;
using substrate::RootRead;
using substrate::StringView;
using substrate::Vector;
using substrate::Word;

namespace {

bool too_deep(PrimitiveContext& c, int depth) {
  if (depth < kDepthMax) return false;
  c.fail("memory", "RecursionError: values nested more than " + std::to_string(kDepthMax) +
                       " deep are not compared or shown");
  return true;
}

Word list_item(PrimitiveContext& c, Word list, unsigned index) {
  substrate::ListIterator it(c.pin(), {list});
  for (; index > 0 && !it.done(); --index) it.next();
  return it.done() ? kNil : it.item();
}

// Anybody may make a list that begins like an object of ours: what follows must be what is there in
// one.
bool is_whole_object(PrimitiveContext& c, Word w, Word mark) {
  const auto part = [&](unsigned i) { return list_item(c, w, i); };
  const auto is_box = [](Word box) { return substrate::is_root(box, RootKind::kAtom); };
  if (mark == marks::kRange) {
    for (const unsigned i : {1u, 2u, 3u}) {
      if (!substrate::is_small_int(part(i))) return false;
      const std::int64_t n = substrate::small_int(part(i));
      if (n > kRangeMax || n < -kRangeMax) return false;
    }
    return part(3) != substrate::int_word(0);
  }
  if (mark == marks::kReversed) return substrate::is_small_int(part(2));
  if (mark == marks::kEnumerate) return substrate::is_integer(part(1));
  if (mark == marks::kWatched) return Vector::is(part(1)) && is_box(part(2));
  if (mark == marks::kZip) return true;
  return is_box(part(1));  // a view
}

// The kind of an object that is a list with a mark.
Kind marked_kind(PrimitiveContext& c, Word w) {
  if (w == substrate::kEmptyList) return Kind::kOther;
  const Word mark = List{w}.first(c.pin());
  if (!is_whole_object(c, w, mark)) return Kind::kOther;
  if (mark == marks::kRange) return Kind::kRange;
  if (mark == marks::kKeys || mark == marks::kValues || mark == marks::kItems) return Kind::kView;
  const bool iterator = mark == marks::kEnumerate || mark == marks::kZip ||
                        mark == marks::kReversed || mark == marks::kWatched;
  return iterator ? Kind::kIterator : Kind::kOther;
}

Object look_in_box(PrimitiveContext& c, Word w) {
  const RootRead read = substrate::read_root(c.pin(), substrate::root_ref(w));
  if (read.outcome == RootRead::Outcome::kExpired) {
    c.expire();
    return {Kind::kExpired, w, w};
  }
  if (!read.ok()) return {Kind::kOther, w, w};
  if (Vector::is(read.value)) return {Kind::kList, w, read.value};
  if (!Map::is(read.value)) return {Kind::kOther, w, w};
  const Map table{read.value};
  if (table.contains(c.pin(), marks::kDictMark)) return {Kind::kDict, w, read.value};
  if (table.contains(c.pin(), marks::kSetMark)) return {Kind::kSet, w, read.value};
  return {Kind::kOther, w, w};
}

}  // namespace

Object look(PrimitiveContext& c, Word w) {
  if (substrate::is_small_int(w)) return {Kind::kInt, w, w};
  if (substrate::is_nil(w)) return {Kind::kNone, w, w};
  if (substrate::is_boolean(w)) return {Kind::kBool, w, w};
  if (is_string(w)) return {Kind::kStr, w, w};
  if (substrate::is_double(w)) return {Kind::kFloat, w, w};
  if (substrate::is_integer(w)) return {Kind::kInt, w, w};
  if (Vector::is(w)) return {Kind::kTuple, w, w};
  if (substrate::is_root(w, RootKind::kAtom)) return look_in_box(c, w);
  if (substrate::is_object(w, substrate::ObjectKind::kClosure) || substrate::is_primitive(w)) {
    return {Kind::kFunction, w, w};
  }
  if (List::is(w)) return {marked_kind(c, w), w, w};
  if (substrate::is_object(w, substrate::ObjectKind::kError)) return {Kind::kException, w, w};
  return {Kind::kOther, w, w};
}

std::string_view type_name(PrimitiveContext& c, Word w) {
  switch (look(c, w).kind) {
    case Kind::kNone:
      return "NoneType";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kFloat:
      return "float";
    case Kind::kStr:
      return "str";
    case Kind::kTuple:
      return "tuple";
    case Kind::kList:
      return "list";
    case Kind::kDict:
      return "dict";
    case Kind::kSet:
      return "set";
    case Kind::kFunction:
      return "function";
    case Kind::kRange:
      return "range";
    case Kind::kView:
      return "dict view";
    case Kind::kIterator:
      return "iterator";
    case Kind::kException:
      return exception_class(c, w);
    default:
      return substrate::kind_name(w);
  }
}

Word type_error(PrimitiveContext& c, const std::string& what) {
  // A look at a value may have found that the pin expired.
  return c.signal == Signal::kExpired ? kSignalled : c.fail("type", "TypeError: " + what);
}
Word value_error(PrimitiveContext& c, const std::string& what) {
  return c.fail("argument", "ValueError: " + what);
}
Word index_error(PrimitiveContext& c, const std::string& what) {
  return c.fail("index", "IndexError: " + what);
}
Word zero_error(PrimitiveContext& c, const std::string& what) {
  return c.fail("arithmetic", "ZeroDivisionError: " + what);
}
Word refuse(PrimitiveContext& c, const std::string& what) {
  return c.fail("unsupported", what + " is not supported yet");
}
Word key_error(PrimitiveContext& c, Word key) {
  const Word error = make_exception(c, "KeyError", {&key, 1});
  return error == kSignalled ? error : c.raise(error);
}

Word as_number(Word w) {
  if (w == substrate::kTrue) return substrate::int_word(1);
  return w == substrate::kFalse ? substrate::int_word(0) : w;
}

bool to_index(PrimitiveContext& c, Word w, std::int64_t& out) {
  w = as_number(w);
  if (substrate::is_int(w)) {
    out = substrate::to_int(c.pin(), w);
    return true;
  }
  if (substrate::is_integer(w)) {
    c.fail("arithmetic", "OverflowError: an integer of more than 64 bits cannot be used here");
    return false;
  }
  type_error(c,
             "'" + std::string(type_name(c, w)) + "' object cannot be interpreted as an integer");
  return false;
}

// -------------------------------------------------------------------------------- dicts and sets

Word hash_key(PrimitiveContext& c, Word key, int depth) {
  if (too_deep(c, depth)) return kSignalled;
  const Object o = look(c, key);
  switch (o.kind) {
    case Kind::kBool:
      return as_number(key);
    case Kind::kFloat: {
      const double v = substrate::to_double(c.pin(), key);
      if (!std::isfinite(v) || v != std::trunc(v)) return key;
      const auto whole = substrate::to_integer(c.edit, key);
      return whole.ok() ? whole.word : key;
    }
    case Kind::kTuple: {
      std::vector<Word> items;
      const std::uint64_t n = Vector{key}.count(c.pin());
      for (std::uint64_t i = 0; i < n; ++i) {
        items.push_back(hash_key(c, Vector{key}.nth(c.pin(), i), depth + 1));
        if (items.back() == kSignalled) return kSignalled;
      }
      return tuple_of(c, items);
    }
    case Kind::kList:
    case Kind::kDict:
    case Kind::kSet:
      return type_error(c, "unhashable type: '" + std::string(type_name(c, key)) + "'");
    case Kind::kExpired:
      return kSignalled;
    case Kind::kView:
    case Kind::kIterator:
      return refuse(c, "a view or iterator as a key");
    case Kind::kException:
      return refuse(c, "an exception as a key");
    default:
      return key;
  }
}

Word empty_table(PrimitiveContext& c, Kind kind) {
  const Word mark = kind == Kind::kDict ? marks::kDictMark : marks::kSetMark;
  return Map{}.assoc(c.edit, mark, substrate::int_word(0)).word;
}

std::uint64_t table_count(PrimitiveContext& c, Word table) { return Map{table}.count(c.pin()) - 1; }

namespace {
// [order key value] or [order key]; what a program put there itself is not.
bool is_row(PrimitiveContext& c, Word w) {
  if (!Vector::is(w)) return false;
  const std::uint64_t n = Vector{w}.count(c.pin());
  return (n == 2 || n == 3) && substrate::is_small_int(Vector{w}.nth(c.pin(), 0));
}
}  // namespace

std::vector<Entry> entries_of(PrimitiveContext& c, Word table) {
  std::vector<Entry> entries;
  const Pin& pin = c.pin();
  for (substrate::MapIterator it(pin, {table}); !it.done(); it.next()) {
    const Word mark = it.entry().key;
    if (mark == marks::kDictMark || mark == marks::kSetMark) continue;
    const Vector v{it.entry().value};
    if (!is_row(c, v.word)) continue;
    const Word key = v.nth(pin, 1);
    entries.push_back(
        {substrate::small_int(v.nth(pin, 0)), key, v.count(pin) == 3 ? v.nth(pin, 2) : key});
  }
  std::ranges::sort(entries, {}, &Entry::order);
  return entries;
}

Word table_find(PrimitiveContext& c, Word table, Word key) {
  const Word hashed = hash_key(c, key);
  if (hashed == kSignalled) return kSignalled;
  const Word found = Map{table}.find(c.pin(), hashed);
  if (substrate::is_absent(found) || !is_row(c, found)) return kAbsent;
  return Vector{found}.nth(c.pin(), Vector{found}.count(c.pin()) - 1);
}

Word table_put(PrimitiveContext& c, Word table, Word key, Word value) {
  const Word hashed = hash_key(c, key);
  if (hashed == kSignalled) return kSignalled;
  if (!has_room(c, "a dict or set", 512)) return kSignalled;
  const Pin& pin = c.pin();
  Map map{table};
  const bool dict = map.contains(pin, marks::kDictMark);
  const Word mark = dict ? marks::kDictMark : marks::kSetMark;
  Word found = map.find(pin, hashed);
  if (!substrate::is_absent(found) && !is_row(c, found)) found = kAbsent;
  // A key that is there keeps its place and its spelling.
  const bool fresh = substrate::is_absent(found);
  if (!fresh && !dict) return table;
  const Word next = map.get(pin, mark, substrate::int_word(0));
  if (!substrate::is_small_int(next)) return type_error(c, "this is no dict or set of Python's");
  const Word row[] = {fresh ? next : Vector{found}.nth(pin, 0),
                      fresh ? key : Vector{found}.nth(pin, 1), value};
  map = map.assoc(c.edit, hashed, tuple_of(c, std::span(row, dict ? 3 : 2)));
  if (fresh) map = map.assoc(c.edit, mark, substrate::int_word(substrate::small_int(next) + 1));
  return map.word;
}

Word table_remove(PrimitiveContext& c, Word table, Word key) {
  const Word hashed = hash_key(c, key);
  return hashed == kSignalled ? hashed : Map{table}.dissoc(c.edit, hashed).word;
}

// ------------------------------------------------------------------------------------- iteration

std::int64_t Range::count() const {
  if (step > 0 ? start >= stop : start <= stop) return 0;
  // Unsigned, since the distance may take 64 bits.
  const auto distance = step > 0
                            ? static_cast<std::uint64_t>(stop) - static_cast<std::uint64_t>(start)
                            : static_cast<std::uint64_t>(start) - static_cast<std::uint64_t>(stop);
  const auto stride =
      step > 0 ? static_cast<std::uint64_t>(step) : 0 - static_cast<std::uint64_t>(step);
  return static_cast<std::int64_t>((distance - 1) / stride + 1);
}

Range range_of(PrimitiveContext& c, Word range) {
  const auto part = [&](unsigned i) { return substrate::to_int(c.pin(), list_item(c, range, i)); };
  return {part(1), part(2), part(3)};
}

namespace {

// False, with the context told, unless it knows why already.
bool no_dict(PrimitiveContext& c) {
  type_error(c, "the dict of a view is not one any more");
  return false;
}

// What a view or a dict, set or string gives, as a vector.
bool snapshot(PrimitiveContext& c, const Object& o, std::vector<Word>& items) {
  if (o.kind == Kind::kStr) {
    const StringView text(c.pin(), o.word);
    for (const std::string_view one : characters(text.view())) {
      items.push_back(substrate::from_string(c.edit, one));
    }
    return true;
  }
  Word mark = marks::kKeys;
  Object table = o;
  if (o.kind == Kind::kView) {
    mark = list_item(c, o.word, 0);
    table = look(c, list_item(c, o.word, 1));
    if (table.kind != Kind::kDict) return no_dict(c);
  }
  for (const Entry& e : entries_of(c, table.content)) {
    const Word pair[] = {e.key, e.value};
    items.push_back(mark == marks::kKeys     ? e.key
                    : mark == marks::kValues ? e.value
                                             : tuple_of(c, pair));
  }
  return true;
}

Word not_iterable(PrimitiveContext& c, Word w) {
  return type_error(c, "'" + std::string(type_name(c, w)) + "' object is not iterable");
}

Word marked(PrimitiveContext& c, std::initializer_list<Word> parts) {
  return List::from(c.edit, std::span(parts.begin(), parts.size())).word;
}

}  // namespace

Word make_iterator(PrimitiveContext& c, Word w) {
  const Object o = look(c, w);
  switch (o.kind) {
    case Kind::kTuple:
    case Kind::kList:
    case Kind::kRange:
    case Kind::kIterator:
      return w;
    case Kind::kStr:
    case Kind::kDict:
    case Kind::kSet:
    case Kind::kView: {
      std::vector<Word> items;
      if (!has_room(c, "an iteration", 0) || !snapshot(c, o, items)) return kSignalled;
      if (!has_room(c, "an iteration", items.size())) return kSignalled;
      const Word all = tuple_of(c, items);
      if (o.kind == Kind::kStr) return all;
      const Word watched = o.kind == Kind::kView ? list_item(c, w, 1) : w;
      return marked(c, {marks::kWatched, all, watched});
    }
    default:
      return not_iterable(c, w);
  }
}

Word item_of(PrimitiveContext& c, Word iterator, std::int64_t at, int depth) {
  if (too_deep(c, depth)) return kSignalled;
  const Pin& pin = c.pin();
  const Object o = look(c, iterator);
  const auto index = static_cast<std::uint64_t>(at);
  if (o.kind == Kind::kTuple || o.kind == Kind::kList) {
    const Vector items{o.content};
    return index < items.count(pin) ? items.nth(pin, index) : marks::kEnd;
  }
  if (o.kind == Kind::kRange) {
    const Range r = range_of(c, iterator);
    return at < r.count() ? substrate::from_int(c.edit, r.start + at * r.step) : marks::kEnd;
  }
  if (o.kind != Kind::kIterator) return not_iterable(c, iterator);
  const Word mark = list_item(c, iterator, 0);
  if (mark == marks::kWatched) {
    const Vector items{list_item(c, iterator, 1)};
    const Object now = look(c, list_item(c, iterator, 2));
    if (now.kind != Kind::kDict && now.kind != Kind::kSet) return no_dict(c), kSignalled;
    if (table_count(c, now.content) != items.count(pin)) {
      return c.fail("user", std::string("RuntimeError: ") +
                                (now.kind == Kind::kSet ? "Set" : "dictionary") +
                                " changed size during iteration");
    }
    return index < items.count(pin) ? items.nth(pin, index) : marks::kEnd;
  }
  if (mark == marks::kReversed) {
    const std::int64_t from = substrate::small_int(list_item(c, iterator, 2)) - 1 - at;
    return from < 0 ? marks::kEnd : item_of(c, list_item(c, iterator, 1), from, depth + 1);
  }
  if (mark == marks::kEnumerate) {
    const Word item = item_of(c, list_item(c, iterator, 2), at, depth + 1);
    if (item == kSignalled || item == marks::kEnd) return item;
    const substrate::NumberResult number =
        substrate::add(c.edit, list_item(c, iterator, 1), substrate::int_word(at));
    const Word pair[] = {number.word, item};
    return tuple_of(c, pair);
  }
  std::vector<Word> row;  // of a zip
  substrate::ListIterator it(pin, {iterator});
  for (it.next(); !it.done(); it.next()) {
    row.push_back(item_of(c, it.item(), at, depth + 1));
    if (row.back() == kSignalled || row.back() == marks::kEnd) return row.back();
  }
  return row.empty() ? marks::kEnd : tuple_of(c, row);
}

bool all_items(PrimitiveContext& c, Word w, std::vector<Word>& items) {
  const Word iterator = make_iterator(c, w);
  if (iterator == kSignalled) return false;
  for (std::int64_t at = 0;; ++at) {
    if ((at & 1023) == 0 && !has_room(c, "an iteration", items.size() + 8 * 1024)) return false;
    const Word item = item_of(c, iterator, at);
    if (item == kSignalled) return false;
    if (item == marks::kEnd) return true;
    items.push_back(item);
  }
}

// --------------------------------------------------------------------------------------- meaning

bool truth(PrimitiveContext& c, Word w, bool& out) {
  const Object o = look(c, w);
  switch (o.kind) {
    case Kind::kNone:
      out = false;
      return true;
    case Kind::kBool:
      out = w == substrate::kTrue;
      return true;
    case Kind::kInt:
      out = w != substrate::int_word(0);
      return true;
    case Kind::kFloat:
      out = substrate::to_double(c.pin(), w) != 0;
      return true;
    case Kind::kStr:
      out = !StringView(c.pin(), w).view().empty();
      return true;
    case Kind::kTuple:
    case Kind::kList:
      out = Vector{o.content}.count(c.pin()) != 0;
      return true;
    case Kind::kDict:
    case Kind::kSet:
      out = table_count(c, o.content) != 0;
      return true;
    case Kind::kRange:
      out = range_of(c, w).count() != 0;
      return true;
    case Kind::kView: {
      const Object table = look(c, list_item(c, w, 1));
      if (table.kind != Kind::kDict) return no_dict(c);
      out = table_count(c, table.content) != 0;
      return true;
    }
    case Kind::kExpired:
      return false;
    default:
      out = true;
      return true;
  }
}

namespace {

bool equal_sequences(PrimitiveContext& c, Vector a, Vector b, bool& out, int depth) {
  const Pin& pin = c.pin();
  out = a.count(pin) == b.count(pin);
  for (std::uint64_t i = 0; out && i < a.count(pin); ++i) {
    if (!equal(c, a.nth(pin, i), b.nth(pin, i), out, depth + 1)) return false;
  }
  return true;
}

bool equal_tables(PrimitiveContext& c, const Object& a, const Object& b, bool& out, int depth) {
  out = table_count(c, a.content) == table_count(c, b.content);
  if (!out) return true;
  for (const Entry& e : entries_of(c, a.content)) {
    const Word other = table_find(c, b.content, e.key);
    if (other == kSignalled) return false;
    out = !substrate::is_absent(other);
    if (out && a.kind == Kind::kDict && !equal(c, e.value, other, out, depth + 1)) return false;
    if (!out) return true;
  }
  return true;
}

}  // namespace

bool equal(PrimitiveContext& c, Word a, Word b, bool& out, int depth) {
  if (too_deep(c, depth)) return false;
  const Object x = look(c, a), y = look(c, b);
  if (x.kind == Kind::kExpired || y.kind == Kind::kExpired) return false;
  if (is_number(x.kind) && is_number(y.kind)) {
    const Word m = as_number(a), n = as_number(b);
    const bool nan = (x.kind == Kind::kFloat && std::isnan(substrate::to_double(c.pin(), a))) ||
                     (y.kind == Kind::kFloat && std::isnan(substrate::to_double(c.pin(), b)));
    // An item of a container is equal to itself, also when it is NaN.
    out = nan ? depth > 0 && a == b : substrate::compare_numbers(c.pin(), m, n) == 0;
    return true;
  }
  if (a == b) return out = true, true;
  if (x.kind != y.kind) return out = false, true;
  switch (x.kind) {
    case Kind::kStr:
      out = StringView(c.pin(), a).view() == StringView(c.pin(), b).view();
      return true;
    case Kind::kTuple:
    case Kind::kList:
      return equal_sequences(c, {x.content}, {y.content}, out, depth);
    case Kind::kDict:
    case Kind::kSet:
      return equal_tables(c, x, y, out, depth);
    case Kind::kRange: {
      const Range r = range_of(c, a), s = range_of(c, b);
      out = r.count() == s.count() &&
            (r.count() == 0 || (r.start == s.start && (r.count() == 1 || r.step == s.step)));
      return true;
    }
    case Kind::kView:
      refuse(c, "comparing views of a dict");
      return false;
    case Kind::kException:
      refuse(c, "comparing exceptions");
      return false;
    case Kind::kOther:
      out = substrate::equal(c.pin(), a, b);
      return true;
    default:
      out = false;
      return true;
  }
}

bool order(PrimitiveContext& c, std::string_view sign, Word a, Word b, int& out, int depth) {
  if (too_deep(c, depth)) return false;
  const Object x = look(c, a), y = look(c, b);
  const Pin& pin = c.pin();
  if (is_number(x.kind) && is_number(y.kind)) {
    const bool nan = (x.kind == Kind::kFloat && std::isnan(substrate::to_double(pin, a))) ||
                     (y.kind == Kind::kFloat && std::isnan(substrate::to_double(pin, b)));
    out = nan ? 2 : substrate::compare_numbers(pin, as_number(a), as_number(b));
    return true;
  }
  if (x.kind == Kind::kStr && y.kind == Kind::kStr) {
    // The order of UTF-8's bytes is that of the code points.
    const int found = StringView(pin, a).view().compare(StringView(pin, b).view());
    out = found < 0 ? -1 : found > 0 ? 1 : 0;
    return true;
  }
  const bool sequences = x.kind == y.kind && (x.kind == Kind::kTuple || x.kind == Kind::kList);
  if (!sequences) {
    type_error(c, "'" + std::string(sign) + "' not supported between instances of '" +
                      std::string(type_name(c, a)) + "' and '" + std::string(type_name(c, b)) +
                      "'");
    return false;
  }
  const Vector v{x.content}, w{y.content};
  const std::uint64_t m = v.count(pin), n = w.count(pin);
  for (std::uint64_t i = 0; i < std::min(m, n); ++i) {
    bool same = false;
    if (!equal(c, v.nth(pin, i), w.nth(pin, i), same, depth + 1)) return false;
    if (!same) return order(c, sign, v.nth(pin, i), w.nth(pin, i), out, depth + 1);
  }
  out = m < n ? -1 : m > n ? 1 : 0;
  return true;
}

bool contains(PrimitiveContext& c, Word container, Word item, bool& out) {
  const Object o = look(c, container);
  if (o.kind == Kind::kStr) {
    if (!is_string(item)) {
      type_error(c, "'in <string>' requires string as left operand, not " +
                        std::string(type_name(c, item)));
      return false;
    }
    const StringView whole(c.pin(), container), part(c.pin(), item);
    out = whole.view().find(part.view()) != std::string_view::npos;
    return true;
  }
  const bool keys = o.kind == Kind::kView && list_item(c, container, 0) == marks::kKeys;
  if (o.kind == Kind::kDict || o.kind == Kind::kSet || keys) {
    const Object table = keys ? look(c, list_item(c, container, 1)) : o;
    if (table.kind != Kind::kDict && table.kind != Kind::kSet) return no_dict(c);
    const Word found = table_find(c, table.content, item);
    out = !substrate::is_absent(found);
    return found != kSignalled;
  }
  if (o.kind == Kind::kRange) {
    const Word wanted = hash_key(c, item);
    if (wanted == kSignalled) return false;
    const Range r = range_of(c, container);
    out = false;
    if (!substrate::is_small_int(wanted)) return true;
    const std::int64_t n = substrate::small_int(wanted);
    const bool inside = r.step > 0 ? n >= r.start && n < r.stop : n <= r.start && n > r.stop;
    out = inside && (n - r.start) % r.step == 0;
    return true;
  }
  const Word iterator = make_iterator(c, container);
  if (iterator == kSignalled) return false;
  for (std::int64_t at = 0;; ++at) {
    const Word got = item_of(c, iterator, at);
    if (got == kSignalled) return false;
    out = false;
    if (got == marks::kEnd) return true;
    if (!equal(c, got, item, out, 1)) return false;
    if (out) return true;
  }
}

// --------------------------------------------------------------------------------------- showing

// The shortest digits that give the number again, laid out as Python does it: plain from 1e-4 up to
// 1e16, else with an exponent of at least two digits.
std::string float_text(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v < 0 ? "-inf" : "inf";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific);
  std::string text(buffer, end.ptr);
  const std::size_t e = text.find('e');
  const int exponent = std::stoi(text.substr(e + 1));
  const std::string sign = text.starts_with('-') ? "-" : "";
  std::string digits = text.substr(sign.size(), e - sign.size());
  std::erase(digits, '.');
  const int count = static_cast<int>(digits.size());
  if (exponent < -4 || exponent >= 16) {
    if (count > 1) digits.insert(1, ".");
    const std::string power = std::to_string(std::abs(exponent));
    return sign + digits + "e" + (exponent < 0 ? "-" : "+") + (power.size() < 2 ? "0" : "") + power;
  }
  if (exponent < 0)
    return sign + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1) {
    return sign + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
  }
  return sign + digits.insert(static_cast<std::size_t>(exponent + 1), ".");
}

std::string quoted(std::string_view text) {
  const bool doubles = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char quote = doubles ? '"' : '\'';
  std::string out(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const char b = text[at];
    const std::size_t from = at;
    const char32_t code = next_character(text, at);
    char buffer[16];
    if (b == quote || b == '\\') {
      out.append(1, '\\').append(1, b);
    } else if (b == '\n') {
      out += "\\n";
    } else if (b == '\r') {
      out += "\\r";
    } else if (b == '\t') {
      out += "\\t";
    } else if (code < 0x20 || (code >= 0x7f && code < 0xa1) || code == 0xad) {
      std::snprintf(buffer, sizeof buffer, "\\x%02x", static_cast<unsigned>(code));
      out += buffer;
    } else {
      out += text.substr(from, at - from);
    }
  }
  return out += quote;
}

namespace {

bool append_items(PrimitiveContext& c, std::string& text, std::span<const Word> items, int depth) {
  bool first = true;
  for (const Word item : items) {
    if (!std::exchange(first, false)) text += ", ";
    if (!append_shown(c, text, item, Shown::kRepr, depth + 1)) return false;
  }
  return true;
}

std::vector<Word> items_of(PrimitiveContext& c, Word vector) {
  std::vector<Word> items;
  each_item(c, vector, [&](Word item) { return items.push_back(item), true; });
  return items;
}

bool append_table(PrimitiveContext& c, std::string& text, const Object& o, int depth) {
  const auto entries = entries_of(c, o.content);
  if (o.kind == Kind::kSet && entries.empty()) return text += "set()", true;
  text += '{';
  bool first = true;
  for (const Entry& e : entries) {
    if (!std::exchange(first, false)) text += ", ";
    if (!append_shown(c, text, e.key, Shown::kRepr, depth + 1)) return false;
    if (o.kind == Kind::kSet) continue;
    text += ": ";
    if (!append_shown(c, text, e.value, Shown::kRepr, depth + 1)) return false;
  }
  text += '}';
  return true;
}

bool append_view(PrimitiveContext& c, std::string& text, const Object& o, int depth) {
  const Word mark = list_item(c, o.word, 0);
  text += mark == marks::kKeys     ? "dict_keys(["
          : mark == marks::kValues ? "dict_values(["
                                   : "dict_items([";
  std::vector<Word> items;
  if (!snapshot(c, o, items) || !append_items(c, text, items, depth)) return false;
  text += "])";
  return true;
}

bool append_range(PrimitiveContext& c, std::string& text, Word w) {
  const Range r = range_of(c, w);
  text += "range(" + std::to_string(r.start) + ", " + std::to_string(r.stop);
  if (r.step != 1) text += ", " + std::to_string(r.step);
  text += ')';
  return true;
}

}  // namespace

bool append_shown(PrimitiveContext& c, std::string& text, Word w, Shown how, int depth) {
  if (too_deep(c, depth)) return false;
  if (text.size() > kTextMax) return c.fail("memory", "a string of more than 256 MiB"), false;
  const Object o = look(c, w);
  switch (o.kind) {
    case Kind::kNone:
      text += "None";
      return true;
    case Kind::kBool:
      text += w == substrate::kTrue ? "True" : "False";
      return true;
    case Kind::kInt:
      substrate::append_exact(text, c.pin(), w);
      return true;
    case Kind::kFloat:
      text += float_text(substrate::to_double(c.pin(), w));
      return true;
    case Kind::kStr: {
      const StringView bytes(c.pin(), w);
      if (how == Shown::kStr) {
        text += bytes.view();
      } else {
        text += quoted(bytes.view());
      }
      return true;
    }
    case Kind::kTuple: {
      const auto items = items_of(c, w);
      text += '(';
      if (!append_items(c, text, items, depth)) return false;
      text += items.size() == 1 ? ",)" : ")";
      return true;
    }
    case Kind::kList:
      text += '[';
      if (!append_items(c, text, items_of(c, o.content), depth)) return false;
      text += ']';
      return true;
    case Kind::kDict:
    case Kind::kSet:
      return append_table(c, text, o, depth);
    case Kind::kView:
      return append_view(c, text, o, depth);
    case Kind::kRange:
      return append_range(c, text, w);
    case Kind::kExpired:
      return false;
    case Kind::kException:
      return append_exception(c, text, w, how, depth);
    case Kind::kFunction:
      refuse(c, "a function as text");
      return false;
    default:
      type_error(c, "a value of another language, " + describe_value(c.pin(), w) +
                        ", has no text in Python");
      return false;
  }
}

Word make_box(PrimitiveContext& c, Word content) {
  return content == kSignalled ? kSignalled : c.ask(EffectKind::kAtomNew, content, kNil);
}
Word tuple_of(PrimitiveContext& c, std::span<const Word> items) {
  return Vector::from(c.edit, items).word;
}
Word make_list(PrimitiveContext& c, std::span<const Word> items) {
  if (!has_room(c, "a list", items.size())) return kSignalled;
  return make_box(c, tuple_of(c, items));
}

std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next_character(text, at);
  return count;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    next_character(text, at);
    found.push_back(text.substr(from, at - from));
  }
  return found;
}

}  // namespace yin::vm::internal::python
