#pragma once

// What tests of the C interface share. They see the library as any program does: through yin.h
// alone.
//
//   Domain domain;                     private memory; or a path
//   Pin pin(domain);
//   const yin_word v = pin.read("[1 2 {:a 3}]");
//   CHECK(pin.edn(v) == "[1 2 {:a 3}]");
//
// ok() fails a test with the library's own sentence.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "bindings/c/yin.h"

namespace yin::tests {

// Of the last call of this thread that was given it.
inline thread_local yin_error error;

inline void ok(yin_status status) {
  INFO(yin_status_name(status) << ": " << error.message);
  REQUIRE(status == YIN_OK);
}

inline yin_open_options with_mode(yin_open_mode mode, std::uint64_t capacity = 0) {
  yin_open_options options = YIN_OPEN_OPTIONS;
  options.mode = mode;
  options.capacity_bytes = capacity;
  return options;
}

class Domain {
 public:
  explicit Domain(const std::string& path = "") { ok(yin_open(path.c_str(), nullptr, &c, &error)); }
  Domain(const std::string& path, const yin_open_options& options) {
    ok(yin_open(path.c_str(), &options, &c, &error));
  }
  explicit Domain(yin_domain* opened) : c(opened) {}
  ~Domain() { yin_domain_release(c); }
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  yin_domain* c = nullptr;
};

class Pin {
 public:
  explicit Pin(const Domain& domain) { ok(yin_pin_begin(domain.c, &c, &error)); }
  ~Pin() { yin_pin_end(c); }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

  [[nodiscard]] yin_word read(std::string_view text) const {
    yin_word w = 0;
    ok(yin_read(c, text.data(), text.size(), &w, &error));
    return w;
  }
  [[nodiscard]] std::string edn(yin_word w) const {
    if (w == YIN_WORD_ABSENT) return "absent";
    std::string out;
    ok(yin_print(c, w, 0, append, &out, &error));
    return out;
  }
  [[nodiscard]] yin_word string(std::string_view text) const {
    return yin_string(c, text.data(), text.size());
  }
  [[nodiscard]] yin_word keyword(std::string_view name) const {
    yin_word w = 0;
    ok(yin_keyword(c, name.data(), name.size(), &w, &error));
    return w;
  }
  [[nodiscard]] yin_word symbol(std::string_view name) const {
    yin_word w = 0;
    ok(yin_symbol(c, name.data(), name.size(), &w, &error));
    return w;
  }
  [[nodiscard]] yin_word atom(std::string_view name, yin_word initial = YIN_WORD_NIL) const {
    yin_word w = 0;
    ok(yin_atom(c, name.data(), name.size(), initial, &w, &error));
    return w;
  }
  [[nodiscard]] yin_word deref(yin_word atom) const {
    yin_word w = 0;
    ok(yin_deref(c, atom, &w, &error));
    return w;
  }
  [[nodiscard]] std::uint64_t count(yin_word w) const {
    std::uint64_t n = 0;
    ok(yin_count(c, w, &n, &error));
    return n;
  }
  [[nodiscard]] yin_word collection(yin_kind kind, const std::vector<yin_word>& words) const {
    yin_word w = 0;
    const std::size_t per_item =
        kind == YIN_MAP || kind == YIN_SORTED_MAP || kind == YIN_INT_MAP ? 2 : 1;
    ok(yin_collection(c, kind, words.data(), words.size() / per_item, &w, &error));
    return w;
  }
  [[nodiscard]] std::int64_t to_int(yin_word w) const {
    std::int64_t v = 0;
    ok(yin_to_int(c, w, &v, &error));
    return v;
  }

  static void append(void* out, const char* text, std::size_t size) {
    static_cast<std::string*>(out)->append(text, size);
  }

  yin_pin* c = nullptr;
};

// For threads and processes that a failed check must not end: function(pin) under a pin of its own,
// and the first status that is not YIN_OK.
template <class Function>
yin_status under_pin(yin_domain* domain, const Function& function) {
  yin_pin* pin = nullptr;
  yin_status status = yin_pin_begin(domain, &pin, nullptr);
  if (status == YIN_OK) status = function(pin);
  yin_pin_end(pin);
  return status;
}

// One more, as yin_swap() wants it and by it.
inline yin_status increment(void*, yin_pin* pin, yin_word now, yin_word* next, yin_error* why) {
  std::int64_t v = 0;
  if (const yin_status status = yin_to_int(pin, now, &v, why); status != YIN_OK) return status;
  *next = yin_int(pin, v + 1);
  return YIN_OK;
}
inline yin_status increment_under_pin(yin_domain* domain, yin_word atom) {
  return under_pin(domain, [&](yin_pin* pin) {
    return yin_swap(pin, atom, increment, nullptr, nullptr, nullptr, nullptr);
  });
}

}  // namespace yin::tests
