// Exceptions: Python's classes over the machine's errors (ast/python_words.h has the table).
//
// An error says in its message of which class it is, "ValueError: what is wrong", and keeps what it
// was made with as its data where the message does not say that: one string alone is its text. So
// what a primitive raises, what a Python program raises and what Clojure functions raise are one
// kind of value, which the handlers of either language take.

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
bool append_text_of(PrimitiveContext& c, std::string& text, std::string_view class_name,
                    Arguments a, int depth) {
  if (a.empty()) return true;
  if (a.size() == 1) {
    return append_shown(c, text, a[0], class_name == "KeyError" ? Shown::kRepr : Shown::kStr,
                        depth + 1);
  }
  text += '(';
  if (!append_arguments(c, text, a, depth)) return false;
  text += ')';
  return true;
}

std::vector<Word> arguments_of(PrimitiveContext& c, Word error) {
  const Word data = substrate::field(c.pin(), error, ErrorField::kData);
  std::vector<Word> out;
  if (marks::is_arguments(c.pin(), data)) {
    for (substrate::ListIterator it(c.pin(), {data}); !it.done(); it.next())
      out.push_back(it.item());
    out.erase(out.begin());
    return out;
  }
  const Said said = read_message(c, error);
  if (said.any) out.push_back(text_word(c, said.what));
  return out;
}

}  // namespace

Word make_exception(PrimitiveContext& c, std::string_view class_name, Arguments a) {
  const ExceptionClass* of = marks::find_exception_class(class_name);
  if (of == nullptr) return type_error(c, "exceptions must derive from BaseException");
  std::string what;
  if (!append_text_of(c, what, class_name, a, 0)) return kSignalled;
  std::string message(class_name);
  if (!what.empty()) message += ": " + what;
  const bool says_all = a.empty() || (a.size() == 1 && substrate::is_string(a[0]) &&
                                      !what.empty() && class_name != "KeyError");
  Word data = substrate::kNil;
  if (!says_all) {
    std::vector<Word> list = {marks::kArguments};
    list.insert(list.end(), a.begin(), a.end());
    data = List::from(c.edit, list).word;
  }
  return make_error(c.edit, of->kind, message, data);
}

std::string_view exception_class(PrimitiveContext& c, Word error) {
  const ExceptionClass* of = read_message(c, error).of;
  return of == nullptr ? "Exception" : of->name;
}

Word exception_arguments(PrimitiveContext& c, Word error) {
  return tuple_of(c, arguments_of(c, error));
}

bool catches(PrimitiveContext& c, Word error, std::string_view class_name) {
  return look(c, error).kind == Kind::kException &&
         marks::is_subclass(read_message(c, error).of, class_name);
}

bool append_exception(PrimitiveContext& c, std::string& text, Word error, Shown how, int depth) {
  const std::vector<Word> a = arguments_of(c, error);
  const std::string_view class_name = exception_class(c, error);
  if (how == Shown::kStr) return append_text_of(c, text, class_name, a, depth);
  text.append(class_name).append("(");
  if (!append_arguments(c, text, a, depth)) return false;
  text += ')';
  return true;
}

}  // namespace yin::vm::internal::python
