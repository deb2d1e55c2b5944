#include "substrate/print.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "substrate/array.h"
#include "substrate/elements.h"
#include "substrate/intern.h"
#include "substrate/internal/stack.h"
#include "substrate/internal/utf8.h"
#include "substrate/internal/walk.h"
#include "substrate/literal.h"
#include "substrate/number.h"
#include "substrate/struct.h"
#include "substrate/tensor.h"
#include "substrate/vector.h"

namespace yin::substrate {

namespace {

// Of an array's elements and of a struct's fields, all rows together.
constexpr std::uint64_t kElementsShown = 100;

template <class T>
void append_number(std::string& out, T number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), number).ptr;
  out.append(text, end);
}

// The shortest text that is read as the same double, and never as an integer.
void append_double(std::string& out, double d) {
  if (std::isnan(d)) {
    out += "##NaN";
  } else if (std::isinf(d)) {
    out += d > 0 ? "##Inf" : "##-Inf";
  } else {
    const std::size_t start = out.size();
    append_number(out, d);
    if (out.find_first_of(".e", start) == std::string::npos) out += ".0";
  }
}

void append_escape(std::string& out, char32_t c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (unsigned shift = 16; shift > 0; shift -= 4) out += kDigits[c >> (shift - 4) & 0xf];
}

