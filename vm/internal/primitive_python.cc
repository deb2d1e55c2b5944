// What Python's operators, built-in functions and methods mean (python_values.h has the values).
//
// Each is a primitive called python/NAME: the reader writes calls of them. What takes functions,
// and what changes an object in place, stands in vm/python.clj over these.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "substrate/number.h"
#include "substrate/root.h"
#include "ast/python_words.h"
#include "vm/error.h"
#include "vm/internal/primitives.h"
#include "vm/internal/python_values.h"

namespace yin::vm::internal {
namespace python {

using substrate::boolean_word;
using substrate::int_word;
using substrate::kAbsent;
using substrate::kNil;
using substrate::List;
using substrate::Map;
using substrate::StringView;
using substrate::Vector;
using substrate::Word;

namespace {

namespace marks = ast::python;
using Words = std::vector<Word>;

std::string text_of(PrimitiveContext& c, Word w) { return substrate::to_string(c.pin(), w); }

// Arguments that the reader writes; anybody else may call these primitives too.
bool are_texts(PrimitiveContext& c, Arguments a) {
  if (std::ranges::all_of(a, substrate::is_string)) return true;
  type_error(c, "a name is needed here");
  return false;
}
bool are_counts(PrimitiveContext& c, Arguments a) {
  const auto is_count = [](Word w) {
    return substrate::is_small_int(w) && substrate::small_int(w) >= 0 &&
           substrate::small_int(w) < kRangeMax;
  };
  if (std::ranges::all_of(a, is_count)) return true;
  type_error(c, "a count is needed here");
  return false;
}

// ------------------------------------------------------------------------------------- arithmetic

std::string named_types(PrimitiveContext& c, Word a, Word b) {
  return "'" + std::string(type_name(c, a)) + "' and '" + std::string(type_name(c, b)) + "'";
}

Word bad_operands(PrimitiveContext& c, std::string_view sign, Word a, Word b) {
  return type_error(
      c, "unsupported operand type(s) for " + std::string(sign) + ": " + named_types(c, a, b));
}

Word result(PrimitiveContext& c, substrate::NumberResult r) {
  if (r.ok()) return r.word;
  if (r.fault == substrate::NumberFault::kDivideByZero) return zero_error(c, "division by zero");
  return c.fail("arithmetic", "OverflowError: " + std::string(substrate::message_of(r.fault)));
}

// The double of a number; false: an integer too large for one.
bool to_float(PrimitiveContext& c, Word w, double& out) {
  out = substrate::to_real(c.pin(), as_number(w));
  if (!std::isinf(out) || substrate::is_double(w)) return true;
  c.fail("arithmetic", "OverflowError: int too large to convert to float");
  return false;
}

// Both operands as doubles, if one of them is a float: 0 no, 1 yes, -1 an error was told.
int as_floats(PrimitiveContext& c, const Object& a, const Object& b, double& x, double& y) {
  if (a.kind != Kind::kFloat && b.kind != Kind::kFloat) return 0;
  return to_float(c, a.word, x) && to_float(c, b.word, y) ? 1 : -1;
}

Word repeated(PrimitiveContext& c, const Object& o, Word times) {
  std::int64_t n;
  if (!to_index(c, times, n)) return kSignalled;
  n = std::max<std::int64_t>(n, 0);
  const auto count = static_cast<std::uint64_t>(n);
  if (o.kind == Kind::kStr) {
    const std::string one = text_of(c, o.word);
    if (!one.empty() && count > kTextMax / one.size()) {
      return c.fail("memory", "MemoryError: a string of more than 256 MiB");
    }
    std::string all;
    for (; n > 0 && !one.empty(); --n) all += one;
    return text_word(c, all);
  }
  const std::uint64_t size = Vector{o.content}.count(c.pin());
  if (size != 0 && count > (std::uint64_t{1} << 32) / size) {
    return c.fail("memory", "MemoryError: a sequence of more than 2^32 items");
  }
  if (!has_room(c, "a sequence", size * count)) return kSignalled;
  Words one, all;
  each_item(c, o.content, [&](Word w) { return one.push_back(w), true; });
  for (; n > 0 && !one.empty(); --n) all.insert(all.end(), one.begin(), one.end());
  return o.kind == Kind::kList ? make_list(c, all) : tuple_of(c, all);
}

Word set_operation(PrimitiveContext& c, char sign, const Object& a, const Object& b) {
  Word out = empty_table(c, Kind::kSet);
  const auto take = [&](const Object& from, const Object& other, bool wanted) {
    for (const Entry& e : entries_of(c, from.content)) {
      if (out == kSignalled) return;
      const bool there = !substrate::is_absent(table_find(c, other.content, e.key));
      if (there == wanted) out = table_put(c, out, e.key, e.key);
    }
  };
  if (sign == '|') out = a.content;
  if (sign == '&') take(a, b, true);
  if (sign == '-' || sign == '^') take(a, b, false);
  if (sign == '^' || sign == '|') take(b, a, false);
  return make_box(c, out);
}

Word add(PrimitiveContext& c, Arguments a) {
  if (substrate::is_small_int(a[0]) && substrate::is_small_int(a[1])) {
    return substrate::from_int(c.edit, substrate::small_int(a[0]) + substrate::small_int(a[1]));
  }
  const Object x = look(c, a[0]), y = look(c, a[1]);
  if (is_number(x.kind) && is_number(y.kind)) {
    double p, q;
    if (const int floats = as_floats(c, x, y, p, q); floats != 0) {
      return floats < 0 ? kSignalled : substrate::from_double(c.edit, p + q);
    }
    return result(c, substrate::add(c.edit, as_number(a[0]), as_number(a[1])));
  }
  if (x.kind == Kind::kStr && y.kind == Kind::kStr) {
    return text_word(c, text_of(c, a[0]) + text_of(c, a[1]));
  }
  if (x.kind == y.kind && (x.kind == Kind::kTuple || x.kind == Kind::kList)) {
    if (!has_room(c, "+", 1024)) return kSignalled;
    const Word all = Vector{x.content}.concat(c.edit, {y.content}).word;
    return x.kind == Kind::kList ? make_box(c, all) : all;
  }
  if (x.kind == Kind::kStr) {
    return type_error(
        c, "can only concatenate str (not \"" + std::string(type_name(c, a[1])) + "\") to str");
  }
  return bad_operands(c, "+", a[0], a[1]);
}

Word subtract(PrimitiveContext& c, Arguments a) {
  if (substrate::is_small_int(a[0]) && substrate::is_small_int(a[1])) {
    return substrate::from_int(c.edit, substrate::small_int(a[0]) - substrate::small_int(a[1]));
  }
  const Object x = look(c, a[0]), y = look(c, a[1]);
  if (x.kind == Kind::kSet && y.kind == Kind::kSet) return set_operation(c, '-', x, y);
  if (!is_number(x.kind) || !is_number(y.kind)) return bad_operands(c, "-", a[0], a[1]);
  double p, q;
  if (const int floats = as_floats(c, x, y, p, q); floats != 0) {
    return floats < 0 ? kSignalled : substrate::from_double(c.edit, p - q);
  }
  return result(c, substrate::subtract(c.edit, as_number(a[0]), as_number(a[1])));
}

Word multiply(PrimitiveContext& c, Arguments a) {
  const Object x = look(c, a[0]), y = look(c, a[1]);
  if (is_number(x.kind) && is_number(y.kind)) {
    double p, q;
    if (const int floats = as_floats(c, x, y, p, q); floats != 0) {
      return floats < 0 ? kSignalled : substrate::from_double(c.edit, p * q);
    }
    return result(c, substrate::multiply(c.edit, as_number(a[0]), as_number(a[1])));
  }
  const auto sequence = [](Kind k) {
    return k == Kind::kStr || k == Kind::kTuple || k == Kind::kList;
  };
  if (sequence(x.kind) && is_whole(y.kind)) return repeated(c, x, a[1]);
  if (is_whole(x.kind) && sequence(y.kind)) return repeated(c, y, a[0]);
  if (sequence(x.kind) || sequence(y.kind)) {
    const Word other = sequence(x.kind) ? a[1] : a[0];
    return type_error(
        c, "can't multiply sequence by non-int of type '" + std::string(type_name(c, other)) + "'");
  }
  return bad_operands(c, "*", a[0], a[1]);
}

Word true_divide(PrimitiveContext& c, Arguments a) {
  const Object x = look(c, a[0]), y = look(c, a[1]);
  if (!is_number(x.kind) || !is_number(y.kind)) return bad_operands(c, "/", a[0], a[1]);
  double p, q;
  const int floats = as_floats(c, x, y, p, q);
  if (floats < 0) return kSignalled;
  if (floats > 0) {
    if (q == 0) return zero_error(c, "float division by zero");
    return substrate::from_double(c.edit, p / q);
  }
  if (as_number(a[1]) == int_word(0)) return zero_error(c, "division by zero");
  // The quotient as a ratio, and the double nearest to that: rounded once.
  const auto exact = substrate::divide(c.edit, as_number(a[0]), as_number(a[1]));
  if (!exact.ok()) return result(c, exact);
  const double v = substrate::to_real(c.pin(), exact.word);
  if (std::isinf(v)) {
    return c.fail("arithmetic", "OverflowError: integer division result too large for a float");
  }
  return substrate::from_double(c.edit, v);
}

// floor(a / b) and what it leaves, which has b's sign.
struct Floored {
  Word quotient = kSignalled;
  Word rest = kSignalled;
};

Floored floor_floats(PrimitiveContext& c, double a, double b, std::string_view what) {
  if (b == 0) return zero_error(c, std::string(what)), Floored{};
  double rest = std::fmod(a, b);
  double quotient = (a - rest) / b;
  if (rest != 0) {
    if ((b < 0) != (rest < 0)) rest += b, quotient -= 1;
  } else {
    rest = std::copysign(0.0, b);
  }
  if (quotient != 0) {
    const double below = std::floor(quotient);
    quotient = quotient - below > 0.5 ? below + 1 : below;
  } else {
    quotient = std::copysign(0.0, a / b);
  }
  return {substrate::from_double(c.edit, quotient), substrate::from_double(c.edit, rest)};
}

Floored floor_integers(PrimitiveContext& c, std::string_view sign, Word a, Word b) {
  if (b == int_word(0)) {
    return zero_error(
               c, sign == "%" ? "integer modulo by zero" : "integer division or modulo by zero"),
           Floored{};
  }
  auto quotient = substrate::quotient(c.edit, a, b);
  auto rest = substrate::remainder(c.edit, a, b);
  if (!quotient.ok() || !rest.ok()) return result(c, quotient), Floored{};
  const int rest_sign = substrate::sign_of(c.pin(), rest.word);
  if (rest_sign != 0 && rest_sign != substrate::sign_of(c.pin(), b)) {
    quotient = substrate::subtract(c.edit, quotient.word, int_word(1));
    rest = substrate::add(c.edit, rest.word, b);
  }
  return {result(c, quotient), result(c, rest)};
}

Floored floored(PrimitiveContext& c, std::string_view sign, Arguments a) {
  const Object x = look(c, a[0]), y = look(c, a[1]);
  if (!is_number(x.kind) || !is_number(y.kind)) {
    return bad_operands(c, sign, a[0], a[1]), Floored{};
  }
  double p, q;
  const int floats = as_floats(c, x, y, p, q);
  if (floats < 0) return {};
  if (floats > 0) {
    return floor_floats(c, p, q,
                        sign == "//"  ? "float floor division by zero"
                        : sign == "%" ? "float modulo"
                                      : "float divmod()");
  }
  return floor_integers(c, sign, as_number(a[0]), as_number(a[1]));
}

Word floor_divide(PrimitiveContext& c, Arguments a) { return floored(c, "//", a).quotient; }
Word modulo(PrimitiveContext& c, Arguments a) {
  if (substrate::is_string(a[0])) return refuse(c, "formatting by %; f\"...\" does it, which");
  return floored(c, "%", a).rest;
}
Word divmod(PrimitiveContext& c, Arguments a) {
  const Floored f = floored(c, "divmod()", a);
  if (f.quotient == kSignalled) return kSignalled;
  const Word pair[] = {f.quotient, f.rest};
  return tuple_of(c, pair);
}

Word integer_power(PrimitiveContext& c, Word base, std::int64_t n) {
  Word power = int_word(1);
  for (;;) {
    if ((n & 1) != 0) {
      const auto r = substrate::multiply(c.edit, power, base);
      if (!r.ok()) return result(c, r);
      power = r.word;
    }
    n >>= 1;
    if (n == 0) return power;
    if (!has_room(c, "**", 1 << 14)) return kSignalled;
    const auto r = substrate::multiply(c.edit, base, base);
    if (!r.ok()) return result(c, r);
    base = r.word;
  }
}

Word power(PrimitiveContext& c, Arguments a) {
  const Object x = look(c, a[0]), y = look(c, a[1]);
  if (!is_number(x.kind) || !is_number(y.kind)) {
    return bad_operands(c, "** or pow()", a[0], a[1]);
  }
  double p, q;
  const int floats = as_floats(c, x, y, p, q);
  if (floats < 0) return kSignalled;
  if (floats == 0) {
    const Word exponent = as_number(a[1]);
    const int sign = substrate::sign_of(c.pin(), exponent);
    if (sign >= 0) {
      std::int64_t n;
      if (!to_index(c, exponent, n)) return kSignalled;
      return integer_power(c, as_number(a[0]), n);
    }
    if (!to_float(c, a[0], p) || !to_float(c, a[1], q)) return kSignalled;
  }
  if (p == 0 && q < 0) return zero_error(c, "0.0 cannot be raised to a negative power");
  if (p < 0 && std::isfinite(p) && std::isfinite(q) && q != std::trunc(q)) {
    return refuse(c, "a complex number, the power of a negative number by a fraction,");
  }
  const double v = std::pow(p, q);
  if (std::isinf(v) && std::isfinite(p) && std::isfinite(q)) {
    return c.fail("arithmetic", "OverflowError: (34, 'Numerical result out of range')");
  }
  return substrate::from_double(c.edit, v);
}

Word negate(PrimitiveContext& c, Arguments a) {
  const Object x = look(c, a[0]);
  if (x.kind == Kind::kFloat) {
    return substrate::from_double(c.edit, -substrate::to_double(c.pin(), a[0]));
  }
  if (is_number(x.kind)) return result(c, substrate::negate(c.edit, as_number(a[0])));
  return type_error(c, "bad operand type for unary -: '" + std::string(type_name(c, a[0])) + "'");
}
Word posit(PrimitiveContext& c, Arguments a) {
  if (is_number(look(c, a[0]).kind)) return as_number(a[0]);
  return type_error(c, "bad operand type for unary +: '" + std::string(type_name(c, a[0])) + "'");
}
Word invert(PrimitiveContext& c, Arguments a) {
  if (!is_whole(look(c, a[0]).kind)) {
    return type_error(c, "bad operand type for unary ~: '" + std::string(type_name(c, a[0])) + "'");
  }
  return result(c, substrate::subtract(c.edit, int_word(-1), as_number(a[0])));
}

template <char kSign>
Word bitwise(PrimitiveContext& c, Arguments a) {
  const Object x = look(c, a[0]), y = look(c, a[1]);
  if (x.kind == Kind::kSet && y.kind == Kind::kSet) return set_operation(c, kSign, x, y);
  const char sign[] = {kSign, 0};
  if (x.kind == Kind::kDict && y.kind == Kind::kDict && kSign == '|') {
    Word out = x.content;
    for (const Entry& e : entries_of(c, y.content)) {
      out = table_put(c, out, e.key, e.value);
      if (out == kSignalled) return out;
    }
    return make_box(c, out);
  }
  if (!is_whole(x.kind) || !is_whole(y.kind)) return bad_operands(c, sign, a[0], a[1]);
  const Word m = as_number(a[0]), n = as_number(a[1]);
  if (!substrate::is_int(m) || !substrate::is_int(n)) {
    return result(c, kSign == '&'   ? substrate::bit_and(c.edit, m, n)
                     : kSign == '|' ? substrate::bit_or(c.edit, m, n)
                                    : substrate::bit_xor(c.edit, m, n));
  }
  const std::int64_t v = substrate::to_int(c.pin(), m), w = substrate::to_int(c.pin(), n);
  const std::int64_t r = kSign == '&' ? v & w : kSign == '|' ? v | w : v ^ w;
  if (x.kind == Kind::kBool && y.kind == Kind::kBool) return boolean_word(r != 0);
  return substrate::from_int(c.edit, r);
}

Word shift(PrimitiveContext& c, Arguments a, std::string_view sign) {
  if (!is_whole(look(c, a[0]).kind) || !is_whole(look(c, a[1]).kind)) {
    return bad_operands(c, sign, a[0], a[1]);
  }
  std::int64_t n;
  if (!to_index(c, a[1], n)) return kSignalled;
  if (n < 0) return value_error(c, "negative shift count");
  const Word value = as_number(a[0]);
  if (value == int_word(0)) return value;
  const Word factor = integer_power(c, int_word(2), n);
  if (factor == kSignalled) return kSignalled;
  if (sign == "<<") return result(c, substrate::multiply(c.edit, value, factor));
  return floor_integers(c, sign, value, factor).quotient;
}
Word shift_left(PrimitiveContext& c, Arguments a) { return shift(c, a, "<<"); }
Word shift_right(PrimitiveContext& c, Arguments a) { return shift(c, a, ">>"); }

// ------------------------------------------------------------------------------------- comparison

bool is_subset(PrimitiveContext& c, const Object& a, const Object& b) {
  return std::ranges::all_of(entries_of(c, a.content), [&](const Entry& e) {
    return !substrate::is_absent(table_find(c, b.content, e.key));
  });
}

// '<' and '>' of sets ask for a part, smaller than the whole.
Word compare_sets(PrimitiveContext& c, std::string_view sign, Object a, Object b) {
  if (sign[0] == '>') std::swap(a, b);
  const bool smaller = table_count(c, a.content) < table_count(c, b.content);
  return boolean_word(is_subset(c, a, b) && (sign.size() == 2 || smaller));
}

template <char kSign, bool kOrEqual>
Word compare(PrimitiveContext& c, Arguments a) {
  if (substrate::is_small_int(a[0]) && substrate::is_small_int(a[1])) {
    const std::int64_t x = substrate::small_int(a[0]), y = substrate::small_int(a[1]);
    return boolean_word(kSign == '<' ? (kOrEqual ? x <= y : x < y) : (kOrEqual ? x >= y : x > y));
  }
  const char text[] = {kSign, '='};
  const std::string_view sign(text, kOrEqual ? 2 : 1);
  const Object x = look(c, a[0]), y = look(c, a[1]);
  if (x.kind == Kind::kSet && y.kind == Kind::kSet) return compare_sets(c, sign, x, y);
  int found = 0;
  if (!order(c, sign, a[0], a[1], found)) return kSignalled;
  if (found == 2) return substrate::kFalse;
  return boolean_word((kOrEqual && found == 0) || found == (kSign == '<' ? -1 : 1));
}

Word equals(PrimitiveContext& c, Arguments a) {
  bool same = false;
  return equal(c, a[0], a[1], same) ? boolean_word(same) : kSignalled;
}
Word differs(PrimitiveContext& c, Arguments a) {
  bool same = false;
  return equal(c, a[0], a[1], same) ? boolean_word(!same) : kSignalled;
}

// What `is` may be asked of: None, booleans, and objects that have an identity.
Word is_same(PrimitiveContext& c, Arguments a) {
  for (const Word w : a) {
    const Kind k = look(c, w).kind;
    if (k == Kind::kExpired) return kSignalled;
    if (k == Kind::kNone || k == Kind::kBool) return boolean_word(a[0] == a[1]);
  }
  const Kind x = look(c, a[0]).kind, y = look(c, a[1]).kind;
  if (x != y) return substrate::kFalse;
  if (x == Kind::kList || x == Kind::kDict || x == Kind::kSet || x == Kind::kFunction) {
    return boolean_word(a[0] == a[1]);
  }
  return refuse(c,
                "`is` between two of " + std::string(type_name(c, a[0])) + "; compare with ==; it");
}

Word is_in(PrimitiveContext& c, Arguments a) {
  bool found = false;
  return contains(c, a[1], a[0], found) ? boolean_word(found) : kSignalled;
}

Word truth_of(PrimitiveContext& c, Arguments a) {
  bool out = false;
  return truth(c, a[0], out) ? boolean_word(out) : kSignalled;
}
Word negated(PrimitiveContext& c, Arguments a) {
  bool out = false;
  return truth(c, a[0], out) ? boolean_word(!out) : kSignalled;
}

// ------------------------------------------------------------------------------------- locals

Word unbound(PrimitiveContext& c, Word message) { return c.fail("unbound", text_of(c, message)); }
// (python/bound value message)
Word bound(PrimitiveContext& c, Arguments a) {
  if (!are_texts(c, a.subspan(1))) return kSignalled;
  return a[0] == marks::kUnbound ? unbound(c, a[1]) : a[0];
}
// (python/cell box message): a variable that functions share.
Word cell(PrimitiveContext& c, Arguments a) {
  if (!are_texts(c, a.subspan(1))) return kSignalled;
  if (!substrate::is_root(a[0], substrate::RootKind::kAtom)) {
    return type_error(c, "a variable's atom is needed here");
  }
  const auto read = substrate::read_root(c.pin(), substrate::root_ref(a[0]));
  if (read.outcome == substrate::RootRead::Outcome::kExpired) return c.expire();
  if (!read.ok()) return type_error(c, "the variable's atom was deleted");
  return read.value == marks::kUnbound ? unbound(c, a[1]) : read.value;
}
Word undefined(PrimitiveContext& c, Arguments a) {
  return are_texts(c, a) ? unbound(c, a[0]) : kSignalled;
}

Word is_box(PrimitiveContext&, Arguments a) {
  return boolean_word(substrate::is_root(a[0], substrate::RootKind::kAtom));
}

// ------------------------------------------------------------------------------------- collections

Word new_list(PrimitiveContext& c, Arguments a) {
  return Vector::is(a[0]) ? make_box(c, a[0]) : type_error(c, "a vector of items is needed here");
}

Word new_dict(PrimitiveContext& c, Arguments a) {
  Words items;
  if (!collect(c, "dict", a[0], items)) return kSignalled;
  Word table = empty_table(c, Kind::kDict);
  for (std::size_t i = 0; i + 1 < items.size() && table != kSignalled; i += 2) {
    table = table_put(c, table, items[i], items[i + 1]);
  }
  return make_box(c, table);
}

Word put_pairs(PrimitiveContext& c, Word table, Word from) {
  const Object o = look(c, from);
  if (o.kind == Kind::kDict) {
    for (const Entry& e : entries_of(c, o.content)) {
      table = table_put(c, table, e.key, e.value);
      if (table == kSignalled) return table;
    }
    return table;
  }
  Words pairs;
  if (!all_items(c, from, pairs)) return kSignalled;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    Words pair;
    if (!all_items(c, pairs[i], pair)) return kSignalled;
    if (pair.size() != 2) {
      return value_error(c, "dictionary update sequence element #" + std::to_string(i) +
                                " has length " + std::to_string(pair.size()) + "; 2 is required");
    }
    table = table_put(c, table, pair[0], pair[1]);
    if (table == kSignalled) return table;
  }
  return table;
}
// dict(mapping or pairs)
Word dict_from(PrimitiveContext& c, Arguments a) {
  return make_box(c, put_pairs(c, empty_table(c, Kind::kDict), a[0]));
}

Word put_all(PrimitiveContext& c, Word table, const Words& items) {
  for (const Word w : items) {
    table = table_put(c, table, w, w);
    if (table == kSignalled) break;
  }
  return table;
}
Word new_set(PrimitiveContext& c, Arguments a) {
  Words items;
  if (!collect(c, "set", a[0], items)) return kSignalled;
  return make_box(c, put_all(c, empty_table(c, Kind::kSet), items));
}

// The items of anything that can be iterated, as a tuple.
Word items(PrimitiveContext& c, Arguments a) {
  if (Vector::is(a[0])) return a[0];
  Words all;
  return all_items(c, a[0], all) ? tuple_of(c, all) : kSignalled;
}
Word iterator(PrimitiveContext& c, Arguments a) { return make_iterator(c, a[0]); }
Word next_item(PrimitiveContext& c, Arguments a) {
  return are_counts(c, a.subspan(1)) ? item_of(c, a[0], substrate::small_int(a[1])) : kSignalled;
}
Word is_end(PrimitiveContext&, Arguments a) { return boolean_word(a[0] == marks::kEnd); }

Word marked(PrimitiveContext& c, std::initializer_list<Word> parts) {
  return List::from(c.edit, std::span(parts.begin(), parts.size())).word;
}
Word enumerate(PrimitiveContext& c, Arguments a) {
  const Word from = make_iterator(c, a[0]);
  if (from == kSignalled) return from;
  if (!is_whole(look(c, a[1]).kind)) {
    return type_error(
        c, "'" + std::string(type_name(c, a[1])) + "' object cannot be interpreted as an integer");
  }
  return marked(c, {marks::kEnumerate, as_number(a[1]), from});
}
Word zip(PrimitiveContext& c, Arguments a) {
  Words parts = {marks::kZip};
  for (const Word w : a) {
    parts.push_back(make_iterator(c, w));
    if (parts.back() == kSignalled) return kSignalled;
  }
  return List::from(c.edit, parts).word;
}

bool length_of(PrimitiveContext& c, const Object& o, std::int64_t& out) {
  switch (o.kind) {
    case Kind::kStr:
      out = static_cast<std::int64_t>(character_count(StringView(c.pin(), o.word).view()));
      return true;
    case Kind::kTuple:
    case Kind::kList:
      out = static_cast<std::int64_t>(Vector{o.content}.count(c.pin()));
      return true;
    case Kind::kDict:
    case Kind::kSet:
      out = static_cast<std::int64_t>(table_count(c, o.content));
      return true;
    case Kind::kRange:
      out = range_of(c, o.word).count();
      return true;
    case Kind::kView: {
      Words all;
      if (!all_items(c, o.word, all)) return false;
      out = static_cast<std::int64_t>(all.size());
      return true;
    }
    default:
      type_error(c, "object of type '" + std::string(type_name(c, o.word)) + "' has no len()");
      return false;
  }
}

Word reversed(PrimitiveContext& c, Arguments a) {
  const Object o = look(c, a[0]);
  Word from = a[0];
  std::int64_t n;
  if (o.kind == Kind::kStr || o.kind == Kind::kDict || o.kind == Kind::kView) {
    const Word one[] = {a[0]};
    from = items(c, one);
    if (from == kSignalled) return from;
  } else if (o.kind == Kind::kSet || o.kind == Kind::kIterator) {
    return type_error(c, "'" + std::string(type_name(c, a[0])) + "' object is not reversible");
  }
  if (!length_of(c, look(c, from), n)) return kSignalled;
  return marked(c, {marks::kReversed, from, int_word(n)});
}

Word new_range(PrimitiveContext& c, const Range& r) {
  for (const std::int64_t v : {r.start, r.stop, r.step}) {
    if (v > kRangeMax || v < -kRangeMax) return refuse(c, "a range beyond 2^60");
  }
  return marked(c, {marks::kRange, int_word(r.start), int_word(r.stop), int_word(r.step)});
}

Word range(PrimitiveContext& c, Arguments a) {
  Range r{0, 0, 1};
  if (a.size() == 1) {
    if (!to_index(c, a[0], r.stop)) return kSignalled;
  } else {
    if (!to_index(c, a[0], r.start) || !to_index(c, a[1], r.stop)) return kSignalled;
    if (a.size() == 3 && !to_index(c, a[2], r.step)) return kSignalled;
  }
  if (r.step == 0) return value_error(c, "range() arg 3 must not be zero");
  return new_range(c, r);
}
template <std::int64_t Range::*kPart>
Word range_part(PrimitiveContext& c, Arguments a) {
  if (look(c, a[0]).kind != Kind::kRange) return type_error(c, "a range is needed here");
  return int_word(range_of(c, a[0]).*kPart);
}
// (python/range-goes-on? at stop step)
Word range_goes_on(PrimitiveContext& c, Arguments a) {
  if (!std::ranges::all_of(a, substrate::is_small_int)) return type_error(c, "integers are needed");
  const bool up = substrate::small_int(a[2]) > 0;
  const std::int64_t at = substrate::small_int(a[0]), stop = substrate::small_int(a[1]);
  return boolean_word(up ? at < stop : at > stop);
}

Word length(PrimitiveContext& c, Arguments a) {
  std::int64_t n;
  return length_of(c, look(c, a[0]), n) ? int_word(n) : kSignalled;
}

std::string_view sequence_name(Kind k) {
  return k == Kind::kList    ? "list"
         : k == Kind::kTuple ? "tuple"
         : k == Kind::kStr   ? "string"
                             : "range object";
}

// A position, counted from the end when negative. False: outside, or told.
bool position(PrimitiveContext& c, const Object& o, Word index, std::int64_t n, std::int64_t& at,
              std::string_view doing = "") {
  if (!is_whole(look(c, index).kind)) {
    type_error(c, std::string(o.kind == Kind::kRange ? "range" : sequence_name(o.kind)) +
                      " indices must be integers or slices, not " +
                      std::string(type_name(c, index)));
    return false;
  }
  if (!to_index(c, index, at)) return false;
  if (at < 0) at += n;
  if (at >= 0 && at < n) return true;
  index_error(c, std::string(sequence_name(o.kind)) + std::string(doing) + " index out of range");
  return false;
}

Word get_item(PrimitiveContext& c, Arguments a) {
  const Object o = look(c, a[0]);
  if (o.kind == Kind::kDict) {
    const Word found = table_find(c, o.content, a[1]);
    return substrate::is_absent(found) ? key_error(c, a[1]) : found;
  }
  const bool sequence = o.kind == Kind::kTuple || o.kind == Kind::kList || o.kind == Kind::kStr ||
                        o.kind == Kind::kRange;
  if (!sequence) {
    return type_error(c, "'" + std::string(type_name(c, a[0])) + "' object is not subscriptable");
  }
  std::int64_t n, at;
  if (!length_of(c, o, n) || !position(c, o, a[1], n, at)) return kSignalled;
  if (o.kind == Kind::kRange) {
    const Range r = range_of(c, a[0]);
    return substrate::from_int(c.edit, r.start + at * r.step);
  }
  if (o.kind == Kind::kStr) {
    const std::string text = text_of(c, a[0]);
    return substrate::from_string(c.edit, characters(text)[static_cast<std::size_t>(at)]);
  }
  return Vector{o.content}.nth(c.pin(), static_cast<std::uint64_t>(at));
}

// A slice of n items: from, to (without it) and step.
struct Cut {
  std::int64_t from, to, step;
};
bool cut_of(PrimitiveContext& c, Word low, Word high, Word step, std::int64_t n, Cut& cut) {
  cut.step = 1;
  for (const Word w : {low, high, step}) {
    const Kind k = look(c, w).kind;
    if (k == Kind::kNone || is_whole(k)) continue;
    type_error(c, "slice indices must be integers or None or have an __index__ method");
    return false;
  }
  if (!substrate::is_nil(step) && !to_index(c, step, cut.step)) return false;
  if (cut.step == 0) return value_error(c, "slice step cannot be zero"), false;
  const auto clamp = [&](Word w, std::int64_t otherwise, std::int64_t& out) {
    out = otherwise;
    if (substrate::is_nil(w)) return true;
    if (!to_index(c, w, out)) return false;
    if (out < 0) out += n;
    out = cut.step > 0 ? std::clamp<std::int64_t>(out, 0, n)
                       : std::clamp<std::int64_t>(out, -1, n - 1);
    return true;
  };
  return clamp(low, cut.step > 0 ? 0 : n - 1, cut.from) &&
         clamp(high, cut.step > 0 ? n : -1, cut.to);
}

// A part of a range is a range: of the places that the slice begins and ends at.
Word slice_of_range(PrimitiveContext& c, const Range& r, const Cut& cut) {
  std::int64_t step;
  if (__builtin_mul_overflow(r.step, cut.step, &step)) step = kRangeMax + 1;
  return new_range(c, {r.start + cut.from * r.step, r.start + cut.to * r.step, step});
}

// (python/slice value low high step)
Word slice(PrimitiveContext& c, Arguments a) {
  const Object o = look(c, a[0]);
  if (o.kind != Kind::kTuple && o.kind != Kind::kList && o.kind != Kind::kStr &&
      o.kind != Kind::kRange) {
    return type_error(c, "'" + std::string(type_name(c, a[0])) + "' object is not subscriptable");
  }
  std::int64_t n;
  Cut cut{};
  if (!length_of(c, o, n) || !cut_of(c, a[1], a[2], a[3], n, cut)) return kSignalled;
  if (o.kind == Kind::kRange) return slice_of_range(c, range_of(c, a[0]), cut);
  const auto each = [&](auto&& take) {
    for (std::int64_t i = cut.from; cut.step > 0 ? i < cut.to : i > cut.to; i += cut.step) {
      take(static_cast<std::size_t>(i));
      if (cut.step > n || cut.step < -n) break;
    }
  };
  if (o.kind == Kind::kStr) {
    const std::string text = text_of(c, a[0]);
    const auto all = characters(text);
    std::string out;
    each([&](std::size_t i) { out += all[i]; });
    return text_word(c, out);
  }
  Words out;
  each([&](std::size_t i) { out.push_back(Vector{o.content}.nth(c.pin(), i)); });
  return o.kind == Kind::kList ? make_list(c, out) : tuple_of(c, out);
}

// (python/unpack value count): exactly so many items.
Word unpack(PrimitiveContext& c, Arguments a) {
  Words found;
  if (!are_counts(c, a.subspan(1))) return kSignalled;
  const Kind k = look(c, a[0]).kind;
  if (k == Kind::kNone || is_number(k) || k == Kind::kFunction) {
    return type_error(c,
                      "cannot unpack non-iterable " + std::string(type_name(c, a[0])) + " object");
  }
  if (!all_items(c, a[0], found)) return kSignalled;
  const auto wanted = static_cast<std::size_t>(substrate::small_int(a[1]));
  if (found.size() < wanted) {
    return value_error(c, "not enough values to unpack (expected " + std::to_string(wanted) +
                              ", got " + std::to_string(found.size()) + ")");
  }
  if (found.size() > wanted) {
    return value_error(c, "too many values to unpack (expected " + std::to_string(wanted) + ")");
  }
  return tuple_of(c, found);
}
// (python/unpack-around value before after): the items before, what is between as a tuple, those
// after.
Word unpack_around(PrimitiveContext& c, Arguments a) {
  Words found;
  if (!are_counts(c, a.subspan(1))) return kSignalled;
  if (!all_items(c, a[0], found)) return kSignalled;
  const auto before = static_cast<std::size_t>(substrate::small_int(a[1]));
  const auto after = static_cast<std::size_t>(substrate::small_int(a[2]));
  if (found.size() < before + after) {
    return value_error(c, "not enough values to unpack (expected at least " +
                              std::to_string(before + after) + ", got " +
                              std::to_string(found.size()) + ")");
  }
  Words out(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(before));
  out.push_back(tuple_of(c, std::span(found).subspan(before, found.size() - before - after)));
  out.insert(out.end(), found.end() - static_cast<std::ptrdiff_t>(after), found.end());
  return tuple_of(c, out);
}

// ------------------------------------------------------------------------------------- functions

Word absolute(PrimitiveContext& c, Arguments a) {
  const Object x = look(c, a[0]);
  if (x.kind == Kind::kFloat) {
    return substrate::from_double(c.edit, std::fabs(substrate::to_double(c.pin(), a[0])));
  }
  if (!is_number(x.kind)) {
    return type_error(c, "bad operand type for abs(): '" + std::string(type_name(c, a[0])) + "'");
  }
  const Word w = as_number(a[0]);
  return substrate::sign_of(c.pin(), w) < 0 ? result(c, substrate::negate(c.edit, w)) : w;
}

template <Shown kHow>
Word shown(PrimitiveContext& c, Arguments a) {
  if (a.empty()) return text_word(c, "");
  std::string text;
  return append_shown(c, text, a[0], kHow) ? text_word(c, text) : kSignalled;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char b) { return b == ' ' || (b >= '\t' && b <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

int digit_of(char b) {
  if (b >= '0' && b <= '9') return b - '0';
  if (b >= 'a' && b <= 'z') return b - 'a' + 10;
  return b >= 'A' && b <= 'Z' ? b - 'A' + 10 : 99;
}

// Digits with single underscores between them, to the base; false: something else.
bool clean_digits(std::string_view text, std::int64_t base, std::string& digits) {
  bool last_digit = false;
  for (const char b : text) {
    if (b == '_' && last_digit) {
      last_digit = false;
    } else if (digit_of(b) < base) {
      digits += b;
      last_digit = true;
    } else {
      return false;
    }
  }
  return last_digit;
}

Word int_from_text(PrimitiveContext& c, Word w, std::int64_t base) {
  const std::string whole = text_of(c, w);
  std::string_view text = trimmed(whole);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::string_view prefix = text.substr(0, std::min<std::size_t>(text.size(), 2));
  const auto is_prefix = [&](std::string_view lower, std::string_view upper, std::int64_t of) {
    return (prefix == lower || prefix == upper) && base == of;
  };
  if (is_prefix("0x", "0X", 16) || is_prefix("0o", "0O", 8) || is_prefix("0b", "0B", 2)) {
    text.remove_prefix(2);
  }
  std::string digits;
  if (!clean_digits(text, base, digits)) {
    return value_error(
        c, "invalid literal for int() with base " + std::to_string(base) + ": " + quoted(whole));
  }
  if (base == 10) return result(c, substrate::parse_integer(c.edit, digits, negative));
  Word value = int_word(0);
  for (const char b : digits) {
    if (!has_room(c, "int", 1 << 13)) return kSignalled;
    const auto more = substrate::multiply(c.edit, value, int_word(base));
    if (!more.ok()) return result(c, more);
    value = result(c, substrate::add(c.edit, more.word, int_word(digit_of(b))));
    if (value == kSignalled) return value;
  }
  return negative ? result(c, substrate::negate(c.edit, value)) : value;
}

Word to_int(PrimitiveContext& c, Arguments a) {
  if (a.empty()) return int_word(0);
  const Object x = look(c, a[0]);
  if (a.size() == 2) {
    std::int64_t base;
    if (x.kind != Kind::kStr)
      return type_error(c, "int() can't convert non-string with explicit base");
    if (!to_index(c, a[1], base)) return kSignalled;
    if (base < 2 || base > 36) return value_error(c, "int() base must be >= 2 and <= 36");
    return int_from_text(c, a[0], base);
  }
  if (x.kind == Kind::kStr) return int_from_text(c, a[0], 10);
  if (x.kind == Kind::kFloat) {
    const double v = substrate::to_double(c.pin(), a[0]);
    if (std::isnan(v)) return value_error(c, "cannot convert float NaN to integer");
    if (std::isinf(v)) {
      return c.fail("arithmetic", "OverflowError: cannot convert float infinity to integer");
    }
    return result(c, substrate::to_integer(c.edit, a[0]));
  }
  if (is_number(x.kind)) return as_number(a[0]);
  return type_error(c,
                    "int() argument must be a string, a bytes-like object or a real number, not '" +
                        std::string(type_name(c, a[0])) + "'");
}

bool is_float_text(std::string_view text) {
  std::size_t digits = 0;
  std::size_t at = 0;
  const auto take_digits = [&] {
    for (; at < text.size() && digit_of(text[at]) < 10; ++at) ++digits;
  };
  take_digits();
  if (at < text.size() && text[at] == '.') ++at, take_digits();
  if (digits == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    digits = 0;
    take_digits();
    if (digits == 0) return false;
  }
  return at == text.size();
}

Word float_from_text(PrimitiveContext& c, Word w) {
  const std::string whole = text_of(c, w);
  std::string text(trimmed(whole));
  for (char& b : text) b = b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.erase(0, 1);
  double v;
  if (text == "inf" || text == "infinity") {
    v = std::numeric_limits<double>::infinity();
  } else if (text == "nan") {
    v = std::numeric_limits<double>::quiet_NaN();
  } else if (is_float_text(text)) {
    v = std::strtod(text.c_str(), nullptr);
  } else {
    return value_error(c, "could not convert string to float: " + quoted(whole));
  }
  return substrate::from_double(c.edit, negative ? -v : v);
}

Word to_real(PrimitiveContext& c, Arguments a) {
  if (a.empty()) return substrate::from_double(c.edit, 0);
  const Object x = look(c, a[0]);
  if (x.kind == Kind::kFloat) return a[0];
  if (x.kind == Kind::kStr) return float_from_text(c, a[0]);
  double v;
  if (!is_number(x.kind)) {
    return type_error(c, "float() argument must be a string or a real number, not '" +
                             std::string(type_name(c, a[0])) + "'");
  }
  return to_float(c, a[0], v) ? substrate::from_double(c.edit, v) : kSignalled;
}
Word to_bool(PrimitiveContext& c, Arguments a) {
  return a.empty() ? substrate::kFalse : truth_of(c, a);
}

// (python/sum-items items start)
Word sum(PrimitiveContext& c, Arguments a) {
  Words all;
  if (!collect(c, "sum", a[0], all)) return kSignalled;
  if (substrate::is_string(a[1]))
    return type_error(c, "sum() can't sum strings [use ''.join(seq) instead]");
  if (!is_number(look(c, a[1]).kind)) return refuse(c, "sum() of what is no number");
  Word total = a[1];
  for (const Word w : all) {
    const Word pair[] = {total, w};
    if (!is_number(look(c, w).kind)) return bad_operands(c, "+", total, w);
    total = add(c, pair);
    if (total == kSignalled) break;
  }
  return total;
}

// (python/least items default keys), where keys decide.
template <bool kGreatest>
Word extreme(PrimitiveContext& c, Arguments a) {
  Words all, keys;
  const std::string_view name = kGreatest ? "max" : "min";
  if (!collect(c, name, a[0], all) || !collect(c, name, a[2], keys)) return kSignalled;
  if (keys.size() != all.size()) return type_error(c, "a key for every item is needed here");
  if (all.empty()) {
    if (a[1] != marks::kUnbound) return a[1];
    return value_error(c, std::string(name) + "() arg is an empty sequence");
  }
  std::size_t best = 0;
  for (std::size_t i = 1; i < all.size(); ++i) {
    int found = 0;
    if (!order(c, kGreatest ? ">" : "<", keys[i], keys[best], found)) return kSignalled;
    if (found == (kGreatest ? 1 : -1)) best = i;
  }
  return all[best];
}

// (python/sort-items items keys reverse): stable, also when reversed.
Word sort_items(PrimitiveContext& c, Arguments a) {
  Words all, keys;
  if (!collect(c, "sorted", a[0], all) || !collect(c, "sorted", a[1], keys)) return kSignalled;
  if (keys.size() != all.size()) return type_error(c, "a key for every item is needed here");
  bool backwards = false;
  if (!truth(c, a[2], backwards)) return kSignalled;
  std::vector<std::size_t> places(all.size());
  for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
  bool ordered = true;
  const auto before = [&](std::size_t i, std::size_t k) {
    int found = 0;
    ordered = ordered && order(c, "<", keys[i], keys[k], found);
    return ordered && found == (backwards ? 1 : -1);
  };
  // What cannot be compared ends the comparing, not the sort: the answer is given up.
  std::ranges::stable_sort(places, before);
  if (!ordered) return kSignalled;
  Words out;
  for (const std::size_t i : places) out.push_back(all[i]);
  return tuple_of(c, out);
}

template <bool kAny>
Word any_or_all(PrimitiveContext& c, Arguments a) {
  if (look(c, a[0]).kind == Kind::kRange) {
    const Range r = range_of(c, a[0]);
    bool zero = false;
    if (!contains(c, a[0], int_word(0), zero)) return kSignalled;
    return boolean_word(kAny ? r.count() > (zero ? 1 : 0) : !zero);
  }
  const Word iterator = make_iterator(c, a[0]);
  if (iterator == kSignalled) return iterator;
  for (std::int64_t at = 0;; ++at) {
    const Word item = item_of(c, iterator, at);
    if (item == kSignalled) return item;
    if (item == marks::kEnd) return boolean_word(!kAny);
    bool holds = false;
    if (!truth(c, item, holds)) return kSignalled;
    if (holds == kAny) return boolean_word(kAny);
  }
}

Word round_number(PrimitiveContext& c, Arguments a) {
  const Object x = look(c, a[0]);
  if (!is_number(x.kind)) {
    return type_error(
        c, "type " + std::string(type_name(c, a[0])) + " doesn't define __round__ method");
  }
  const bool digits_given = a.size() == 2 && !substrate::is_nil(a[1]);
  std::int64_t digits = 0;
  if (digits_given && !to_index(c, a[1], digits)) return kSignalled;
  if (is_whole(x.kind)) {
    if (digits < 0) return refuse(c, "rounding an integer to tens and more");
    return as_number(a[0]);
  }
  const double v = substrate::to_double(c.pin(), a[0]);
  if (!digits_given) {
    if (!std::isfinite(v)) {
      const Word one[] = {a[0]};
      return to_int(c, one);
    }
    return result(c,
                  substrate::to_integer(c.edit, substrate::from_double(c.edit, std::nearbyint(v))));
  }
  if (!std::isfinite(v) || digits > 300) return a[0];
  if (digits < 0) return refuse(c, "rounding a float to tens and more");
  // The decimal digits of the exact value, half to even: what printf gives.
  char buffer[700];
  std::snprintf(buffer, sizeof buffer, "%.*f", static_cast<int>(digits), v);
  return substrate::from_double(c.edit, std::strtod(buffer, nullptr));
}

Word code_of(PrimitiveContext& c, Arguments a) {
  if (!substrate::is_string(a[0])) {
    return type_error(
        c, "ord() expected string of length 1, but " + std::string(type_name(c, a[0])) + " found");
  }
  const std::string text = text_of(c, a[0]);
  const std::size_t n = character_count(text);
  if (n != 1) {
    return type_error(
        c, "ord() expected a character, but string of length " + std::to_string(n) + " found");
  }
  std::size_t at = 0;
  return int_word(static_cast<std::int64_t>(next_character(text, at)));
}
Word text_of_code(PrimitiveContext& c, Arguments a) {
  std::int64_t code;
  if (!to_index(c, a[0], code)) return kSignalled;
  if (code < 0 || code > 0x10ffff) return value_error(c, "chr() arg not in range(0x110000)");
  if (code >= 0xd800 && code < 0xe000) return refuse(c, "a lone surrogate in a string");
  std::string text;
  append_character(text, static_cast<char32_t>(code));
  return text_word(c, text);
}

template <char kLetter>
Word in_base(PrimitiveContext& c, Arguments a) {
  if (!is_whole(look(c, a[0]).kind)) {
    return type_error(
        c, "'" + std::string(type_name(c, a[0])) + "' object cannot be interpreted as an integer");
  }
  std::string text;
  const char spec[] = {'#', kLetter};
  return append_formatted(c, text, as_number(a[0]), {spec, 2}) ? text_word(c, text) : kSignalled;
}

// (python/isinstance value "int" "str" ...)
Word is_instance(PrimitiveContext& c, Arguments a) {
  if (!are_texts(c, a.subspan(1))) return kSignalled;
  const std::string_view name = type_name(c, a[0]);
  for (const Word w : a.subspan(1)) {
    const std::string wanted = text_of(c, w);
    if (name == wanted || (name == "bool" && wanted == "int") || catches(c, a[0], wanted)) {
      return substrate::kTrue;
    }
  }
  return substrate::kFalse;
}
Word is_callable(PrimitiveContext& c, Arguments a) {
  return boolean_word(look(c, a[0]).kind == Kind::kFunction);
}

// ------------------------------------------------------------------------------------- output

// (python/print sep end values...)
Word print(PrimitiveContext& c, Arguments a) {
  std::string sep = " ", end = "\n", text;
  const auto option = [&](Word w, std::string_view name, std::string& out) {
    if (substrate::is_nil(w)) return true;
    if (substrate::is_string(w)) return out = text_of(c, w), true;
    type_error(
        c, std::string(name) + " must be None or a string, not " + std::string(type_name(c, w)));
    return false;
  };
  if (!option(a[0], "sep", sep) || !option(a[1], "end", end)) return kSignalled;
  for (std::size_t i = 2; i < a.size(); ++i) {
    if (i > 2) text += sep;
    if (!append_shown(c, text, a[i], Shown::kStr)) return kSignalled;
  }
  const Word word = text_word(c, text + end);
  return word == kSignalled ? word : c.ask(EffectKind::kPrint, word);
}
// What the interactive interpreter prints of an expression's value.
Word display(PrimitiveContext& c, Arguments a) {
  if (substrate::is_nil(a[0])) return kNil;
  std::string text;
  if (look(c, a[0]).kind == Kind::kFunction) {
    text = describe_value(c.pin(), a[0]);
  } else if (!append_shown(c, text, a[0], Shown::kRepr)) {
    return kSignalled;
  }
  const Word word = text_word(c, text + '\n');
  return word == kSignalled ? word : c.ask(EffectKind::kPrint, word);
}

// (python/format-value value spec)
Word format_value(PrimitiveContext& c, Arguments a) {
  if (!substrate::is_string(a[1])) return type_error(c, "format() argument 2 must be str");
  std::string text;
  return append_formatted(c, text, a[0], text_of(c, a[1])) ? text_word(c, text) : kSignalled;
}
// The pieces of an f-string, all strings.
Word joined(PrimitiveContext& c, Arguments a) {
  if (!are_texts(c, a)) return kSignalled;
  std::string text;
  for (const Word w : a) text += StringView(c.pin(), w).view();
  return text_word(c, text);
}

// (python/assertion message): kDefault for none.
Word assertion(PrimitiveContext& c, Arguments a) {
  const Word error =
      make_exception(c, "AssertionError", a[0] == marks::kDefault ? Arguments{} : a.first(1));
  return error == kSignalled ? error : c.raise(error);
}

// ------------------------------------------------------------------------------------- exceptions

// A method, too; an exception's attributes may be there in Python.
Word no_attribute(PrimitiveContext& c, Word value, std::string_view name) {
  if (look(c, value).kind == Kind::kException) {
    return refuse(c, "the attribute " + quoted(name) + " of an exception");
  }
  return c.fail("type", "AttributeError: '" + std::string(type_name(c, value)) +
                            "' object has no attribute '" + std::string(name) +
                            "', or none that is supported yet");
}

// (python/exception class arguments...)
Word exception(PrimitiveContext& c, Arguments a) { return make_exception(c, a[0], a.subspan(1)); }
// (python/raised value), (python/raised value cause): what is thrown.
Word raised(PrimitiveContext& c, Arguments a) {
  const auto is_exception = [&](Word w) { return look(c, w).kind == Kind::kException; };
  if (!is_exception(a[0])) return type_error(c, "exceptions must derive from BaseException");
  if (a.size() == 1) return a[0];
  if (!substrate::is_nil(a[1]) && !is_exception(a[1])) {
    return type_error(c, "exception causes must derive from BaseException");
  }
  return with_cause(c.edit, a[0], a[1]);
}
// (python/catches? error class...)
Word catches_any(PrimitiveContext& c, Arguments a) {
  if (!are_texts(c, a.subspan(1))) return kSignalled;
  return boolean_word(
      std::ranges::any_of(a.subspan(1), [&](Word w) { return catches(c, a[0], text_of(c, w)); }));
}
// (python/attribute value name): of a value's attributes that are no methods, those that are read.
Word attribute(PrimitiveContext& c, Arguments a) {
  if (!are_texts(c, a.subspan(1))) return kSignalled;
  const std::string name = text_of(c, a[1]);
  const Kind kind = look(c, a[0]).kind;
  if (kind == Kind::kExpired) return kSignalled;
  if (kind == Kind::kException && name == "args") return exception_arguments(c, a[0]);
  if (kind == Kind::kRange) {
    const Range r = range_of(c, a[0]);
    if (name == "start") return int_word(r.start);
    if (name == "stop") return int_word(r.stop);
    if (name == "step") return int_word(r.step);
  }
  return no_attribute(c, a[0], name);
}
// (python/type-name value): type(value).__name__
Word type_name_of(PrimitiveContext& c, Arguments a) {
  const Kind kind = look(c, a[0]).kind;
  if (kind == Kind::kExpired) return kSignalled;
  if (kind == Kind::kView || kind == Kind::kIterator || kind == Kind::kFunction ||
      kind == Kind::kOther) {
    return refuse(c, "the type of a " + std::string(type_name(c, a[0])));
  }
  return text_word(c, type_name(c, a[0]));
}

// ------------------------------------------------------------------------------------- methods

bool takes(PrimitiveContext& c, std::string_view name, Arguments a, std::size_t least,
           std::size_t most) {
  if (a.size() >= least && a.size() <= most) return true;
  type_error(c, std::string(name) + "() takes " + std::to_string(least) +
                    (most == least ? "" : " to " + std::to_string(most)) + " arguments, got " +
                    std::to_string(a.size()));
  return false;
}

// Position of an item, or count of it.
Word find_item(PrimitiveContext& c, const Object& o, std::string_view name, Arguments a) {
  if (!takes(c, name, a, 1, 1)) return kSignalled;
  std::int64_t count = 0;
  for (std::uint64_t i = 0; i < Vector{o.content}.count(c.pin()); ++i) {
    bool same = false;
    if (!equal(c, Vector{o.content}.nth(c.pin(), i), a[0], same, 1)) return kSignalled;
    if (same && name == "index") return int_word(static_cast<std::int64_t>(i));
    count += same ? 1 : 0;
  }
  if (name == "count") return int_word(count);
  std::string text;
  if (o.kind == Kind::kTuple) return value_error(c, "tuple.index(x): x not in tuple");
  return append_shown(c, text, a[0], Shown::kRepr) ? value_error(c, text + " is not in list")
                                                   : kSignalled;
}

// The same in a range, without going through it.
Word find_in_range(PrimitiveContext& c, const Object& o, std::string_view name, Arguments a) {
  if (!takes(c, name, a, 1, 1)) return kSignalled;
  bool found = false;
  if (!contains(c, o.word, a[0], found)) return kSignalled;
  if (name == "count") return int_word(found ? 1 : 0);
  const bool whole = is_whole(look(c, a[0]).kind);
  if (found) {
    const Range r = range_of(c, o.word);
    const Word n = as_number(a[0]);
    const auto at = substrate::is_double(n)
                        ? static_cast<std::int64_t>(substrate::to_double(c.pin(), n))
                        : substrate::to_int(c.pin(), n);
    return int_word((at - r.start) / r.step);
  }
  std::string text;
  if (!whole) return value_error(c, "sequence.index(x): x not in sequence");
  return append_shown(c, text, a[0], Shown::kRepr) ? value_error(c, text + " is not in range")
                                                   : kSignalled;
}

Word dict_method(PrimitiveContext& c, const Object& o, std::string_view name, Arguments a) {
  if (name == "get") {
    if (!takes(c, name, a, 1, 2)) return kSignalled;
    const Word found = table_find(c, o.content, a[0]);
    return !substrate::is_absent(found) ? found : a.size() == 2 ? a[1] : kNil;
  }
  const Word mark = name == "keys"     ? marks::kKeys
                    : name == "values" ? marks::kValues
                    : name == "items"  ? marks::kItems
                                       : kAbsent;
  if (!takes(c, name, a, 0, 0)) return kSignalled;
  return substrate::is_absent(mark) ? no_attribute(c, o.word, name) : marked(c, {mark, o.word});
}

Word set_method(PrimitiveContext& c, const Object& o, std::string_view name, Arguments a) {
  static constexpr std::pair<std::string_view, char> kSigns[] = {
      {"union", '|'}, {"intersection", '&'}, {"difference", '-'}, {"symmetric_difference", '^'}};
  const bool asks = name == "issubset" || name == "issuperset" || name == "isdisjoint";
  char sign = 0;
  for (const auto& [text, letter] : kSigns) {
    if (text == name) sign = letter;
  }
  if (!asks && sign == 0) return no_attribute(c, o.word, name);
  if (!takes(c, name, a, 1, 1)) return kSignalled;
  Words others;
  if (!all_items(c, a[0], others)) return kSignalled;
  const Word table = put_all(c, empty_table(c, Kind::kSet), others);
  if (table == kSignalled) return table;
  const Object other{Kind::kSet, a[0], table};
  if (sign != 0) return set_operation(c, sign, o, other);
  if (name == "issubset") return boolean_word(is_subset(c, o, other));
  if (name == "issuperset") return boolean_word(is_subset(c, other, o));
  const auto entries = entries_of(c, o.content);
  return boolean_word(std::ranges::none_of(
      entries, [&](const Entry& e) { return !substrate::is_absent(table_find(c, table, e.key)); }));
}

// (python/method "name" value arguments...): of methods that change nothing.
Word method(PrimitiveContext& c, Arguments a) {
  if (!are_texts(c, a.first(1))) return kSignalled;
  const std::string name = text_of(c, a[0]);
  const Object o = look(c, a[1]);
  const Arguments rest = a.subspan(2);
  const bool box = o.kind == Kind::kList || o.kind == Kind::kDict || o.kind == Kind::kSet;
  if (box && name == "copy") {
    return takes(c, name, rest, 0, 0) ? make_box(c, o.content) : kSignalled;
  }
  switch (o.kind) {
    case Kind::kStr: {
      const Word found = call_text_method(c, name, a[1], rest);
      return substrate::is_absent(found) ? no_attribute(c, a[1], name) : found;
    }
    case Kind::kTuple:
    case Kind::kList:
      if (name == "index" || name == "count") return find_item(c, o, name, rest);
      return no_attribute(c, a[1], name);
    case Kind::kRange:
      if (name == "index" || name == "count") return find_in_range(c, o, name, rest);
      return no_attribute(c, a[1], name);
    case Kind::kDict:
      return dict_method(c, o, name, rest);
    case Kind::kSet:
      return set_method(c, o, name, rest);
    case Kind::kExpired:
      return kSignalled;
    default:
      return no_attribute(c, a[1], name);
  }
}

// ---- methods that change: each gives the new content and what the call gives

Word change(PrimitiveContext& c, Word content, Word value = kNil) {
  if (content == kSignalled || value == kSignalled) return kSignalled;
  const Word pair[] = {content, value};
  return tuple_of(c, pair);
}

// May an object of this kind hold it?
bool is_content(PrimitiveContext& c, Kind kind, Word w) {
  if (kind == Kind::kList) return Vector::is(w);
  if (kind != Kind::kDict && kind != Kind::kSet) return true;
  return Map::is(w) &&
         Map{w}.contains(c.pin(), kind == Kind::kDict ? marks::kDictMark : marks::kSetMark);
}

// Items are set and deleted by operators, which give as many arguments as they should.
bool operator_takes(PrimitiveContext& c, const Object& o, std::string_view name, Arguments a) {
  if (name == "setitem") return takes(c, name, a, 2, 2);
  if (name == "delitem") return takes(c, name, a, 1, 1);
  if (name != "replace") return true;
  if (!takes(c, name, a, 1, 1)) return false;
  if (is_content(c, o.kind, a[0])) return true;
  type_error(c, "this is no content of the object");
  return false;
}

Word change_list(PrimitiveContext& c, const Object& o, std::string_view name, Arguments a) {
  const Vector v{o.content};
  const auto n = static_cast<std::int64_t>(v.count(c.pin()));
  std::int64_t at = n - 1;
  if (!has_room(c, "a list", 1024)) return kSignalled;
  if (name == "append") {
    return takes(c, name, a, 1, 1) ? change(c, v.conj(c.edit, a[0]).word) : kSignalled;
  }
  if (name == "extend") {
    Words more;
    if (!takes(c, name, a, 1, 1) || !all_items(c, a[0], more)) return kSignalled;
    return change(c, v.concat(c.edit, {tuple_of(c, more)}).word);
  }
  if (name == "insert") {
    if (!takes(c, name, a, 2, 2) || !to_index(c, a[0], at)) return kSignalled;
    at = std::clamp<std::int64_t>(at < 0 ? at + n : at, 0, n);
    return change(c, v.insert_at(c.edit, static_cast<std::uint64_t>(at), a[1]).word);
  }
  if (name == "pop") {
    if (!takes(c, name, a, 0, 1)) return kSignalled;
    if (n == 0) return index_error(c, "pop from empty list");
    if (!a.empty()) {
      if (!to_index(c, a[0], at)) return kSignalled;
      if (at < 0) at += n;
      if (at < 0 || at >= n) return index_error(c, "pop index out of range");
    }
    const auto place = static_cast<std::uint64_t>(at);
    const Word item = v.nth(c.pin(), place);
    return change(c, (at == n - 1 ? v.pop(c.edit) : v.remove_at(c.edit, place)).word, item);
  }
  if (name == "remove") {
    if (!takes(c, name, a, 1, 1)) return kSignalled;
    for (std::uint64_t i = 0; i < v.count(c.pin()); ++i) {
      bool same = false;
      if (!equal(c, v.nth(c.pin(), i), a[0], same, 1)) return kSignalled;
      if (same) return change(c, v.remove_at(c.edit, i).word);
    }
    return value_error(c, "list.remove(x): x not in list");
  }
  if (name == "clear")
    return takes(c, name, a, 0, 0) ? change(c, substrate::kEmptyVector) : kSignalled;
  if (name == "reverse") {
    Words all;
    if (!takes(c, name, a, 0, 0) || !collect(c, name, o.content, all)) return kSignalled;
    std::ranges::reverse(all);
    return change(c, tuple_of(c, all));
  }
  if (name == "setitem" || name == "delitem") {
    if (!position(c, o, a[0], n, at, name == "setitem" ? " assignment" : " deletion")) {
      return kSignalled;
    }
    const auto place = static_cast<std::uint64_t>(at);
    return change(
        c, (name == "setitem" ? v.assoc(c.edit, place, a[1]) : v.remove_at(c.edit, place)).word);
  }
  if (name == "replace") return change(c, a[0]);
  return no_attribute(c, o.word, name);
}

Word change_dict(PrimitiveContext& c, const Object& o, std::string_view name, Arguments a) {
  const Word table = o.content;
  if (name == "setitem") return change(c, table_put(c, table, a[0], a[1]));
  if (name == "delitem" || name == "pop") {
    if (!takes(c, name, a, 1, name == "pop" ? 2 : 1)) return kSignalled;
    const Word found = table_find(c, table, a[0]);
    if (found == kSignalled) return kSignalled;
    if (substrate::is_absent(found)) {
      return a.size() == 2 ? change(c, table, a[1]) : key_error(c, a[0]);
    }
    return change(c, table_remove(c, table, a[0]), name == "pop" ? found : kNil);
  }
  if (name == "setdefault") {
    if (!takes(c, name, a, 1, 2)) return kSignalled;
    const Word found = table_find(c, table, a[0]);
    if (!substrate::is_absent(found)) return change(c, table, found);
    const Word value = a.size() == 2 ? a[1] : kNil;
    return change(c, table_put(c, table, a[0], value), value);
  }
  if (name == "update") {
    return takes(c, name, a, 1, 1) ? change(c, put_pairs(c, table, a[0])) : kSignalled;
  }
  if (name == "popitem") {
    if (!takes(c, name, a, 0, 0)) return kSignalled;
    const auto entries = entries_of(c, table);
    if (entries.empty()) return c.fail("index", "KeyError: 'popitem(): dictionary is empty'");
    const Word pair[] = {entries.back().key, entries.back().value};
    return change(c, table_remove(c, table, pair[0]), tuple_of(c, pair));
  }
  if (name == "clear") {
    return takes(c, name, a, 0, 0) ? change(c, empty_table(c, Kind::kDict)) : kSignalled;
  }
  if (name == "replace") return change(c, a[0]);
  return no_attribute(c, o.word, name);
}

Word change_set(PrimitiveContext& c, const Object& o, std::string_view name, Arguments a) {
  const Word table = o.content;
  if (name == "add") {
    return takes(c, name, a, 1, 1) ? change(c, table_put(c, table, a[0], a[0])) : kSignalled;
  }
  if (name == "remove" || name == "discard") {
    if (!takes(c, name, a, 1, 1)) return kSignalled;
    const Word found = table_find(c, table, a[0]);
    if (substrate::is_absent(found) && name == "remove") return key_error(c, a[0]);
    return found == kSignalled ? found : change(c, table_remove(c, table, a[0]));
  }
  if (name == "update") {
    Words more;
    if (!takes(c, name, a, 1, 1) || !all_items(c, a[0], more)) return kSignalled;
    return change(c, put_all(c, table, more));
  }
  if (name == "clear") {
    return takes(c, name, a, 0, 0) ? change(c, empty_table(c, Kind::kSet)) : kSignalled;
  }
  if (name == "replace") return change(c, a[0]);
  if (name == "pop") return refuse(c, "set.pop(), whose choice nobody can know,");
  return no_attribute(c, o.word, name);
}

// (python/changed "name" object content arguments...): [new content, the call's value], from a
// content read before, so that whoever stores it can see that nobody came between.
Word changed(PrimitiveContext& c, Arguments a) {
  if (!are_texts(c, a.first(1))) return kSignalled;
  const std::string name = text_of(c, a[0]);
  Object o = look(c, a[1]);
  o.content = a[2];
  if (!is_content(c, o.kind, o.content)) return type_error(c, "this is no content of the object");
  const Arguments rest = a.subspan(3);
  if (!operator_takes(c, o, name, rest)) return kSignalled;
  switch (o.kind) {
    case Kind::kList:
      return change_list(c, o, name, rest);
    case Kind::kDict:
      return change_dict(c, o, name, rest);
    case Kind::kSet:
      return change_set(c, o, name, rest);
    case Kind::kExpired:
      return kSignalled;
    default:
      return no_attribute(c, a[1], name);
  }
}
// (python/content value doing): what stands in the box of a list, dict or set.
Word content(PrimitiveContext& c, Arguments a) {
  if (!are_texts(c, a.subspan(1))) return kSignalled;
  const Object o = look(c, a[0]);
  if (o.kind == Kind::kList || o.kind == Kind::kDict || o.kind == Kind::kSet) return o.content;
  if (o.kind == Kind::kExpired) return kSignalled;
  const std::string doing = text_of(c, a[1]);
  if (doing == "setitem" || doing == "delitem") {
    return type_error(c, "'" + std::string(type_name(c, a[0])) + "' object does not support item " +
                             (doing == "setitem" ? "assignment" : "deletion"));
  }
  return no_attribute(c, a[0], doing);
}

// ------------------------------------------------------------------------------------- Clojure

// (python/plain value): a Python value's kind for python.clj, which turns values of one language
// into the other's.
Word kind_name_of(PrimitiveContext& c, Arguments a) {
  const Object o = look(c, a[0]);
  if (o.kind == Kind::kExpired) return kSignalled;
  return text_word(c, type_name(c, a[0]));
}
// A dict's content as [key value ...].
Word pairs(PrimitiveContext& c, Arguments a) {
  const Object o = look(c, a[0]);
  if (o.kind != Kind::kDict) return type_error(c, "a dict is needed here");
  Words flat;
  for (const Entry& e : entries_of(c, o.content)) flat.push_back(e.key), flat.push_back(e.value);
  return tuple_of(c, flat);
}

constexpr PrimitiveKind kAsks = PrimitiveKind::kAsks;

// Append only: a place in this table is a number that stands in domains.
constexpr Primitive kTable[] = {
    {"python/add", 2, 2, add, kAsks},
    {"python/add-number", 2, 2, add},  // where one operand is a number
    {"python/sub", 2, 2, subtract, kAsks},
    {"python/sub-number", 2, 2, subtract},
    {"python/mul", 2, 2, multiply, kAsks},
    {"python/truediv", 2, 2, true_divide},
    {"python/floordiv", 2, 2, floor_divide},
    {"python/mod", 2, 2, modulo},
    {"python/pow", 2, 2, power},
    {"python/neg", 1, 1, negate},
    {"python/pos", 1, 1, posit},
    {"python/invert", 1, 1, invert},
    {"python/and", 2, 2, bitwise<'&'>, kAsks},
    {"python/or", 2, 2, bitwise<'|'>, kAsks},
    {"python/xor", 2, 2, bitwise<'^'>, kAsks},
    {"python/lshift", 2, 2, shift_left},
    {"python/rshift", 2, 2, shift_right},
    {"python/lt", 2, 2, compare<'<', false>},
    {"python/le", 2, 2, compare<'<', true>},
    {"python/gt", 2, 2, compare<'>', false>},
    {"python/ge", 2, 2, compare<'>', true>},
    {"python/eq", 2, 2, equals},
    {"python/ne", 2, 2, differs},
    {"python/is", 2, 2, is_same},
    {"python/in", 2, 2, is_in},
    {"python/truth", 1, 1, truth_of},
    {"python/not", 1, 1, negated},
    {"python/bound", 2, 2, bound},
    {"python/cell", 2, 2, cell},
    {"python/undefined", 1, 1, undefined},
    {"python/box?", 1, 1, is_box},
    {"python/new-list", 1, 1, new_list, kAsks},
    {"python/new-dict", 1, 1, new_dict, kAsks},
    {"python/dict-from", 1, 1, dict_from, kAsks},
    {"python/new-set", 1, 1, new_set, kAsks},
    {"python/items", 1, 1, items},
    {"python/iterator", 1, 1, iterator},
    {"python/next", 2, 2, next_item},
    {"python/end?", 1, 1, is_end},
    {"python/enumerate", 2, 2, enumerate},
    {"python/zip", 0, kAnyCount, zip},
    {"python/reversed", 1, 1, reversed},
    {"python/range", 1, 3, range},
    {"python/range-start", 1, 1, range_part<&Range::start>},
    {"python/range-stop", 1, 1, range_part<&Range::stop>},
    {"python/range-step", 1, 1, range_part<&Range::step>},
    {"python/range-goes-on?", 3, 3, range_goes_on},
    {"python/len", 1, 1, length},
    {"python/get-item", 2, 2, get_item},
    {"python/slice", 4, 4, slice, kAsks},
    {"python/unpack", 2, 2, unpack},
    {"python/unpack-around", 3, 3, unpack_around},
    {"python/abs", 1, 1, absolute},
    {"python/str", 0, 1, shown<Shown::kStr>},
    {"python/repr", 1, 1, shown<Shown::kRepr>},
    {"python/int", 0, 2, to_int},
    {"python/float", 0, 1, to_real},
    {"python/bool", 0, 1, to_bool},
    {"python/sum-items", 2, 2, sum},
    {"python/least", 3, 3, extreme<false>},
    {"python/greatest", 3, 3, extreme<true>},
    {"python/sort-items", 3, 3, sort_items},
    {"python/any", 1, 1, any_or_all<true>},
    {"python/all", 1, 1, any_or_all<false>},
    {"python/divmod", 2, 2, divmod},
    {"python/round", 1, 2, round_number},
    {"python/ord", 1, 1, code_of},
    {"python/chr", 1, 1, text_of_code},
    {"python/hex", 1, 1, in_base<'x'>},
    {"python/oct", 1, 1, in_base<'o'>},
    {"python/bin", 1, 1, in_base<'b'>},
    {"python/isinstance", 2, kAnyCount, is_instance},
    {"python/callable", 1, 1, is_callable},
    {"python/print", 2, kAnyCount, print, kAsks},
    {"python/display", 1, 1, display, kAsks},
    {"python/format-value", 2, 2, format_value},
    {"python/joined", 0, kAnyCount, joined},
    {"python/assertion", 1, 1, assertion},
    {"python/method", 2, kAnyCount, method, kAsks},
    {"python/changed", 3, kAnyCount, changed},
    {"python/content", 2, 2, content},
    {"python/kind", 1, 1, kind_name_of},
    {"python/pairs", 1, 1, pairs},
    {"python/exception", 1, kAnyCount, exception},
    {"python/raised", 1, 2, raised},
    {"python/catches?", 2, kAnyCount, catches_any},
    {"python/attribute", 2, 2, attribute},
    {"python/type-name", 1, 1, type_name_of},
};

}  // namespace

std::span<const Primitive> table() { return kTable; }

}  // namespace python

std::span<const Primitive> python_primitives() { return python::table(); }

}  // namespace yin::vm::internal
