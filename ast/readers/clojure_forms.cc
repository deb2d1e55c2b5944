#include "ast/readers/clojure_forms.h"

#include <algorithm>
#include <utility>

#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/literal.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/number.h"
#include "substrate/root.h"
#include "substrate/set.h"
#include "substrate/vector.h"

namespace yin::ast::clojure {

namespace {

using substrate::Status;
using substrate::Word;

constexpr std::string_view kFreshMark = "__";
constexpr std::string_view kCoreNamespace = "clojure.core/";

}  // namespace

std::string at_place(std::string_view file, Position at, std::string_view what) {
  std::string text(file);
  text += ':' + std::to_string(at.line) + ':' + std::to_string(at.column) + ": ";
  return text.append(what);
}

const Form* Forms::fail(Position at, const std::string& what) {
  return fail(substrate::invalid_argument(at_place(file_, at, what)));
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

const Form* Forms::with_meta(const Form& form, const Form& meta) {
  Items entries = meta.items;
  if (form.meta != nullptr) {
    std::unordered_set<std::uint64_t> keys;
    for (std::size_t i = 0; i < entries.size(); i += 2) keys.insert(data_of(*entries[i]).bits);
    for (std::size_t i = 0; i < form.meta->items.size(); i += 2) {
      const Form* key = form.meta->items[i];
      if (!keys.contains(data_of(*key).bits))
        entries.insert(entries.end(), {key, form.meta->items[i + 1]});
    }
  }
  const Form* all = collection(FormKind::kMap, meta.at, std::move(entries));
  Form& made = forms_.emplace_back(form);
  made.data_ = substrate::kAbsent;
  made.constant = false;
  made.meta = all;
  return &made;
}

const Form* Forms::without_meta(const Form& form) {
  if (form.meta == nullptr) return &form;
  if (form.kind != FormKind::kSymbol) return collection(form.kind, form.at, form.items);
  Form& made = forms_.emplace_back(form);
  made.data_ = substrate::kAbsent;
  made.meta = nullptr;
  return &made;
}

const Form* Forms::call(Position at, std::string_view name,
                        std::initializer_list<const Form*> arguments) {
  Items items{core(at, name)};
  items.insert(items.end(), arguments);
  return list(at, std::move(items));
}

Word Forms::leaf_data(const Form& form) {
  const bool in_core = form.core && !is_special_name(form.name);
  auto id = in_core ? substrate::intern(edit_.pin(), std::string(kCoreNamespace).append(form.name))
                    : substrate::intern(edit_.pin(), form.name);
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
  std::vector<const Form*> pending{&form};
  while (!pending.empty()) {
    const Form& top = *pending.back();
    const std::size_t before = pending.size();
    for (const Form* item : top.items) {
      if (substrate::is_absent(item->data_)) pending.push_back(item);
    }
    if (top.meta != nullptr && substrate::is_absent(top.meta->data_)) pending.push_back(top.meta);
    if (pending.size() != before) continue;
    pending.pop_back();
    if (!substrate::is_absent(top.data_)) continue;
    const bool leaf = top.kind == FormKind::kSymbol || top.kind == FormKind::kKeyword;
    top.data_ = leaf ? leaf_data(top) : collection_data(top);
    if (top.meta != nullptr && ok())
      top.data_ =
          substrate::with_meta(edit_, top.data_, substrate::bare(edit_.pin(), top.meta->data_));
  }
  return form.data_;
}

namespace {

// Values that a program's text can spell.
bool has_text(Word w) {
  if (!substrate::is_reference(w)) return !substrate::is_primitive(w) && !substrate::is_root(w);
  return substrate::is_int(w) || substrate::is_double(w) || substrate::is_string(w) ||
         substrate::is_bytes(w) || substrate::is_instant(w) || substrate::is_uuid(w) ||
         substrate::is_big_int(w) || substrate::is_ratio(w);
}

// The items of a collection, a map's in pairs. False: it is none.
bool open_collection(const substrate::Pin& pin, Word w, FormKind& kind, std::vector<Word>& items) {
  if (substrate::List::is(w)) {
    kind = FormKind::kList;
    for (substrate::ListIterator it(pin, {w}); !it.done(); it.next()) items.push_back(it.item());
  } else if (substrate::Vector::is(w)) {
    kind = FormKind::kVector;
    const substrate::Vector v{w};
    for (std::uint64_t i = 0; i < v.count(pin); ++i) items.push_back(v.nth(pin, i));
  } else if (substrate::Map::is(w)) {
    kind = FormKind::kMap;
    for (substrate::MapIterator it(pin, {w}); !it.done(); it.next()) {
      items.insert(items.end(), {it.entry().key, it.entry().value});
    }
  } else if (substrate::Set::is(w)) {
    kind = FormKind::kSet;
    for (substrate::SetIterator it(pin, {w}); !it.done(); it.next()) items.push_back(it.item());
  } else {
    return false;
  }
  return true;
}

}  // namespace

const Form* Forms::form_of(Word data, Position at, const KnownForms& known) {
  // An annotated value opens as two items: itself, bare, and its metadata.
  struct Open {
    FormKind kind = FormKind::kAtom;
    bool annotated = false;
    std::vector<Word> words;
    Items items;
  };
  const substrate::Pin& pin = edit_.pin();
  std::vector<Open> open;
  const Form* done = nullptr;
  for (Word w = data;;) {
    Open next;
    if (const auto found = known.find(w.bits); found != known.end()) {
      done = found->second;
    } else if (substrate::is_annotated(w)) {
      next.annotated = true;
      next.words = {substrate::bare(pin, w), substrate::meta_of(pin, w)};
      open.push_back(std::move(next));
      done = nullptr;
    } else if (substrate::is_symbol(w) || substrate::is_keyword(w)) {
      const std::string_view name = substrate::name_of(pin, w);
      const bool in_core = name.starts_with(kCoreNamespace) && name.size() > kCoreNamespace.size();
      done = substrate::is_keyword(w) ? keyword(at, name)
             : in_core                ? core(at, name.substr(kCoreNamespace.size()))
                                      : symbol(at, name);
    } else if (open_collection(pin, w, next.kind, next.words)) {
      open.push_back(std::move(next));
      done = nullptr;
    } else if (has_text(w)) {
      done = atom(at, w);
    } else {
      return nullptr;
    }
    // Hand it to the collection that waits for it; close those that are whole.
    while (!open.empty()) {
      Open& top = open.back();
      if (done != nullptr) top.items.push_back(done);
      if (top.items.size() < top.words.size()) break;
      Open whole = std::move(open.back());
      open.pop_back();
      done = whole.annotated ? with_meta(*whole.items[0], *whole.items[1])
                             : collection(whole.kind, at, std::move(whole.items));
    }
    if (open.empty()) return done;
    w = open.back().words[open.back().items.size()];
  }
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

void collect_names(const Form& form, std::unordered_set<std::string_view>& out) {
  std::vector<const Form*> pending{&form};
  while (!pending.empty()) {
    const Form& top = *pending.back();
    pending.pop_back();
    if (top.kind == FormKind::kSymbol) out.insert(top.name);
    pending.insert(pending.end(), top.items.begin(), top.items.end());
  }
}

}  // namespace yin::ast::clojure
