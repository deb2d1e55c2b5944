#include "ast/readers/clojure_forms.h"

#include <algorithm>
#include <utility>

#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/set.h"
#include "substrate/vector.h"

namespace yin::ast::clojure {

namespace {

using substrate::Status;
using substrate::Word;

constexpr std::string_view kFreshMark = "__";

}  // namespace

const Form* Forms::fail(Position at, const std::string& what) {
  return fail(substrate::invalid_argument(file_ + ":" + std::to_string(at.line) + ":" +
                                          std::to_string(at.column) + ": " + what));
}

const Form* Forms::fail(Status status) {
  if (status_.ok()) status_ = std::move(status);
  return nullptr;
}

Form& Forms::add(FormKind kind, Position at) {
  Form& form = forms_.emplace_back();
  form.kind = kind;
  form.at = at;
  return form;
}

const Form* Forms::atom(Position at, Word value) {
  Form& form = add(FormKind::kAtom, at);
  form.data_ = value;
  form.constant = true;
  return &form;
}

const Form* Forms::keyword(Position at, std::string_view name) {
  Form& form = add(FormKind::kKeyword, at);
  form.name = name;
  form.constant = true;
  return &form;
}

const Form* Forms::symbol(Position at, std::string_view name) {
  Form& form = add(FormKind::kSymbol, at);
  form.name = name;
  if (name.find(kFreshMark) != std::string_view::npos) underscored_.insert(name);
  return &form;
}

const Form* Forms::core(Position at, std::string_view name) {
  Form& form = add(FormKind::kSymbol, at);
  form.name = name;
  form.core = true;
  return &form;
}

const Form* Forms::fresh(Position at, std::string_view prefix) {
  std::string name;
  do {
    name = std::string(prefix) + std::string(kFreshMark) + std::to_string(++fresh_count_);
  } while (underscored_.contains(name));
  Form& form = add(FormKind::kSymbol, at);
  form.name = keep(std::move(name));
  form.fresh = true;
  return &form;
}

const Form* Forms::collection(FormKind kind, Position at, Items items) {
  Form& form = add(kind, at);
  form.constant = kind == FormKind::kList
                      ? items.empty()
                      : std::all_of(items.begin(), items.end(),
                                    [](const Form* item) { return item->constant; });
  form.items = std::move(items);
  return &form;
}

const Form* Forms::call(Position at, std::string_view name,
                        std::initializer_list<const Form*> arguments) {
  Items items{core(at, name)};
  items.insert(items.end(), arguments);
  return list(at, std::move(items));
}

Word Forms::leaf_data(const Form& form) {
  auto id = substrate::intern(edit_.pin(), form.name);
  if (!id.ok()) {
    fail(id.status());
    return substrate::kNil;
  }
  return form.kind == FormKind::kKeyword ? substrate::keyword_word(*id)
                                         : substrate::symbol_word(*id);
}

// All items have their data already.
Word Forms::collection_data(const Form& form) {
  std::vector<Word> words;
  words.reserve(form.items.size());
  for (const Form* item : form.items) words.push_back(item->data_);
  switch (form.kind) {
    case FormKind::kList:
      return substrate::List::from(edit_, words).word;
    case FormKind::kSet:
      return substrate::Set::from(edit_, words).word;
    case FormKind::kMap: {
      std::vector<substrate::MapEntry> entries;
      for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
        entries.push_back({words[i], words[i + 1]});
      }
      return substrate::Map::from(edit_, entries).word;
    }
    default:
      return substrate::Vector::from(edit_, words).word;
  }
}

Word Forms::data_of(const Form& form) {
  std::vector<const Form*> todo{&form};
  while (!todo.empty()) {
    const Form& top = *todo.back();
    const std::size_t before = todo.size();
    for (const Form* item : top.items) {
      if (substrate::is_absent(item->data_)) todo.push_back(item);
    }
    if (todo.size() != before) continue;
    todo.pop_back();
    if (!substrate::is_absent(top.data_)) continue;
    const bool leaf = top.kind == FormKind::kSymbol || top.kind == FormKind::kKeyword;
    top.data_ = leaf ? leaf_data(top) : collection_data(top);
  }
  return form.data_;
}

const Form* Forms::first_duplicate(std::span<const Form* const> items, std::size_t step) {
  if (items.size() <= step) return nullptr;
  std::vector<Word> words;
  for (std::size_t i = 0; i < items.size(); i += step) words.push_back(data_of(*items[i]));
  const substrate::Pin& pin = edit_.pin();
  if (substrate::Set::from(edit_, words).count(pin) == words.size()) return nullptr;
  substrate::Set seen;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (seen.contains(pin, words[i])) return items[i * step];
    seen = seen.conj(edit_, words[i]);
  }
  return nullptr;
}

}  // namespace yin::ast::clojure