bool is_control(char32_t c) { return c < 0x20 || c == 0x7f; }

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (is_control(static_cast<unsigned char>(c))) {
          append_escape(out, static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

namespace {

void append_character(std::string& out, char32_t c) {
  switch (c) {
    case '\n':
      out += "\\newline";
      return;
    case ' ':
      out += "\\space";
      return;
    case '\t':
      out += "\\tab";
      return;
    case '\r':
      out += "\\return";
      return;
    case '\b':
      out += "\\backspace";
      return;
    case '\f':
      out += "\\formfeed";
      return;
    default:
      break;
  }
  if (is_control(c) || is_surrogate(c)) {
    append_escape(out, c);
  } else {
    out += '\\';
    append_utf8(out, c);
  }
}

struct Brackets {
  std::string_view open;
  std::string_view close;
};

Brackets brackets_of(Word w) {
  switch (shape_of(w)) {
    case Shape::kSet:
      return {"#{", "}"};
    case Shape::kMap:
      return {"{", "}"};
    case Shape::kTagged:
      return {"#", ""};
    case Shape::kAnnotated:
      return {"^", ""};
    default:
      return Vector::is(w) ? Brackets{"[", "]"} : Brackets{"(", ")"};
  }
}

class Printer {
 public:
  enum class Style { kReadable, kBare, kWithMeta };

  Printer(std::string& out, const Pin& pin, Style style) : out_(out), pin_(pin), style_(style) {}

  bool run(Word value, std::size_t limit) {
    Walk walk(pin_, value,
              style_ == Style::kWithMeta ? Walk::Metadata::kShown : Walk::Metadata::kHidden);
    while (out_.size() <= limit) {
      switch (walk.next()) {
        case Walk::Event::kOpen:
          open(walk.word());
          break;
        case Walk::Event::kItem:
          separate();
          scalar(walk.word());
          break;
        case Walk::Event::kClose:
          out_ += open_.back().close;
          open_.pop();
          break;
        case Walk::Event::kEnd:
          return true;
      }
    }
    return false;
  }

 private:
  struct Open {
    std::string_view close;
    bool map;
    bool any;       // something was printed in it
    bool at_value;  // of a map: a key was printed last
  };

  void open(Word w) {
    separate();
    const Brackets brackets = brackets_of(w);
    out_ += brackets.open;
    open_.push({brackets.close, shape_of(w) == Shape::kMap, false, false});
  }

  void separate() {
    if (open_.empty()) return;
    Open& in = open_.back();
    if (in.any) out_ += in.map && !in.at_value ? ", " : " ";
    in.at_value = !in.at_value && in.map;
    in.any = true;
  }

  void scalar(Word w) {
    if (is_small_int(w)) {
      append_number(out_, small_int(w));
    } else if (is_double(w)) {
      append_double(out_, to_double(pin_, w));
    } else if (is_string(w)) {
      string(w);
    } else if (tag(w) == kTagObject) {
      object(w);
    } else {
      immediate_scalar(w);
    }
  }

  void string(Word w) {
    const StringView text(pin_, w);
    if (style_ == Style::kBare) {
      out_ += text.view();
    } else {
      append_quoted(out_, text.view());
    }
  }

  void immediate_scalar(Word w) {
    switch (static_cast<Immediate>(w.bits >> 4 & 0xf)) {
      case Immediate::kNil:
        out_ += "nil";
        return;
      case Immediate::kBoolean:
        out_ += w == kTrue ? "true" : "false";
        return;
      case Immediate::kCharacter:
        character(static_cast<char32_t>(payload(w)));
        return;
      case Immediate::kKeyword:
        out_ += ':';
        [[fallthrough]];
      case Immediate::kSymbol:
        out_ += name_of(pin_, w);
        return;
      case Immediate::kRoot:
        root(w);
        return;
      case Immediate::kPrimitive:
        tag_of(w);
        append_number(out_, payload(w));
        return;
      default:
        tagged(w, kNil);
        return;
    }
  }

  void character(char32_t c) {
    if (style_ == Style::kBare) {
      append_utf8(out_, c);
    } else {
      append_character(out_, c);
    }
  }

  void root(Word w) {
    const RootRef ref = root_ref(w);
    tag_of(w);
    out_ += '[';
    append_number(out_, raw(ref.slot));
    out_ += ' ';
    append_number(out_, ref.generation);
    out_ += ']';
  }

  void object(Word w) {
    switch (object_kind(w)) {
      case ObjectKind::kInt64:
      case ObjectKind::kRatio:
        append_exact(out_, pin_, w);
        return;
      case ObjectKind::kBigInt:
        append_exact(out_, pin_, w);
        out_ += 'N';
        return;
      case ObjectKind::kInstant:
        literal("#inst ", [&] { append_instant(out_, to_millis(pin_, w)); });
        return;
      case ObjectKind::kUuid:
        literal("#uuid ", [&] { append_uuid(out_, to_uuid(pin_, w)); });
        return;
      case ObjectKind::kBytes:
        literal("#yin/bytes ", [&] { append_base64(out_, bytes_of(pin_, w)); });
        return;
      case ObjectKind::kClosure:
        tagged(w, name_of_function(first_arity(w)));
        return;
      case ObjectKind::kFunction:
        tagged(w, name_of_function(w));
        return;
      case ObjectKind::kProgram:
        tagged(w, field(pin_, w, ProgramField::kFile));
        return;
      case ObjectKind::kAgent:
        tagged(w, field(pin_, w, AgentField::kName));
        return;
      case ObjectKind::kError:
        error(w);
        return;
      case ObjectKind::kArray:
        array(Array{w});
        return;
      case ObjectKind::kStruct:
        rows(Struct{w});
        return;
      case ObjectKind::kLayout:
        layout(Layout{w});
        return;
      case ObjectKind::kTensor:
        tensor(Tensor{w});
        return;
      default:
        tagged(w, kNil);
        return;
    }
  }

  template <class Append>
  void literal(std::string_view tag, const Append& append) {
    out_ += tag;
    out_ += '"';
    append();
    out_ += '"';
  }

  Word first_arity(Word closure) {
    const Word function = field(pin_, closure, ClosureField::kFunction);
    return is_object(function, ObjectKind::kVector) ? Vector{function}.nth(pin_, 0) : function;
  }
  Word name_of_function(Word function) {
    return is_object(function, ObjectKind::kFunction) ? field(pin_, function, FunctionField::kName)
                                                      : kNil;
  }

  void error(Word w) {
    tag_of(w);
    out_ += '[';
    name_or_nil(field(pin_, w, ErrorField::kKind));
    out_ += ' ';
    name_or_nil(field(pin_, w, ErrorField::kMessage));
    out_ += ']';
  }

  void array(Array array) {
    const Elements elements = array.elements(pin_);
    tag_of(array.word);
    out_ += '[';
    out_ += element_name(elements.type());
    out_ += ' ';
    append_number(out_, elements.count());
    out_ += " [";
    const std::uint64_t shown = std::min(elements.count(), kElementsShown);
    for (std::uint64_t i = 0; i < shown; ++i) {
      if (i > 0) out_ += ' ';
      number(*elements.get(i));
    }
    out_ += shown < elements.count() ? " ...]]" : "]]";
  }
  void number(Scalar s) {
    if (s.real) {
      append_double(out_, s.number);
    } else {
      append_number(out_, s.integer);
    }
  }

  void rows(Struct s) {
    const Layout layout = s.layout(pin_);
    const std::uint64_t fields = layout.field_count(pin_);
    const std::uint64_t shown =
        std::min(s.rows(pin_), std::max<std::uint64_t>(1, kElementsShown / (fields + 1)));
    tag_of(s.word);
    out_ += '[';
    append_number(out_, s.rows(pin_));
    for (std::uint64_t i = 0; i < shown; ++i) row(s, layout, i);
    out_ += shown < s.rows(pin_) ? " ...]" : "]";
  }
  void row(Struct s, Layout layout, std::uint64_t index) {
    out_ += " {";
    for (std::uint32_t i = 0; i < layout.field_count(pin_); ++i) {
      if (i > 0) out_ += ", ";
      immediate_scalar(layout.name(pin_, i));
      out_ += ' ';
      const Field f = layout.field_at(pin_, i);
      if (f.type == ElementType::kWord) {
        shallow(s.word_at(pin_, index, f));
      } else {
        number(*s.column(pin_, f).get(index));
      }
    }
    out_ += '}';
  }
  // What else it may be is named, not gone into: structs may be nested as deep as memory goes.
  void shallow(Word w) {
    const bool number = is_int(w) || is_double(w);
    if (tag(w) == kTagObject && !number) {
      tagged(w, kNil);
    } else {
      scalar(w);
    }
  }

  void layout(Layout layout) {
    constexpr std::string_view kAccess[] = {"immutable", "mutable", "atomic"};
    tag_of(layout.word);
    out_ += '[';
    for (std::uint32_t i = 0; i < layout.field_count(pin_); ++i) {
      const Field f = layout.field_at(pin_, i);
      out_ += i > 0 ? " [" : "[";
      immediate_scalar(layout.name(pin_, i));
      out_ += ' ';
      out_ += element_name(f.type);
      out_ += ' ';
      out_ += kAccess[static_cast<std::size_t>(f.access)];
      out_ += ']';
    }
    out_ += ']';
  }

  void tensor(Tensor tensor) {
    tag_of(tensor.word);
    out_ += '[';
    out_ += element_name(tensor.array(pin_).type(pin_));
    out_ += " [";
    for (std::uint32_t d = 0; d < tensor.rank(pin_); ++d) {
      if (d > 0) out_ += ' ';
      append_number(out_, tensor.size(pin_, d));
    }
    out_ += "]]";
  }

  void tag_of(Word w) {
    out_ += "#yin/";
    out_ += kind_name(w);
    out_ += ' ';
  }
  void tagged(Word w, Word name) {
    tag_of(w);
    if (is_symbol(name)) {
      append_quoted(out_, name_of(pin_, name));
    } else {
      name_or_nil(name);
    }
  }
  // What should be a string or a name is printed as one whatever it is: this goes no deeper.
  void name_or_nil(Word w) {
    if (is_string(w)) {
      append_quoted(out_, StringView(pin_, w).view());
    } else if (is_keyword(w)) {
      immediate_scalar(w);
    } else {
      out_ += "nil";
    }
  }

  std::string& out_;
  const Pin& pin_;
  Style style_;
  Stack<Open, 16> open_;
};

}  // namespace

bool print_to(std::string& out, const Pin& pin, Word w, std::size_t limit) {
  return Printer(out, pin, Printer::Style::kReadable).run(w, limit);
}
bool display_to(std::string& out, const Pin& pin, Word w, std::size_t limit) {
  return Printer(out, pin, Printer::Style::kBare).run(w, limit);
}
bool print_with_meta_to(std::string& out, const Pin& pin, Word w, std::size_t limit) {
  return Printer(out, pin, Printer::Style::kWithMeta).run(w, limit);
}

}  // namespace yin::substrate
