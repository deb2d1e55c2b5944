#pragma once

// Forms: Clojure text as positioned lists, symbols and literals, before any of it means something.
//
// Forms live in the memory of one process for the time of one reading; they are never changed once
// the reader or a macro has made them, so a macro's result shares the forms it was given. Lists are
// items in a vector, and all forms belong to one Forms object, so neither reading nor freeing
// recurses, however deep the text is nested.
//
// A `core` symbol, clojure.core/NAME in the text and in data, means the language's own name whatever is bound around it: macros write their
// helpers with it, as Clojure's syntax quote does. A `fresh` symbol is a local that only the macro
// that made it can name. The first error ends a reading; fail() keeps it, with file, line and
// column.

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "ast/node.h"

namespace yin::ast::clojure {

// kAtom: nil, a boolean, number, character or string.
enum class FormKind : std::uint8_t { kAtom, kKeyword, kSymbol, kList, kVector, kMap, kSet };

struct Form;
using Items = std::vector<const Form*>;

struct Form {
  FormKind kind = FormKind::kAtom;
  bool core = false;
  bool fresh = false;
  bool constant =
      false;  // evaluates to the data it spells: an atom, a keyword, a vector, map or set of such
  Position at;
  std::string_view name;       // of a symbol or keyword, without colon
  Items items;                 // of a map: key, value, key, value
  const Form* meta = nullptr;  // a map, of a symbol or collection that has any

  [[nodiscard]] bool is_symbol(std::string_view expected) const {
    return kind == FormKind::kSymbol && name == expected;
  }

 private:
  friend class Forms;
  mutable substrate::Word data_ = substrate::kAbsent;  // of an atom, and of any form once asked for
};

// "file:line:column: what"
std::string at_place(std::string_view file, Position at, std::string_view what);

class Forms {
 public:
  Forms(substrate::Edit& edit, std::string_view file) : edit_(edit), file_(file) {}
  Forms(const Forms&) = delete;
  Forms& operator=(const Forms&) = delete;

  [[nodiscard]] substrate::Edit& edit() { return edit_; }
  [[nodiscard]] const std::string& file() const { return file_; }

  // ---------------------------------------------------------------------------------------- errors

  [[nodiscard]] const substrate::Status& status() const { return status_; }
  [[nodiscard]] bool ok() const { return status_.ok(); }
  // Keeps the first error. Always null, so that a function that makes a form can return it.
  const Form* fail(Position at, const std::string& what);
  const Form* fail(substrate::Status status);
  // The same, where more text could mend it.
  const Form* fail_unfinished(Position at, const std::string& what) {
    unfinished_ = ok();
    return fail(at, what);
  }
  [[nodiscard]] bool unfinished() const { return unfinished_; }

  // ---------------------------------------------------------------------------------- making forms

  const Form* atom(Position at, substrate::Word value);
  const Form* nil(Position at) { return atom(at, substrate::kNil); }
  // Names must outlive the Forms: text being read, constants, or what keep() gives back.
  const Form* keyword(Position at, std::string_view name);
  const Form* symbol(Position at, std::string_view name);
  const Form* core(Position at, std::string_view name);
  // A symbol that stands nowhere in the text and was not made before in this top-level form:
  // and__1.
  const Form* fresh(Position at, std::string_view prefix);
  const Form* collection(FormKind kind, Position at, Items items);
  const Form* list(Position at, Items items) {
    return collection(FormKind::kList, at, std::move(items));
  }
  const Form* vector(Position at, Items items) {
    return collection(FormKind::kVector, at, std::move(items));
  }
  // (name arguments...), with the language's own `name`.
  const Form* call(Position at, std::string_view name,
                   std::initializer_list<const Form*> arguments);

  std::string_view keep(std::string name) { return kept_.emplace_back(std::move(name)); }
  [[nodiscard]] std::uint32_t next_number() { return ++fresh_count_; }
  // Fresh names count from 1 in each top-level form, so that a form's content does not depend on
  // what stands above it.
  void restart_fresh_names() { fresh_count_ = 0; }

  // `form`, a symbol or collection, with the entries of `meta` before its own; and with the metadata
  // of `other`, if that has any, where `form` was made of it.
  const Form* with_meta(const Form& form, const Form& meta);
  const Form* with_meta_of(const Form* form, const Form& other) {
    return other.meta == nullptr ? form : with_meta(*form, *other.meta);
  }
  // The same without any.
  const Form* without_meta(const Form& form);

  // The value of such a form as a form again: lists, vectors, maps and sets that `known` has by
  // their words stay the forms they were, with their places in the text; what is new stands at
  // `at`. Null when the value holds what has no text.
  using KnownForms = std::unordered_map<std::uint64_t, const Form*>;
  const Form* form_of(substrate::Word data, Position at, const KnownForms& known);

  // The value that the form spells: what `quote` gives. Made once and kept. Null word and a kept
  // error when a name does not fit the domain.
  substrate::Word data_of(const Form& form);
  // The first item that equals an earlier one as data, looking at every `step`-th; null when there
  // is none.
  const Form* first_duplicate(std::span<const Form* const> items, std::size_t step);

 private:
  Form& add(FormKind kind, Position at);
  substrate::Word leaf_data(const Form& form);
  substrate::Word collection_data(const Form& form);

  substrate::Edit& edit_;
  std::string file_;
  substrate::Status status_;
  bool unfinished_ = false;
  std::deque<Form> forms_;
  std::deque<std::string> kept_;
  std::unordered_set<std::string_view>
      underscored_;  // symbols with "__": what a fresh name could collide with
  std::uint32_t fresh_count_ = 0;
};

// What a plain #"..." is read as: (yin/pattern "...").
inline constexpr std::string_view kPatternName = "yin/pattern";

// Every symbol that stands in the form, by its name.
void collect_names(const Form& form, std::unordered_set<std::string_view>& out);

// Names that stand for nothing but themselves in a list's first place, whatever is defined.
bool is_special_name(std::string_view name);

// Reads all forms of the text. On an error, forms.status() has it and the result is empty. `text`
// must outlive `forms`.
Items read_forms(Forms& forms, std::string_view text);

}  // namespace yin::ast::clojure
