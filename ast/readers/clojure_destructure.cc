#include "ast/readers/clojure_destructure.h"

#include <algorithm>
#include <string>
#include <utility>

namespace yin::ast::clojure {

namespace {

struct Binding {
  const Form* pattern;
  const Form* init;
};

// A symbol for the value, so that it is computed once; bound by the first of `steps` unless there
// is one already.
const Form* hold(Forms& forms, const Binding& binding, std::string_view prefix,
                 std::vector<Binding>& steps) {
  if (binding.init->fresh) return binding.init;
  const Form* symbol = forms.fresh(binding.pattern->at, prefix);
  steps.push_back({symbol, binding.init});
  return symbol;
}

const Form* number(Forms& forms, Position at, std::size_t n) {
  return forms.atom(at, substrate::int_word(static_cast<std::int64_t>(n)));
}

// ----------------------------------------------------------------------------------------- vectors

// [a b & r :as all]
struct VectorPattern {
  Items items;
  const Form* rest = nullptr;
  const Form* whole = nullptr;
};

bool parse(Forms& forms, const Form& pattern, VectorPattern& out) {
  const Items& items = pattern.items;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool rest = items[i]->is_symbol("&");
    const bool whole = items[i]->kind == FormKind::kKeyword && items[i]->name == "as";
    if (rest || whole) {
      const Form*& part = rest ? out.rest : out.whole;
      if (i + 1 == items.size() || part != nullptr) {
        forms.fail(items[i]->at, rest ? "`&` takes one name or pattern behind it, once"
                                      : "`:as` takes one name behind it, once");
        return false;
      }
      part = items[++i];
    } else if (out.rest != nullptr || out.whole != nullptr) {
      forms.fail(items[i]->at, "only `:as name` may follow here");
      return false;
    } else {
      out.items.push_back(items[i]);
    }
  }
  return out.whole == nullptr || check_local(forms, *out.whole);
}

// The value behind `&`: a map pattern takes the rest as keyword arguments.
const Form* rest_init(Forms& forms, const Form& rest, const Form* seq) {
  if (rest.kind != FormKind::kMap) return seq;
  return forms.call(rest.at, "apply", {forms.core(rest.at, "hash-map"), seq});
}

bool take_apart_vector(Forms& forms, const Binding& binding, std::vector<Binding>& steps) {
  VectorPattern pattern;
  if (!parse(forms, *binding.pattern, pattern)) return false;
  const Form* whole = hold(forms, binding, "vec", steps);
  if (pattern.rest == nullptr) {
    for (std::size_t i = 0; i < pattern.items.size(); ++i) {
      const Position at = pattern.items[i]->at;
      steps.push_back(
          {pattern.items[i], forms.call(at, "nth", {whole, number(forms, at, i), forms.nil(at)})});
    }
  } else {
    // One walk along the sequence, so that anything with a seq can be taken apart.
    const Position start = binding.pattern->at;
    const Form* seq = forms.fresh(start, "seq");
    steps.push_back({seq, forms.call(start, "seq", {whole})});
    for (const Form* item : pattern.items) {
      steps.push_back({item, forms.call(item->at, "first", {seq})});
      steps.push_back({seq, forms.call(item->at, "next", {seq})});
    }
    steps.push_back({pattern.rest, rest_init(forms, *pattern.rest, seq)});
  }
  if (pattern.whole != nullptr) steps.push_back({pattern.whole, whole});
  return true;
}

// -------------------------------------------------------------------------------------------- maps

// {a :a, :keys [b c/d], :or {a 1}, :as all}
struct MapPattern {
  const Form* defaults = nullptr;
  const Form* whole = nullptr;
};

bool parse(Forms& forms, const Form& pattern, MapPattern& out) {
  for (std::size_t i = 0; i < pattern.items.size(); i += 2) {
    const Form& key = *pattern.items[i];
    const Form& value = *pattern.items[i + 1];
    if (key.kind != FormKind::kKeyword) continue;
    if (key.name == "as") {
      out.whole = &value;
    } else if (key.name == "or") {
      out.defaults = &value;
      if (value.kind != FormKind::kMap) {
        forms.fail(value.at, "`:or` takes a map of names to defaults");
        return false;
      }
    }
  }
  return out.whole == nullptr || check_local(forms, *out.whole);
}

// The default that :or has for a name, or null.
const Form* default_for(const MapPattern& pattern, std::string_view name) {
  if (pattern.defaults == nullptr) return nullptr;
  const Items& items = pattern.defaults->items;
  for (std::size_t i = 0; i < items.size(); i += 2) {
    if (items[i]->is_symbol(name)) return items[i + 1];
  }
  return nullptr;
}

const Form* lookup(Forms& forms, const MapPattern& pattern, const Form* map, const Form& local,
                   const Form* key) {
  const Form* otherwise =
      local.kind == FormKind::kSymbol ? default_for(pattern, local.name) : nullptr;
  return otherwise == nullptr ? forms.call(local.at, "get", {map, key})
                              : forms.call(local.at, "get", {map, key, otherwise});
}

// What :keys, :strs and :syms look for: the name as a keyword, string or symbol, in the group's
// namespace.
const Form* group_key(Forms& forms, const Form& group, const Form& local) {
  const std::string_view kind = local_name(group.name);
  if (kind == "strs") {
    return forms.atom(local.at, substrate::from_string(forms.edit(), local_name(local.name)));
  }
  const std::size_t slash = group.name.find('/');
  std::string_view name = local.name;
  if (slash != std::string_view::npos && local_name(name).size() == name.size()) {
    name = forms.keep(std::string(group.name.substr(0, slash + 1)) + std::string(name));
  }
  if (kind == "keys") return forms.keyword(local.at, name);
  return forms.call(local.at, "quote", {forms.symbol(local.at, name)});
}

bool take_apart_group(Forms& forms, const MapPattern& pattern, const Form& group, const Form& names,
                      const Form* map, std::vector<Binding>& steps) {
  if (names.kind != FormKind::kVector) {
    forms.fail(names.at, "`:" + std::string(group.name) + "` takes a vector of names");
    return false;
  }
  for (const Form* item : names.items) {
    if (item->kind != FormKind::kSymbol && item->kind != FormKind::kKeyword) {
      forms.fail(item->at, "`:" + std::string(group.name) + "` takes names; write a pattern as " +
                               "{pattern key}");
      return false;
    }
    const Form* local = forms.symbol(item->at, local_name(item->name));
    steps.push_back({local, lookup(forms, pattern, map, *local, group_key(forms, group, *item))});
  }
  return true;
}

bool take_apart_map(Forms& forms, const Binding& binding, std::vector<Binding>& steps) {
  MapPattern pattern;
  if (!parse(forms, *binding.pattern, pattern)) return false;
  const Form* map = hold(forms, binding, "map", steps);
  if (pattern.whole != nullptr) steps.push_back({pattern.whole, map});
  const Items& items = binding.pattern->items;
  for (std::size_t i = 0; i < items.size(); i += 2) {
    const Form& left = *items[i];
    const Form& right = *items[i + 1];
    if (left.kind != FormKind::kKeyword) {
      steps.push_back({&left, lookup(forms, pattern, map, left, &right)});
      continue;
    }
    if (left.name == "as" || left.name == "or") continue;
    const std::string_view kind = local_name(left.name);
    if (kind != "keys" && kind != "strs" && kind != "syms") {
      forms.fail(left.at, "`:" + std::string(left.name) +
                              "` means nothing in a pattern; there are :keys :strs :syms :or :as, "
                              "and name and key the other way round: {name :key}");
      return false;
    }
    if (!take_apart_group(forms, pattern, left, right, map, steps)) return false;
  }
  return true;
}

}  // namespace

