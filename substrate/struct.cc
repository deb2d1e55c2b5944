#include "substrate/struct.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "substrate/intern.h"
#include "substrate/internal/raw_record.h"
#include "substrate/worker.h"

namespace yin::substrate {

namespace {

Word integer(std::uint64_t v) { return int_word(static_cast<std::int64_t>(v)); }

Word descriptor(const FieldSpec& f, std::uint64_t place) {
  return integer(static_cast<std::uint64_t>(f.type) |
                 static_cast<std::uint64_t>(f.access) << kFieldAccessShift |
                 place << kFieldPlaceShift);
}
Field field_of(Word w) {
  const auto bits = static_cast<std::uint64_t>(small_int(w));
  return {static_cast<ElementType>(bits & 0xff),
          static_cast<FieldAccess>(bits >> kFieldAccessShift & 0xff), bits >> kFieldPlaceShift};
}

// Why these cannot be the fields of a layout; empty if they can.
std::string flaw_in(std::span<const FieldSpec> fields) {
  if (fields.size() > kLayoutFieldsMax)
    return std::to_string(fields.size()) + " fields, of at most " +
           std::to_string(kLayoutFieldsMax);
  std::vector<std::uint64_t> names;
  for (const FieldSpec& f : fields) {
    if (!is_keyword(f.name)) return "a field's name is a keyword";
    if (f.type >= ElementType::kEnd || f.access >= FieldAccess::kEnd) return "no such type";
    if (f.type == ElementType::kWord && f.access != FieldAccess::kImmutable)
      return "a field of any value is immutable; what changes and refers to others is an atom";
    names.push_back(f.name.bits);
  }
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end() ? ""
                                                                       : "two fields of one name";
}

// The words of a layout of these fields, which have no flaw.
std::vector<Word> layout_words(std::span<const FieldSpec> fields) {
  std::vector<std::uint32_t> order(fields.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return element_bytes(fields[a].type) > element_bytes(fields[b].type);
  });
  std::vector<Word> words(LayoutField::kFields + 2 * fields.size());
  std::uint64_t bytes = 0;
  std::uint64_t word_count = 0;
  std::uint64_t widest = 1;
  for (const std::uint32_t i : order) {
    const bool is_word = fields[i].type == ElementType::kWord;
    const std::uint64_t size = element_bytes(fields[i].type);
    words[LayoutField::kFields + 2 * i] = fields[i].name;
    words[LayoutField::kFields + 2 * i + 1] = descriptor(fields[i], is_word ? word_count : bytes);
    (is_word ? word_count : bytes) += is_word ? 1 : size;
    if (!is_word) widest = std::max(widest, size);
  }
  words[LayoutField::kRowBytes] = integer(round_up(bytes, widest));
  words[LayoutField::kWordCount] = integer(word_count);
  return words;
}

// In columns there is room for so many rows, so that every column starts on a granule, and on a
// line where there are many. A field at byte p of a row has its column at byte p * room.
std::uint64_t column_room(std::uint64_t rows) {
  return round_up(rows, rows < kRawLine ? kGranule : kRawLine);
}
std::uint64_t raw_size(Arrangement arrangement, std::uint64_t rows, std::uint64_t row_bytes) {
  return row_bytes * (arrangement == Arrangement::kRows ? rows : column_room(rows));
}
std::uint64_t word_index(Arrangement arrangement, std::uint64_t rows, std::uint64_t word_count,
                         std::uint64_t row, std::uint64_t place) {
  return StructField::kWords +
         (arrangement == Arrangement::kRows ? row * word_count + place : place * rows + row);
}

// What no object can have, so that no product of it overflows.
constexpr std::uint64_t kRowsMax = kCapacityMax;

Status put(const Pin& pin, const Elements& cells, std::uint64_t row, Word w) {
  const auto number = scalar_of(pin, w);
  if (!number)
    return invalid_argument("the field takes a number, not a " + std::string(kind_name(w)));
  return cells.access() == FieldAccess::kAtomic ? cells.store(row, *number)
                                                : cells.set(row, *number);
}

Status no_field(const Pin& pin, Word name) {
  return invalid_argument(is_keyword(name) ? "no field :" + std::string(name_of(pin, name))
                                           : "a field's name is a keyword, not a " +
                                                 std::string(kind_name(name)));
}

}  // namespace

// ---- layout -------------------------------------------------------------------------------------

StatusOr<Layout> Layout::declare(Edit& edit, std::span<const FieldSpec> fields) {
  const std::string flaw = flaw_in(fields);
  if (!flaw.empty()) return invalid_argument("a layout: " + flaw);
  const std::vector<Word> words = layout_words(fields);
  return Layout{make_record(edit, ObjectKind::kLayout, words.data(),
                            static_cast<std::uint32_t>(words.size()))};
}

Field Layout::field_at(const Pin& pin, std::uint32_t index) const {
  return field_of(field(pin, word, LayoutField::kFields + 2 * index + 1));
}

std::optional<Field> Layout::find(const Pin& pin, Word wanted) const {
  const std::uint32_t count = field_count(pin);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (name(pin, i) == wanted) return field_at(pin, i);
  }
  return std::nullopt;
}

bool is_sound_layout(std::span<const Word> words) {
  if (words.size() < LayoutField::kFields || (words.size() - LayoutField::kFields) % 2 != 0)
    return false;
  std::vector<FieldSpec> fields;
  for (std::size_t i = LayoutField::kFields; i < words.size(); i += 2) {
    if (!is_small_int(words[i + 1])) return false;
    const Field f = field_of(words[i + 1]);
    fields.push_back({words[i], f.type, f.access});
  }
  return flaw_in(fields).empty() && std::ranges::equal(layout_words(fields), words);
}

