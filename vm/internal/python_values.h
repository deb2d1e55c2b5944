#pragma once

// Python's values as words, and what all of Python's primitives share.
//
//   None, bool, int, float, str   nil, boolean, integer of any size, double, string
//   tuple                         vector
//   list, dict, set               an atom, which is the object's identity; it holds
//     list                          a vector
//     dict                          a map: key as compared -> [order key value], and kDictMark ->
//                                   the next order
//     set                           the same with kSetMark and [order key]
//   function                      closure or primitive
//   range, views, iterators       a list that begins with its kind's mark (ast/python_words.h)
//   exception                     an error (vm/error.h); its class stands in its message
//
// A change of a list, dict or set is one change of its atom, so that everyone who has the object
// sees it. Keys are compared as Python compares them: 1, 1.0 and True are one key. An iterator has
// no state: who iterates counts, and asks for the item of that number (the reader lets no iterator
// be used twice).
//
// All functions that give a bool or a Word tell the context what is wrong and give false or
// kSignalled. Values nested deeper than kDepthMax are an error, as they are in Python.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/map.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "vm/internal/primitives.h"

namespace yin::vm::internal::python {

inline constexpr int kDepthMax = 500;
// Of a range's numbers: one step beyond either end is still an integer of a word.
inline constexpr std::int64_t kRangeMax = std::int64_t{1} << 60;

enum class Kind : std::uint8_t {
  kNone,
  kBool,
  kInt,
  kFloat,
  kStr,
  kTuple,
  kList,
  kDict,
  kSet,
  kFunction,
  kRange,
  kView,
  kIterator,
  kException,
  kExpired,  // the pin was given up: the context knows
  kOther,    // nothing of Python's
};

// A value with what stands in its box, if it has one.
struct Object {
  Kind kind = Kind::kNone;
  substrate::Word word;
  substrate::Word content;  // of a list, dict or set; else the word itself
};

Object look(PrimitiveContext& c, substrate::Word w);
std::string_view type_name(PrimitiveContext& c, substrate::Word w);
inline bool is_number(Kind k) { return k == Kind::kBool || k == Kind::kInt || k == Kind::kFloat; }
inline bool is_whole(Kind k) { return k == Kind::kBool || k == Kind::kInt; }

substrate::Word type_error(PrimitiveContext& c, const std::string& what);
substrate::Word value_error(PrimitiveContext& c, const std::string& what);
substrate::Word index_error(PrimitiveContext& c, const std::string& what);
substrate::Word key_error(PrimitiveContext& c, substrate::Word key);
substrate::Word zero_error(PrimitiveContext& c, const std::string& what);
substrate::Word refuse(PrimitiveContext& c, const std::string& what);

// A bool as the integer it is; other words as they are.
substrate::Word as_number(substrate::Word w);
// An integer that fits 64 bits; `what` stands in the error.
bool to_index(PrimitiveContext& c, substrate::Word w, std::int64_t& out);

// ---- dicts and sets, by content -----------------------------------------------------------------

struct Entry {
  std::int64_t order;
  substrate::Word key;
  substrate::Word value;
};

// The key as it is compared. kSignalled: it cannot be hashed.
substrate::Word hash_key(PrimitiveContext& c, substrate::Word key, int depth = 0);
substrate::Word empty_table(PrimitiveContext& c, Kind kind);
std::uint64_t table_count(PrimitiveContext& c, substrate::Word table);
std::vector<Entry> entries_of(PrimitiveContext& c, substrate::Word table);  // in order
// The value, or a set's own item; kAbsent when there is none.
substrate::Word table_find(PrimitiveContext& c, substrate::Word table, substrate::Word key);
substrate::Word table_put(PrimitiveContext& c, substrate::Word table, substrate::Word key,
                          substrate::Word value);
substrate::Word table_remove(PrimitiveContext& c, substrate::Word table, substrate::Word key);

// ---- iteration ----------------------------------------------------------------------------------

// What a for loop takes items from; kSignalled: not iterable.
substrate::Word make_iterator(PrimitiveContext& c, substrate::Word w);
// Item number `at`, or kEnd.
substrate::Word item_of(PrimitiveContext& c, substrate::Word iterator, std::int64_t at,
                        int depth = 0);
bool all_items(PrimitiveContext& c, substrate::Word w, std::vector<substrate::Word>& items);

struct Range {
  std::int64_t start, stop, step;
  [[nodiscard]] std::int64_t count() const;
};
Range range_of(PrimitiveContext& c, substrate::Word range);

// ---- meaning ------------------------------------------------------------------------------------

bool truth(PrimitiveContext& c, substrate::Word w, bool& out);
bool equal(PrimitiveContext& c, substrate::Word a, substrate::Word b, bool& out, int depth = 0);
// -1, 0, 1, or 2 when they are not ordered (NaN); false when the types are not. `sign` stands in
// the error.
bool order(PrimitiveContext& c, std::string_view sign, substrate::Word a, substrate::Word b,
           int& out, int depth = 0);
bool contains(PrimitiveContext& c, substrate::Word container, substrate::Word item, bool& out);

enum class Shown : std::uint8_t { kStr, kRepr };
bool append_shown(PrimitiveContext& c, std::string& text, substrate::Word w, Shown how,
                  int depth = 0);
std::string float_text(double v);
std::string quoted(std::string_view text);

// A value in a format's form: f"{value:spec}".
bool append_formatted(PrimitiveContext& c, std::string& text, substrate::Word w,
                      std::string_view spec);

// value.NAME(arguments), of methods that change nothing. kAbsent: there is no such method here.
substrate::Word call_text_method(PrimitiveContext& c, std::string_view name, substrate::Word text,
                                 Arguments a);

// A new list, dict or set with this content: asks for an atom.
substrate::Word make_box(PrimitiveContext& c, substrate::Word content);
substrate::Word make_list(PrimitiveContext& c, std::span<const substrate::Word> items);
substrate::Word tuple_of(PrimitiveContext& c, std::span<const substrate::Word> items);

// ---- exceptions -----------------------------------------------------------------------------------

// An exception of that class, a string or what stands in an error's data (ast/python_words.h), made
// with these arguments.
substrate::Word make_exception(PrimitiveContext& c, substrate::Word classes, Arguments a);
substrate::Word make_exception(PrimitiveContext& c, std::string_view class_name, Arguments a);
std::string_view exception_class(PrimitiveContext& c, substrate::Word error);
// What it was made with: a tuple.
substrate::Word exception_arguments(PrimitiveContext& c, substrate::Word error);
// Is it of that class, or one of those below it? What is not supported here is of none, and goes
// through every `except`: nothing is to hide that a program means something else in Python.
bool catches(PrimitiveContext& c, substrate::Word error, std::string_view class_name);
bool append_exception(PrimitiveContext& c, std::string& text, substrate::Word error, Shown how,
                      int depth);

// ---- text by code points ------------------------------------------------------------------------

std::size_t character_count(std::string_view text);
std::vector<std::string_view> characters(std::string_view text);

}  // namespace yin::vm::internal::python
