// Exceptions: Python's classes over the machine's errors (ast/python_words.h has the table).
//
// An error says in its message of which class it is, "ValueError: what is wrong", and has as its
// data what it was made with, where the message does not say that (one string alone is its text),
// and the program's own classes. So what a primitive raises, what a Python program raises and what
// Clojure functions raise are one kind of value, which the handlers of either language take.

#include <algorithm>
#include <string>
#include <vector>

#include "substrate/intern.h"
#include "ast/python_words.h"
#include "vm/error.h"
#include "vm/internal/python_values.h"

namespace yin::vm::internal::python {

namespace marks = ast::python;
using marks::ExceptionClass;
using substrate::ErrorField;
using substrate::List;
using substrate::Word;

namespace {

constexpr std::string_view kUnboundName = "unbound name: __main__/";  // of the machines

// A message that begins with a class, taken apart.
struct Said {
  const ExceptionClass* of = nullptr;
  bool any = false;  // it says something
  std::string what;
};

Said read_message(PrimitiveContext& c, Word error) {
  const auto part = [&](std::uint32_t field) { return substrate::field(c.pin(), error, field); };
  const Word kind = part(ErrorField::kKind), message = part(ErrorField::kMessage);
  std::string text = substrate::is_string(message) ? substrate::to_string(c.pin(), message) : "";
  const std::string_view kind_name =
      substrate::is_keyword(kind) ? substrate::name_of(c.pin(), kind) : "";
  const std::size_t colon = text.find(": ");
  const ExceptionClass* named = marks::find_exception_class(text.substr(0, colon));
  if (named != nullptr && named->kind == kind_name) {
    const bool any = colon != text.npos;
    return {named, any, any ? text.substr(colon + 2) : ""};
  }
  if (text.starts_with(kUnboundName)) {
    text = "name " + quoted(text.substr(kUnboundName.size())) + " is not defined";
  }
  const ExceptionClass* of =
      kind_name == "arity" ? marks::find_exception_class("TypeError") : nullptr;
  for (const ExceptionClass& known : marks::kExceptionClasses) {
    if (of == nullptr && known.kind == kind_name && known.name != "BaseException") of = &known;
  }
  if (of == nullptr) of = marks::find_exception_class("Exception");
  return {kind_name == "unsupported" ? nullptr : of, true, std::move(text)};
}

bool append_arguments(PrimitiveContext& c, std::string& text, Arguments a, int depth) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (i != 0) text += ", ";
    if (!append_shown(c, text, a[i], Shown::kRepr, depth + 1)) return false;
  }
  return true;
}

// str() of an exception with these arguments.
bool append_text_of(PrimitiveContext& c, std::string& text, bool of_key, Arguments a, int depth) {
  if (a.empty()) return true;
  if (a.size() == 1) {
    return append_shown(c, text, a[0], of_key ? Shown::kRepr : Shown::kStr, depth + 1);
  }
  text += '(';
  if (!append_arguments(c, text, a, depth)) return false;
  text += ')';
  return true;
}

// The program's own classes, from the exception's up to the language's: no names at all, or two at
// least, the last of them known.
std::vector<std::string_view> names_of(PrimitiveContext& c, Word classes) {
  std::vector<std::string_view> names;
  if (!substrate::Vector::is(classes)) return names;
  const substrate::Vector symbols{classes};
  for (std::uint64_t i = 0; i < symbols.count(c.pin()); ++i) {
    const Word symbol = symbols.nth(c.pin(), i);
    if (!substrate::is_symbol(symbol)) return {};
    names.push_back(substrate::name_of(c.pin(), symbol));
  }
  const bool known = names.size() > 1 && marks::find_exception_class(names.back()) != nullptr;
  return known ? names : std::vector<std::string_view>{};
}

// An exception, taken apart.
struct Exception {
  std::vector<std::string_view> names;  // of the program's own classes
  const ExceptionClass* of = nullptr;   // null: what is not supported
  std::vector<Word> arguments;
  [[nodiscard]] std::string_view name() const {
    if (!names.empty()) return names.front();
    return of == nullptr ? "Exception" : of->name;
  }
  [[nodiscard]] bool is(std::string_view class_name) const {
    return std::ranges::find(names, class_name) != names.end() ||
           marks::is_subclass(of, class_name);
  }
};

Exception take_apart(PrimitiveContext& c, Word error) {
  const Word data = substrate::field(c.pin(), error, ErrorField::kData);
  const Said said = read_message(c, error);
  Exception e{{}, said.of, {}};
  if (marks::is_arguments(c.pin(), data)) {
    substrate::ListIterator it(c.pin(), {data});
    it.next();
    if (!it.done()) e.names = names_of(c, it.item());
    if (!e.names.empty()) e.of = marks::find_exception_class(e.names.back());
    if (!it.done()) it.next();
    for (; !it.done(); it.next()) e.arguments.push_back(it.item());
  } else if (said.any) {
    e.arguments.push_back(text_word(c, said.what));
  }
  return e;
}

}  // namespace

Word make_exception(PrimitiveContext& c, Word classes, Arguments a) {
  Exception e{names_of(c, classes), nullptr, {}};
  if (!e.names.empty()) {
    e.of = marks::find_exception_class(e.names.back());
  } else if (substrate::is_string(classes)) {
    e.of = marks::find_exception_class(substrate::to_string(c.pin(), classes));
  }
  if (e.of == nullptr) return type_error(c, "exceptions must derive from BaseException");
  std::string what;
  const bool of_key = e.is("KeyError");
  if (!append_text_of(c, what, of_key, a, 0)) return kSignalled;
  std::string message(e.name());
  if (!what.empty()) message += ": " + what;
  const bool text_alone =
      a.empty() || (a.size() == 1 && substrate::is_string(a[0]) && !what.empty() && !of_key);
  Word data = substrate::kNil;
  if (!e.names.empty() || !text_alone) {
    std::vector<Word> list = {marks::kArguments, e.names.empty() ? substrate::kNil : classes};
    list.insert(list.end(), a.begin(), a.end());
    data = List::from(c.edit, list).word;
  }
  return make_error(c.edit, e.of->kind, message, data);
}

Word make_exception(PrimitiveContext& c, std::string_view class_name, Arguments a) {
  return make_exception(c, substrate::from_string(c.edit, class_name), a);
}

std::string_view exception_class(PrimitiveContext& c, Word error) {
  return take_apart(c, error).name();
}

Word exception_arguments(PrimitiveContext& c, Word error) {
  return tuple_of(c, take_apart(c, error).arguments);
}

bool catches(PrimitiveContext& c, Word error, std::string_view class_name) {
  return look(c, error).kind == Kind::kException && take_apart(c, error).is(class_name);
}

bool append_exception(PrimitiveContext& c, std::string& text, Word error, Shown how, int depth) {
  const Exception e = take_apart(c, error);
  if (how == Shown::kStr) return append_text_of(c, text, e.is("KeyError"), e.arguments, depth);
  text.append(e.name()).append("(");
  if (!append_arguments(c, text, e.arguments, depth)) return false;
  text += ')';
  return true;
}

}  // namespace yin::vm::internal::python
