#include "vm/internal/names.h"

#include <optional>

#include "substrate/intern.h"
#include "substrate/root.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "vm/primitive.h"

namespace yin::vm::internal {

using substrate::kAbsent;
using substrate::RootKind;
using substrate::RootRead;
using substrate::StatusOr;
using substrate::Word;

namespace {

std::string root_name(std::string_view home, std::string_view name) {
  std::string text("var/");
  return text.append(home).append(name);
}

constexpr std::string_view kCore = "clojure.core/";

// Functions of other namespaces that stand without one too. The rest of those namespaces is the
// prelude's, under its whole name.
struct Library {
  std::string_view home;
  std::string_view names;  // between blanks
};
constexpr Library kLibraries[] = {
    {"clojure.string/",
     " blank? capitalize ends-with? includes? index-of join last-index-of lower-case replace "
     "replace-first split split-lines starts-with? trim trim-newline triml trimr upper-case "},
    {"clojure.set/", " difference intersection subset? superset? union "},
};

std::optional<std::uint32_t> find_in_library(std::string_view name) {
  for (const Library& library : kLibraries) {
    if (!name.starts_with(library.home)) continue;
    const std::string_view bare = name.substr(library.home.size());
    if (library.names.find(' ' + std::string(bare) + ' ') == std::string_view::npos) continue;
    return find_primitive(bare);
  }
  return std::nullopt;
}

}  // namespace

// kAbsent: there is no such var, or nobody has given it a value.
StatusOr<Word> Names::value_of_var(std::string_view name) {
  const Word ref = substrate::find_named_root(pin_, name);
  if (substrate::is_absent(ref)) return kAbsent;
  const RootRead read = substrate::read_root(pin_, substrate::root_ref(ref));
  if (read.outcome == RootRead::Outcome::kExpired) {
    return substrate::unavailable("lower: the pin expired while reading a name; try again");
  }
  return read.ok() ? read.value : kAbsent;
}

// A function of the prelude or a primitive, or kAbsent. "clojure.core/map" is `map`.
StatusOr<Word> Names::of_the_language(std::string_view name) {
  if (name.starts_with(kPythonHome)) {
    auto defined = value_of_var(root_name({}, name));
    if (!defined.ok() || !substrate::is_absent(*defined)) return defined;
  }
  if (name.starts_with(kCore)) name.remove_prefix(kCore.size());
  auto core = value_of_var(root_name(kPreludeHome, name));
  if (!core.ok() || !substrate::is_absent(*core)) return core;
  if (const auto number = find_primitive(name)) return substrate::primitive_word(*number);
  if (const auto number = find_in_library(name)) return substrate::primitive_word(*number);
  return kAbsent;
}

StatusOr<Word> Names::function_of_the_language(std::string_view name) {
  auto found = of_the_language(name);
  if (found.ok() && substrate::is_absent(*found))
    return substrate::invalid_argument("the domain's prelude has no " + std::string(name) +
                                       "; install_prelude() first");
  return found;
}

StatusOr<Word> Names::var_to_define(Word symbol) {
  const std::string_view name = substrate::name_of(pin_, symbol);
  Word initial = kAbsent;
  if (home_.empty()) {
    auto before = of_the_language(name);
    if (!before.ok()) return before;
    initial = *before;
  }
  return substrate::named_root(pin_, RootKind::kVar, root_name(home_, name), initial);
}

StatusOr<Word> Names::look_up(Word symbol) {
  const std::string_view name = substrate::name_of(pin_, symbol);
  if (home_.empty() && !name.starts_with(kPythonHome)) {
    const bool var = defined_.contains(symbol.bits) ||
                     !substrate::is_absent(substrate::find_named_root(pin_, root_name({}, name)));
    if (var) return var_to_define(symbol);
  }
  auto known = of_the_language(name);
  if (!known.ok()) return known;
  // The prelude may define a name that a primitive has too: then the definition counts.
  const bool replaced =
      !home_.empty() && defined_.contains(symbol.bits) && substrate::is_primitive(*known);
  if (!substrate::is_absent(*known) && !replaced) return known;
  return var_to_define(symbol);
}

StatusOr<Word> Names::resolve(Word symbol) {
  const auto found = known_.find(symbol.bits);
  if (found != known_.end()) return found->second;
  auto word = look_up(symbol);
  if (word.ok()) known_.emplace(symbol.bits, *word);
  return word;
}

}  // namespace yin::vm::internal
