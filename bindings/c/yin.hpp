#pragma once

// yin.hpp: yin.h for C++17 and later: owners that give back what they have, errors as exceptions,
// swaps with a lambda.
//
//   yin::Domain domain("my.yin");
//   yin::Pin pin(domain);
//   const yin::Atom counter = pin.atom("counter", pin.of(0));
//   counter.swap(pin, [](yin::Pin& p, yin::Word now) { return p.of(p.to_int(now) + 1); });
//   std::cout << pin.print(counter.deref(pin)) << '\n';
//
// What is said in yin.h holds here: words live as long as their pin, or what keeps them; a Pin is
// short and belongs to one thread at a time, all else to any. What has no member here is called as
// in C, with domain.c(), pin.c(); yin::check() makes an exception of its status. An exception that a
// swap function throws leaves the swap, and nothing has happened.
//
// Header only: no part of the library's binary interface.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "yin.h"

namespace yin {

using Word = yin_word;

class Error : public std::runtime_error {
 public:
  explicit Error(const yin_error& error)
      : std::runtime_error(error.message), status_(error.status) {}
  [[nodiscard]] yin_status status() const noexcept { return status_; }

 private:
  yin_status status_;
};

// For calls in C's way: yin_error e; check(yin_flush(domain.c(), 1000, &e), e);
inline void check(yin_status status, yin_error& error) {
  if (status == YIN_OK) return;
  error.status = status;
  throw Error(error);
}

class Domain {
 public:
  explicit Domain(const std::string& path) : Domain(path, YIN_OPEN_OPTIONS) {}
  Domain(const std::string& path, const yin_open_options& options) {
    yin_error error;
    check(yin_open(path.c_str(), &options, &domain_, &error), error);
  }
  ~Domain() { yin_domain_release(domain_); }
  Domain(Domain&& other) noexcept : domain_(std::exchange(other.domain_, nullptr)) {}
  Domain& operator=(Domain&& other) noexcept {
    std::swap(domain_, other.domain_);
    return *this;
  }

  [[nodiscard]] yin_domain* c() const noexcept { return domain_; }
  void flush(std::uint32_t timeout_ms) const {
    yin_error error;
    check(yin_flush(domain_, timeout_ms, &error), error);
  }

 private:
  yin_domain* domain_ = nullptr;
};

class Pin;

// An atom's word, with Clojure's verbs. Refers to nothing: copy it, keep it.
class Atom {
 public:
  explicit Atom(Word word) : word_(word) {}
  [[nodiscard]] Word word() const noexcept { return word_; }

  [[nodiscard]] Word deref(const Pin& pin) const;
  void reset(const Pin& pin, Word value) const;
  // Sets it to function(pin, value), a Word; gives that. The function may run several times.
  template <class F>
  Word swap(Pin& pin, F&& function) const;
  // Was it equal to `expected`?
  [[nodiscard]] bool compare_and_set(const Pin& pin, Word expected, Word value) const;

 private:
  Word word_;
};

class Pin {
 public:
  explicit Pin(const Domain& domain) : owned_(true) {
    yin_error error;
    check(yin_pin_begin(domain.c(), &pin_, &error), error);
  }
  // One that C's side has begun and will end, as in a callback.
  explicit Pin(yin_pin* pin) noexcept : pin_(pin) {}
  ~Pin() {
    if (owned_) yin_pin_end(pin_);
  }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;

  [[nodiscard]] yin_pin* c() const noexcept { return pin_; }

  // ---- values in
  [[nodiscard]] Word of(std::nullptr_t) const noexcept { return YIN_WORD_NIL; }
  [[nodiscard]] Word of(bool v) const noexcept { return yin_boolean(v ? 1 : 0); }
  [[nodiscard]] Word of(int v) const { return yin_int(pin_, v); }
  [[nodiscard]] Word of(std::int64_t v) const { return yin_int(pin_, v); }
  [[nodiscard]] Word of(double v) const { return yin_double(pin_, v); }
  [[nodiscard]] Word of(std::string_view v) const { return yin_string(pin_, v.data(), v.size()); }
  [[nodiscard]] Word of(const char* v) const { return of(std::string_view(v)); }
  [[nodiscard]] Word keyword(std::string_view name) const {
    return make([&](Word* out, yin_error* e) {
      return yin_keyword(pin_, name.data(), name.size(), out, e);
    });
  }
  [[nodiscard]] Word read(std::string_view edn) const {
    return make(
        [&](Word* out, yin_error* e) { return yin_read(pin_, edn.data(), edn.size(), out, e); });
  }
  // Items, or keys and values in turn.
  [[nodiscard]] Word collection(yin_kind kind, std::initializer_list<Word> words) const {
    const bool pairs = kind == YIN_MAP || kind == YIN_SORTED_MAP || kind == YIN_INT_MAP;
    return make([&](Word* out, yin_error* e) {
      return yin_collection(pin_, kind, words.begin(), words.size() / (pairs ? 2 : 1), out, e);
    });
  }