// ---- struct -------------------------------------------------------------------------------------

StatusOr<Struct> Struct::make(Edit& edit, Layout layout, Arrangement arrangement,
                              std::uint64_t rows, std::span<const Word> values) {
  const Pin& pin = edit.pin();
  const std::uint32_t fields = layout.field_count(pin);
  const std::uint64_t word_count = layout.word_count(pin);
  const std::uint64_t capacity = pin.worker().domain().capacity();
  if (rows > kRowsMax || rows * word_count > capacity / sizeof(Word))
    return resource_exhausted("a struct that is larger than its domain");
  const bool each = values.size() == rows * fields;
  if (!values.empty() && values.size() != fields && !each) {
    return invalid_argument(std::to_string(values.size()) + " values for " + std::to_string(rows) +
                            " rows of " + std::to_string(fields) + " fields");
  }
  const auto value = [&](std::uint64_t row, std::uint32_t i) {
    return values.empty() ? kAbsent : values[static_cast<std::size_t>(each ? row * fields + i : i)];
  };

  std::vector<Word> words(static_cast<std::size_t>(StructField::kWords + rows * word_count), kNil);
  words[StructField::kLayout] = layout.word;
  words[StructField::kIdentity] = draw_identity(pin);
  words[StructField::kShape] = integer(rows << 1 | static_cast<std::uint64_t>(arrangement));
  for (std::uint32_t i = 0; i < fields; ++i) {
    const Field f = layout.field_at(pin, i);
    if (f.type != ElementType::kWord) continue;
    for (std::uint64_t row = 0; row < rows; ++row) {
      const Word w = value(row, i);
      if (is_absent(w)) continue;
      words[static_cast<std::size_t>(word_index(arrangement, rows, word_count, row, f.place))] = w;
    }
  }

  // In the slab, so that it need not move, unless it refers to what will.
  Domain& domain = pin.worker().domain();
  const bool moves = std::any_of(words.begin(), words.end(), [&](Word w) {
    return is_reference(w) && domain.is_private(object_offset(w));
  });
  Edit slab = Edit::in_slab(pin);
  auto made = make_raw_record(moves ? edit : slab, ObjectKind::kStruct, words,
                              raw_size(arrangement, rows, layout.row_bytes(pin)));
  if (!made.ok()) return made.status();
  const Struct result{word_of(pin, *made)};
  for (std::uint32_t i = 0; i < fields && !values.empty(); ++i) {
    Field f = layout.field_at(pin, i);
    if (f.type == ElementType::kWord) continue;
    f.access = FieldAccess::kMutable;  // nobody has seen it yet
    const Elements cells = result.column(pin, f);
    for (std::uint64_t row = 0; row < rows; ++row) {
      const Word w = value(row, i);
      Status done = is_absent(w) ? Status() : put(pin, cells, row, w);
      if (!done.ok()) return done;
    }
  }
  return result;
}

Elements Struct::column(const Pin& pin, const Field& f) const {
  const std::uint64_t count = rows(pin);
  std::byte* raw = record_raw(header_of(pin, word));
  if (arrangement(pin) == Arrangement::kColumns)
    return {raw + f.place * column_room(count), count, element_bytes(f.type), f.type, f.access};
  return {raw + f.place, count, layout(pin).row_bytes(pin), f.type, f.access};
}

StatusOr<Elements> Struct::column(const Pin& pin, Word name) const {
  const auto f = layout(pin).find(pin, name);
  if (!f) return no_field(pin, name);
  if (f->type == ElementType::kWord)
    return invalid_argument("field :" + std::string(name_of(pin, name)) + " holds no numbers");
  return column(pin, *f);
}

Word Struct::word_at(const Pin& pin, std::uint64_t row, const Field& f) const {
  const std::uint64_t index =
      word_index(arrangement(pin), rows(pin), layout(pin).word_count(pin), row, f.place);
  return field(pin, word, static_cast<std::uint32_t>(index));
}

Word Struct::get(Edit& edit, std::uint64_t row, Word name) const {
  const Pin& pin = edit.pin();
  const auto f = layout(pin).find(pin, name);
  if (!f || row >= rows(pin)) return kAbsent;
  if (f->type == ElementType::kWord) return word_at(pin, row, *f);
  const Elements cells = column(pin, *f);
  return scalar_word(edit, f->access == FieldAccess::kAtomic ? *cells.load(row) : *cells.get(row));
}

Status Struct::set(const Pin& pin, std::uint64_t row, Word name, Word number) const {
  const auto cells = column(pin, name);
  return cells.ok() ? put(pin, *cells, row, number) : cells.status();
}

bool is_sound_struct(const Pin& pin, const ObjectHeader& h) {
  const Word* words = record_words(&h);
  const Word shape = words[StructField::kShape];
  if (!Layout::is(words[StructField::kLayout]) || !is_small_int(words[StructField::kIdentity]) ||
      !is_small_int(shape) || small_int(shape) < 0) {
    return false;
  }
  const Layout layout{words[StructField::kLayout]};
  const std::uint64_t rows = static_cast<std::uint64_t>(small_int(shape)) >> 1;
  if (rows > kRowsMax) return false;
  const auto arrangement = static_cast<Arrangement>(small_int(shape) & 1);
  return raw_record_fits(h, StructField::kWords + rows * layout.word_count(pin),
                         raw_size(arrangement, rows, layout.row_bytes(pin)));
}

}  // namespace yin::substrate