std::string_view local_name(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos || name == "/" ? name : name.substr(slash + 1);
}

bool check_local(Forms& forms, const Form& form) {
  if (form.kind != FormKind::kSymbol) {
    forms.fail(form.at, "a name is needed here: a symbol");
    return false;
  }
  if (form.name != "/" && form.name.find('/') != std::string_view::npos) {
    forms.fail(form.at,
               "a local name has no namespace; write `" + std::string(local_name(form.name)) + "`");
    return false;
  }
  if (form.name == "&") {
    forms.fail(form.at, "`&` is no name here");
    return false;
  }
  return true;
}

bool destructure(Forms& forms, const Form* pattern, const Form* init, Items& bindings) {
  std::vector<Binding> pending{{pattern, init}};
  std::vector<Binding> steps;
  while (!pending.empty()) {
    const Binding binding = pending.back();
    pending.pop_back();
    steps.clear();
    switch (binding.pattern->kind) {
      case FormKind::kVector:
        if (!take_apart_vector(forms, binding, steps)) return false;
        break;
      case FormKind::kMap:
        if (!take_apart_map(forms, binding, steps)) return false;
        break;
      case FormKind::kSymbol:
        if (!check_local(forms, *binding.pattern)) return false;
        bindings.push_back(binding.pattern);
        bindings.push_back(binding.init);
        break;
      default:
        forms.fail(binding.pattern->at, "a name, a vector pattern or a map pattern is needed here");
        return false;
    }
    pending.insert(pending.end(), steps.rbegin(), steps.rend());
  }
  return true;
}

}  // namespace yin::ast::clojure