  // ---- values out
  [[nodiscard]] yin_kind kind(Word w) const { return yin_kind_of(pin_, w); }
  [[nodiscard]] std::int64_t to_int(Word w) const {
    return get_as<std::int64_t>(yin_to_int, w);
  }
  [[nodiscard]] double to_double(Word w) const { return get_as<double>(yin_to_double, w); }
  // Of a string, name or bytes.
  [[nodiscard]] std::string to_string(Word w) const {
    char room[8];
    const char* bytes = nullptr;
    std::size_t size = 0;
    yin_error error;
    check(yin_to_bytes(pin_, w, room, &bytes, &size, &error), error);
    return {bytes, size};
  }
  [[nodiscard]] std::string print(Word w) const {
    std::string text;
    yin_error error;
    const auto append = [](void* to, const char* piece, std::size_t size) {
      static_cast<std::string*>(to)->append(piece, size);
    };
    check(yin_print(pin_, w, 0, append, &text, &error), error);
    return text;
  }

  // ---- collections
  [[nodiscard]] std::uint64_t count(Word w) const { return get_as<std::uint64_t>(yin_count, w); }
  // YIN_WORD_ABSENT when it is not there.
  [[nodiscard]] Word get(Word collection, Word key) const { return yin_get(pin_, collection, key); }
  [[nodiscard]] Word assoc(Word collection, Word key, Word value) const {
    return make(
        [&](Word* out, yin_error* e) { return yin_assoc(pin_, collection, key, value, out, e); });
  }
  [[nodiscard]] Word dissoc(Word map, Word key) const {
    return make([&](Word* out, yin_error* e) { return yin_dissoc(pin_, map, key, out, e); });
  }
  [[nodiscard]] Word conj(Word collection, Word item) const {
    return make([&](Word* out, yin_error* e) { return yin_conj(pin_, collection, item, out, e); });
  }
  // visit(key, value) for each pair of a map, visit(item, YIN_WORD_ABSENT) for each item of all else.
  template <class F>
  void each(Word collection, F&& visit) const {
    struct Call {
      F& visit;
      std::exception_ptr thrown;
    } call{visit, nullptr};
    const int ended = yin_each(
        pin_, collection,
        [](void* context, Word key, Word value) -> int {
          auto& c = *static_cast<Call*>(context);
          try {
            c.visit(key, value);
            return 0;
          } catch (...) {
            c.thrown = std::current_exception();
            return 1;
          }
        },
        &call);
    if (call.thrown) std::rethrow_exception(call.thrown);
    yin_error error = {YIN_WRONG_TYPE, "this is no collection"};
    if (ended == -1) throw Error(error);
  }

  // The atom of that name, made with `initial` if it is not there.
  [[nodiscard]] Atom atom(std::string_view name, Word initial = YIN_WORD_NIL) const {
    return Atom(make([&](Word* out, yin_error* e) {
      return yin_atom(pin_, name.data(), name.size(), initial, out, e);
    }));
  }

 private:
  template <class Call>
  static Word make(const Call& call) {
    Word word = YIN_WORD_ABSENT;
    yin_error error;
    check(call(&word, &error), error);
    return word;
  }
  template <class T, class Call>
  T get_as(Call call, Word w) const {
    T value = {};
    yin_error error;
    check(call(pin_, w, &value, &error), error);
    return value;
  }

  yin_pin* pin_ = nullptr;
  bool owned_ = false;
};

// Keeps a value for any time.
class Handle {
 public:
  Handle() = default;
  Handle(const Pin& pin, Word word) {
    yin_error error;
    check(yin_handle_make(pin.c(), word, &handle_, &error), error);
  }
  ~Handle() { yin_handle_release(handle_); }
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  // To be looked into under any pin.
  [[nodiscard]] Word word() const {
    return handle_ == nullptr ? YIN_WORD_ABSENT : yin_handle_word(handle_);
  }

 private:
  yin_handle* handle_ = nullptr;
};

inline Word Atom::deref(const Pin& pin) const {
  Word value = YIN_WORD_ABSENT;
  yin_error error;
  check(yin_deref(pin.c(), word_, &value, &error), error);
  return value;
}

inline void Atom::reset(const Pin& pin, Word value) const {
  yin_error error;
  check(yin_reset(pin.c(), word_, value, nullptr, &error), error);
}

inline bool Atom::compare_and_set(const Pin& pin, Word expected, Word value) const {
  int was = 0;
  yin_error error;
  check(yin_compare_and_set(pin.c(), word_, expected, value, &was, &error), error);
  return was != 0;
}

template <class F>
Word Atom::swap(Pin& pin, F&& function) const {
  struct Call {
    F& function;
    Pin& pin;
    std::exception_ptr thrown;
  } call{function, pin, nullptr};
  Word after = YIN_WORD_ABSENT;
  yin_error error;
  const yin_status status = yin_swap(
      pin.c(), word_,
      [](void* context, yin_pin*, Word now, Word* next, yin_error*) {
        auto& c = *static_cast<Call*>(context);
        try {
          *next = c.function(c.pin, now);
          return YIN_OK;
        } catch (...) {
          c.thrown = std::current_exception();
          return YIN_ABORTED;
        }
      },
      &call, nullptr, &after, &error);
  if (call.thrown) std::rethrow_exception(call.thrown);
  check(status, error);
  return after;
}

}  // namespace yin
