#include "bindings/cli/pod_operations.h"

#include <cmath>
#include <cstdint>
#include <span>
#include <string>

#include "bindings/cli/pod_support.h"

namespace yin::cli {

namespace {

using Words = std::span<const yin_word>;

constexpr std::size_t kAny = ~std::size_t{0};
constexpr int kDepthMax = 256;  // of operations within operations, and of paths

struct Scope {
  yin_pin* pin;
  yin_error* error;
  int depth = 0;
};

yin_status apply(const Scope& scope, yin_word now, yin_word operation, Words arguments,
                 yin_word* next);

bool is_nothing(yin_word w) { return w == YIN_WORD_NIL || w == YIN_WORD_ABSENT; }
yin_word or_nil(yin_word w) { return w == YIN_WORD_ABSENT ? YIN_WORD_NIL : w; }
yin_word or_empty(yin_word w, yin_kind kind) { return is_nothing(w) ? yin_empty(kind) : w; }

// ---- numbers

bool is_int(const Scope& s, yin_word w) { return yin_kind_of(s.pin, w) == YIN_INT; }
bool is_machine_number(const Scope& s, yin_word w) {
  const yin_kind kind = yin_kind_of(s.pin, w);
  return kind == YIN_INT || kind == YIN_DOUBLE;
}

using OnInts = bool (*)(std::int64_t, std::int64_t, std::int64_t*);  // true: it does not fit
using OnDoubles = double (*)(double, double);

template <OnInts on_ints, OnDoubles on_doubles>
yin_status combine(const Scope& s, yin_word a, yin_word b, yin_word* out) {
  for (const yin_word w : {a, b}) {
    if (is_machine_number(s, w)) continue;
    return say(s.error, YIN_WRONG_TYPE,
               std::string("numbers of 64 bits are wanted, not ") +
                   yin_kind_name(yin_kind_of(s.pin, w)) + "; swap! takes a function of yours too");
  }
  if (is_int(s, a) && is_int(s, b)) {
    std::int64_t x = 0;
    std::int64_t y = 0;
    std::int64_t result = 0;
    (void)yin_to_int(s.pin, a, &x, nullptr);
    (void)yin_to_int(s.pin, b, &y, nullptr);
    if (on_ints(x, y, &result)) return say(s.error, YIN_OUT_OF_RANGE, "integer overflow");
    *out = yin_int(s.pin, result);
    return YIN_OK;
  }
  double x = 0;
  double y = 0;
  (void)yin_to_double(s.pin, a, &x, nullptr);
  (void)yin_to_double(s.pin, b, &y, nullptr);
  *out = yin_double(s.pin, on_doubles(x, y));
  return YIN_OK;
}

bool add_ints(std::int64_t a, std::int64_t b, std::int64_t* out) {
  return __builtin_add_overflow(a, b, out);
}
bool subtract_ints(std::int64_t a, std::int64_t b, std::int64_t* out) {
  return __builtin_sub_overflow(a, b, out);
}
bool multiply_ints(std::int64_t a, std::int64_t b, std::int64_t* out) {
  return __builtin_mul_overflow(a, b, out);
}
double add_doubles(double a, double b) { return a + b; }
double subtract_doubles(double a, double b) { return a - b; }
double multiply_doubles(double a, double b) { return a * b; }

constexpr auto kAdd = combine<add_ints, add_doubles>;
constexpr auto kSubtract = combine<subtract_ints, subtract_doubles>;
constexpr auto kMultiply = combine<multiply_ints, multiply_doubles>;

// Clojure's of any number of arguments: the first is the atom's value.
template <auto combine_two>
yin_status fold(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  *next = now;
  for (const yin_word w : arguments) {
    if (const yin_status status = combine_two(s, *next, w, next)) return status;
  }
  return YIN_OK;
}

// The same of numbers: one alone is looked at too.
template <auto combine_two>
yin_status fold_numbers(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  if (arguments.empty()) return kMultiply(s, now, yin_from_small_int(1), next);
  return fold<combine_two>(s, now, arguments, next);
}

yin_status inc(const Scope& s, yin_word now, Words, yin_word* next) {
  return kAdd(s, now, yin_from_small_int(1), next);
}
yin_status dec(const Scope& s, yin_word now, Words, yin_word* next) {
  return kSubtract(s, now, yin_from_small_int(1), next);
}
yin_status subtract(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  if (arguments.empty()) return kMultiply(s, now, yin_from_small_int(-1), next);  // -0.0 too
  return fold<kSubtract>(s, now, arguments, next);
}

bool is_nan(const Scope& s, yin_word w) {
  double v = 0;
  return yin_to_double(s.pin, w, &v, nullptr) == YIN_OK && std::isnan(v);
}

// Of equal ones the second; a NaN goes through.
template <int sign>
yin_status extreme(const Scope& s, yin_word a, yin_word b, yin_word* out) {
  yin_word sum = 0;  // only to refuse what is no number
  for (const yin_word w : {a, b}) {
    if (const yin_status status = kAdd(s, yin_double(s.pin, 0), w, &sum)) return status;
  }
  const bool is_first = !is_nan(s, b) && yin_compare(s.pin, a, b) * sign > 0;
  *out = is_first || is_nan(s, a) ? a : b;
  return YIN_OK;
}

yin_status negate(const Scope&, yin_word now, Words, yin_word* next) {
  *next = yin_boolean(now == YIN_WORD_NIL || now == YIN_WORD_FALSE);
  return YIN_OK;
}

// ---- collections

yin_status assoc(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  if (arguments.size() % 2 != 0)
    return say(s.error, YIN_INVALID_ARGUMENT, "assoc takes keys and values, a value is missing");
  *next = or_empty(now, YIN_MAP);
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    if (const yin_status status =
            yin_assoc(s.pin, *next, arguments[i], arguments[i + 1], next, s.error))
      return status;
  }
  return YIN_OK;
}

yin_status dissoc(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  *next = now;
  if (is_nothing(now)) return YIN_OK;
  for (const yin_word key : arguments) {
    if (const yin_status status = yin_dissoc(s.pin, *next, key, next, s.error)) return status;
  }
  return YIN_OK;
}

bool is_map(const Scope& s, yin_word w) {
  const yin_kind kind = yin_kind_of(s.pin, w);
  return kind == YIN_MAP || kind == YIN_SORTED_MAP || kind == YIN_INT_MAP;
}

yin_status merge_two(const Scope& s, yin_word a, yin_word b, yin_word* out) {
  if (is_nothing(a) || is_nothing(b)) {
    *out = is_nothing(a) ? or_nil(b) : a;
    return YIN_OK;
  }
  if (!is_map(s, a) || !is_map(s, b)) return say(s.error, YIN_WRONG_TYPE, "merge takes maps");
  return yin_merge(s.pin, a, b, out, s.error);
}

// Into a map, an entry [key value] or another map.
yin_status conj_one(const Scope& s, yin_word collection, yin_word item, yin_word* out) {
  if (!is_map(s, collection)) return yin_conj(s.pin, collection, item, out, s.error);
  if (is_map(s, item) || is_nothing(item)) return merge_two(s, collection, item, out);
  std::uint64_t count = 0;
  if (yin_kind_of(s.pin, item) != YIN_VECTOR || yin_count(s.pin, item, &count, nullptr) != YIN_OK ||
      count != 2)
    return say(s.error, YIN_WRONG_TYPE, "into a map goes a [key value], or a map");
  return yin_assoc(s.pin, collection, yin_nth(s.pin, item, 0), yin_nth(s.pin, item, 1), out,
                   s.error);
}

yin_status conj(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  return fold<conj_one>(s, or_empty(now, YIN_LIST), arguments, next);
}

yin_status disj(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  *next = now;
  if (is_nothing(now)) return YIN_OK;
  for (const yin_word item : arguments) {
    if (const yin_status status = yin_disj(s.pin, *next, item, next, s.error)) return status;
  }
  return YIN_OK;
}

yin_status pop(const Scope& s, yin_word now, Words, yin_word* next) {
  return yin_pop(s.pin, now, next, s.error);
}

// ---- within a value

// What `change` makes of the part behind `path`; maps are made where there is nothing.
template <class Change>
yin_status change_in(const Scope& s, yin_word now, yin_word path, std::uint64_t from,
                     std::uint64_t size, const Change& change, yin_word* next) {
  if (from == size) return change(or_nil(now), next);
  const yin_word key = yin_nth(s.pin, path, from);
  yin_word part = yin_get(s.pin, now, key);
  if (const yin_status status = change_in(s, part, path, from + 1, size, change, &part))
    return status;
  return yin_assoc(s.pin, or_empty(now, YIN_MAP), key, part, next, s.error);
}

template <class Change>
yin_status change_in(const Scope& s, yin_word now, yin_word path, const Change& change,
                     yin_word* next) {
  std::uint64_t size = 0;
  if (yin_kind_of(s.pin, path) != YIN_VECTOR || yin_count(s.pin, path, &size, nullptr) != YIN_OK ||
      size == 0 || size > kDepthMax)
    return say(s.error, YIN_INVALID_ARGUMENT, "a path is a vector of 1 to 256 keys");
  return change_in(s, now, path, 0, size, change, next);
}

yin_status assoc_in(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  const auto put = [&](yin_word, yin_word* part) {
    *part = arguments[1];
    return YIN_OK;
  };
  return change_in(s, now, arguments[0], put, next);
}

yin_status update_in(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  const auto update = [&](yin_word part, yin_word* changed) {
    return apply(s, part, arguments[1], arguments.subspan(2), changed);
  };
  return change_in(s, now, arguments[0], update, next);
}

yin_status update(const Scope& s, yin_word now, Words arguments, yin_word* next) {
  yin_word part = or_nil(yin_get(s.pin, now, arguments[0]));
  if (const yin_status status = apply(s, part, arguments[1], arguments.subspan(2), &part))
    return status;
  return yin_assoc(s.pin, or_empty(now, YIN_MAP), arguments[0], part, next, s.error);
}

struct Operation {
  std::string_view name;
  yin_status (*run)(const Scope&, yin_word now, Words arguments, yin_word* next);
  std::size_t min, max;  // arguments behind the value
};
constexpr Operation kOperations[] = {
    {"inc", inc, 0, 0},
    {"dec", dec, 0, 0},
    {"+", fold_numbers<kAdd>, 0, kAny},
    {"-", subtract, 0, kAny},
    {"*", fold_numbers<kMultiply>, 0, kAny},
    {"max", fold<extreme<1>>, 0, kAny},
    {"min", fold<extreme<-1>>, 0, kAny},
    {"not", negate, 0, 0},
    {"assoc", assoc, 2, kAny},
    {"assoc-in", assoc_in, 2, 2},
    {"update", update, 2, kAny},
    {"update-in", update_in, 2, kAny},
    {"dissoc", dissoc, 0, kAny},
    {"merge", fold<merge_two>, 0, kAny},
    {"conj", conj, 0, kAny},
    {"disj", disj, 0, kAny},
    {"pop", pop, 0, 0},
};

yin_status no_operation(const Scope& s, const std::string& what) {
  return say(
      s.error, YIN_INVALID_ARGUMENT,
      what + " is no operation: there are " + operation_names() + ", and (fnil OPERATION DEFAULT)");
}

// (fnil operation default)
yin_status apply_to_default(const Scope& s, yin_word now, yin_word form, Words arguments,
                            yin_word* next) {
  std::uint64_t count = 0;
  if (yin_count(s.pin, form, &count, nullptr) != YIN_OK || count != 3 ||
      text_of(s.pin, yin_nth(s.pin, form, 0)) != "fnil")
    return no_operation(s, "a list of another form");
  return apply(s, is_nothing(now) ? yin_nth(s.pin, form, 2) : now, yin_nth(s.pin, form, 1),
               arguments, next);
}

yin_status apply(const Scope& outer, yin_word now, yin_word operation, Words arguments,
                 yin_word* next) {
  const Scope s{outer.pin, outer.error, outer.depth + 1};
  if (s.depth > kDepthMax)
    return say(s.error, YIN_INVALID_ARGUMENT, "operations are nested too deep");
  if (yin_kind_of(s.pin, operation) == YIN_LIST)
    return apply_to_default(s, now, operation, arguments, next);
  if (yin_kind_of(s.pin, operation) != YIN_SYMBOL)
    return no_operation(s, yin_kind_name(yin_kind_of(s.pin, operation)));
  const std::string name = text_of(s.pin, operation);
  for (const Operation& known : kOperations) {
    if (known.name != name) continue;
    if (arguments.size() < known.min || arguments.size() > known.max) {
      return say(s.error, YIN_INVALID_ARGUMENT,
                 "wrong number of arguments (" + std::to_string(arguments.size()) + ") to " + name);
    }
    return known.run(s, now, arguments, next);
  }
  return no_operation(s, name);
}

}  // namespace

const char* operation_names() {
  static const std::string names = [] {
    std::string all;
    for (const Operation& o : kOperations) all += (all.empty() ? "" : " ") + std::string(o.name);
    return all;
  }();
  return names.c_str();
}

yin_status apply_operation(yin_pin* pin, yin_word now, yin_word operation,
                           const std::vector<yin_word>& arguments, yin_word* next,
                           yin_error* error) {
  return apply({pin, error}, now, operation, arguments, next);
}

}  // namespace yin::cli
