#include "substrate/sorted_order.h"

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "substrate/intern.h"
#include "substrate/internal/walk.h"

namespace yin::substrate {

namespace {

int compare_bytes(const Pin& pin, Word a, Word b) {
  if (!is_string(a) || !is_string(b)) return compare(pin, a, b);
  return StringView(pin, a).view().compare(StringView(pin, b).view());
}

// compare() orders strings by their bytes, too, but asks for their kinds first.
int compare_natural(const Pin& pin, Word a, Word b) { return compare_bytes(pin, a, b); }

int compare_reverse(const Pin& pin, Word a, Word b) { return compare_bytes(pin, b, a); }

Word stored_as(BuiltInOrder order) { return int_word(static_cast<std::int64_t>(order)); }

Order bytes_order() { return {compare_bytes, 1, stored_as(BuiltInOrder::kBytes)}; }

struct Registered {
  std::string name;
  Comparator compare;
};

struct Registry {
  std::mutex mutex;
  std::vector<Registered> entries;

  Registered* find(std::string_view name) {
    const auto at = std::ranges::find(entries, name, &Registered::name);
    return at == entries.end() ? nullptr : &*at;
  }
};

Registry& registry() {
  static Registry all;
  return all;
}

// Is it, or what it is equal by, equal to itself only, so that nothing but a place could order it?
bool is_identity(Word w) {
  if (tag(w) != kTagObject) return false;
  const ObjectKind kind = object_kind(w);
  return (kind >= ObjectKind::kClosure && kind <= ObjectKind::kError) ||
         kind == ObjectKind::kArray || kind == ObjectKind::kStruct || kind == ObjectKind::kTensor ||
         kind == ObjectKind::kContinuation;
}

bool is_built_in(std::string_view name) {
  return name == "compare" || name == "reverse" || name == "bytes";
}

}  // namespace

Order natural_order() { return {compare_natural, 1, stored_as(BuiltInOrder::kCompare)}; }

Order reverse_order() { return {compare_reverse, -1, stored_as(BuiltInOrder::kReverse)}; }

Status register_comparator(std::string_view name, Comparator compare) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const Registered* known = all.find(name);
  if (is_built_in(name) || (known != nullptr && known->compare != compare)) {
    return already_exists("register the comparator " + std::string(name) +
                          ": there is another one of this name");
  }
  if (known == nullptr) all.entries.push_back({std::string(name), compare});
  return {};
}

StatusOr<Order> find_order(const Pin& pin, Word name) {
  if (is_nil(name)) return natural_order();
  if (!is_keyword(name) && !is_symbol(name))
    return invalid_argument("an order is named by a keyword or a symbol");
  const std::string_view text = name_of(pin, name);
  if (text == "compare") return natural_order();
  if (text == "reverse") return reverse_order();
  if (text == "bytes") return bytes_order();
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const Registered* known = all.find(text);
  if (known == nullptr) {
    return not_found("sort by " + std::string(text) +
                     ": no comparator of this name is registered in this process");
  }
  return Order{known->compare, 0, name};
}

StatusOr<Order> load_order(const Pin& pin, Word stored) {
  if (!is_small_int(stored)) return find_order(pin, stored);
  switch (static_cast<BuiltInOrder>(small_int(stored))) {
    case BuiltInOrder::kCompare:
      return natural_order();
    case BuiltInOrder::kReverse:
      return reverse_order();
    case BuiltInOrder::kBytes:
      return bytes_order();
  }
  return data_loss("a sorted collection in an order that there is not");
}

bool is_orderable(const Pin& pin, Word key) {
  Walk walk(pin, key);
  for (;;) {
    switch (walk.next()) {
      case Walk::Event::kItem:
        if (is_identity(walk.word())) return false;
        break;
      case Walk::Event::kEnd:
        return true;
      default:
        break;
    }
  }
}

}  // namespace yin::substrate
