// Clojure text to forms: the reader proper (clojure_forms.h has the contract). One pass over the
// bytes with a stack of what is open: collections, and the prefixes ' @ #_ that wait for the form
// behind them.

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "substrate/format.h"
#include "ast/readers/clojure_forms.h"
#include "ast/readers/clojure_literals.h"

namespace yin::ast::clojure {

namespace {

using substrate::Word;

constexpr std::size_t kTextMaxBytes = std::size_t{1}
                                      << 30;  // lines, columns and entity ids stay within 32 bits
constexpr std::string_view kCoreNamespace = "clojure.core/";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

constexpr std::array<std::string_view, 21> kArgumentNames = {
    "%&",  "%1",  "%2",  "%3",  "%4",  "%5",  "%6",  "%7",  "%8",  "%9", "%10",
    "%11", "%12", "%13", "%14", "%15", "%16", "%17", "%18", "%19", "%20"};
constexpr std::size_t kArgumentMax = kArgumentNames.size() - 1;

bool is_blank(char c) { return c == ' ' || c == ',' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// What ends a symbol, keyword, number or character.
bool ends_token(char c) {
  return is_blank(c) || std::string_view("\";@^`~()[]{}\\").find(c) != std::string_view::npos;
}

// Characters that nobody means to write into a program: controls, and blanks of other widths than
// ours, which would become part of a name.
bool is_strange(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0xa0) || (c >= 0x2000 && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f) || c == 0x3000 || c == 0xfeff;
}

std::string hexadecimal(char32_t c, std::size_t width) {
  std::string digits;
  for (; c != 0 || digits.size() < width; c /= 16) digits += "0123456789ABCDEF"[c % 16];
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string place(Position at) { return std::to_string(at.line) + ":" + std::to_string(at.column); }

enum class Opener : std::uint8_t {
  kList,
  kVector,
  kMap,
  kSet,
  kFunction,
  kQuote,
  kDeref,
  kSyntaxQuote,
  kUnquote,
  kUnquoteSplicing,
  kMetadata,
  kAnnotated,  // behind the metadata, before what it is of
  kVar,
  kDiscard
};

struct OpenerShape {
  std::string_view name;  // for messages
  std::string_view text;
  char closer;  // 0: a prefix, done with the form behind it
};

constexpr std::array<OpenerShape, 14> kOpeners = {{
    {"list", "(", ')'},
    {"vector", "[", ']'},
    {"map", "{", '}'},
    {"set", "#{", '}'},
    {"function", "#(", ')'},
    {"quote", "'", 0},
    {"deref", "@", 0},
    {"syntax-quote", "`", 0},
    {"unquote", "~", 0},
    {"unquote-splicing", "~@", 0},
    {"metadata", "^", 0},
    {"metadata", "^", 0},
    {"var", "#'", 0},
    {"discard", "#_", 0},
}};
constexpr const OpenerShape& shape(Opener o) { return kOpeners[static_cast<std::size_t>(o)]; }

// What begins with one character and cannot be read, and what to do about it.
struct Refused {
  char c;
  std::string_view what;
};
constexpr std::array<Refused, 4> kRefusedDispatch = {{
    {'?', "reader conditionals (#?) are not supported; keep the branch that is meant"},
    {':', "namespaced maps (#:ns{...}) are not supported yet; write the keys out"},
    {'=', "read-time evaluation (#=) is not supported"},
    {'<', "#<...> is printed for what has no text form, and cannot be read"},
}};

template <std::size_t n>
const Refused* find_refused(const std::array<Refused, n>& table, char c) {
  const auto at =
      std::find_if(table.begin(), table.end(), [c](const Refused& r) { return r.c == c; });
  return at == table.end() ? nullptr : &*at;
}

class Reader {
 public:
  Reader(Forms& forms, std::string_view text) : forms_(forms), text_(text) {}

  Items read() {
    if (!check_text()) return {};
    while (forms_.ok()) {
      skip_blanks();
      if (at_end()) break;
      read_one();
    }
    if (forms_.ok() && !open_.empty()) fail_at_end();
    return forms_.ok() ? std::move(top_) : Items{};
  }

 private:
  struct Open {
    Opener opener;
    Position at;
    Items items;
  };
  // The #() being read.
  struct Function {
    std::size_t parameters = 0;
    bool rest = false;
  };

  // ----------------------------------------------------------------------------------------- bytes

  [[nodiscard]] bool at_end() const { return next_ == text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return next_ + ahead < text_.size() ? text_[next_ + ahead] : '\0';
  }
  void advance(std::size_t bytes) {
    for (; bytes > 0; --bytes) {
      const char c = text_[next_++];
      if (c == '\n') {
        at_ = {at_.line + 1, 1};
      } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
        ++at_.column;
      }
    }
  }
  void skip_line() {
    while (!at_end() && peek() != '\n') advance(1);
  }
  void skip_blanks() {
    while (!at_end()) {
      if (is_blank(peek())) {
        advance(1);
      } else if (peek() == ';' || (peek() == '#' && peek(1) == '!')) {
        skip_line();
      } else {
        return;
      }
    }
  }
  // The token that begins here; its first `least` bytes belong to it whatever they are.
  std::string_view take_token(std::size_t least = 0) {
    std::size_t end = next_ + least;
    while (end < text_.size() && !ends_token(text_[end])) ++end;
    const std::string_view token = text_.substr(next_, end - next_);
    advance(token.size());
    return token;
  }

  // The whole text is well-formed UTF-8 and of a size that positions can count.
  bool check_text() {
    if (text_.size() > kTextMaxBytes) {
      forms_.fail(at_, "the text is larger than 1 GiB; split it");
      return false;
    }
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
    for (std::size_t i = 0; i < text_.size();) {
      const std::size_t length = utf8_length(text_.substr(i));
      if (length == 0) {
        const auto byte = static_cast<unsigned char>(text_[i]);
        advance(i);
        forms_.fail(at_, "the byte 0x" + hexadecimal(byte, 2) +
                             " is not UTF-8 here; save the file as UTF-8");
        return false;
      }
      i += length;
    }
    return true;
  }

  // ----------------------------------------------------------------------------------------- forms

  void read_one() {
    const char c = peek();
    switch (c) {
      case '(':
        return open(Opener::kList);
      case '[':
        return open(Opener::kVector);
      case '{':
        return open(Opener::kMap);
      case ')':
      case ']':
      case '}':
        return close(c);
      case '\'':
        return open(Opener::kQuote);
      case '@':
        return open(Opener::kDeref);
      case '`':
        return open(Opener::kSyntaxQuote);
      case '~':
        return open(peek(1) == '@' ? Opener::kUnquoteSplicing : Opener::kUnquote);
      case '^':
        return open(Opener::kMetadata);
      case '"':
        return deliver(read_string());
      case '\\':
        return deliver(read_char());
      case '#':
        return read_dispatch();
      default:
        break;
    }
    const bool number = is_digit(c) || ((c == '+' || c == '-') && is_digit(peek(1)));
    deliver(number ? read_numeral() : read_name());
  }

  void read_dispatch() {
    const char c = peek(1);
    switch (c) {
      case '{':
        return open(Opener::kSet);
      case '(':
        return open_function();
      case '_':
        return open(Opener::kDiscard);
      case '^':
        advance(1);
        return open(Opener::kMetadata);
      case '\'':
        return open(Opener::kVar);
      case '"':
        return deliver(read_pattern());
      case '#':
        return deliver(read_symbolic_value());
      default:
        break;
    }
    const Position at = at_;
    if (const Refused* refused = find_refused(kRefusedDispatch, c)) {
      forms_.fail(at, std::string(refused->what));
      return;
    }
    advance(1);
    const std::string_view tag = take_token();
    if (tag.empty()) {
      forms_.fail(at, "`#` means nothing here; remove it");
    } else if (tag[0] >= '!' && tag[0] <= '@') {
      forms_.fail(at, "`#" + std::string(1, tag[0]) + "` means nothing; remove it");
    } else {
      forms_.fail(at, "tagged literals (#" + std::string(tag) +
                          ") are not supported yet; call a function that makes the value");
    }
  }

  void open(Opener opener) {
    open_.push_back({opener, at_, {}});
    advance(shape(opener).text.size());
  }

  void open_function() {
    if (function_) {
      forms_.fail(at_, "#() does not nest; write the inner function as (fn [x] ...)");
      return;
    }
    function_ = Function{};
    open(Opener::kFunction);
  }

  void close(char closer) {
    const std::string text(1, closer);
    if (open_.empty()) {
      forms_.fail(at_, "`" + text + "` closes nothing; remove it or add what it should close");
      return;
    }
    const Open& top = open_.back();
    const OpenerShape& opened = shape(top.opener);
    if (opened.closer == 0) {
      forms_.fail(at_, "`" + std::string(opened.text) + "` at " + place(top.at) +
                           " needs a form behind it, before this `" + text + "`");
    } else if (opened.closer != closer) {
      forms_.fail(at_, "`" + text + "` cannot close the " + std::string(opened.name) +
                           " opened at " + place(top.at) + "; `" + std::string(1, opened.closer) +
                           "` does");
    } else {
      advance(1);
      Open done = std::move(open_.back());
      open_.pop_back();
      deliver(finish(std::move(done)));
    }
  }

  const Form* finish(Open done) {
    switch (done.opener) {
      case Opener::kVector:
        return forms_.vector(done.at, std::move(done.items));
      case Opener::kMap:
        return finish_map(std::move(done));
      case Opener::kSet:
        return finish_set(std::move(done));
      case Opener::kFunction:
        return finish_function(std::move(done));
      default:
        return forms_.list(done.at, std::move(done.items));
    }
  }

  const Form* finish_map(Open done) {
    if (done.items.size() % 2 != 0) {
      return forms_.fail(done.at, "a map needs a value for every key; this one has " +
                                      std::to_string(done.items.size()) + " forms");
    }
    if (const Form* twice = forms_.first_duplicate(done.items, 2)) {
      return forms_.fail(twice->at, "this key is in the map already; keep one of them");
    }
    return forms_.collection(FormKind::kMap, done.at, std::move(done.items));
  }

  const Form* finish_set(Open done) {
    if (const Form* twice = forms_.first_duplicate(done.items, 1)) {
      return forms_.fail(twice->at, "this element is in the set already; keep one of them");
    }
    return forms_.collection(FormKind::kSet, done.at, std::move(done.items));
  }

  // #(f % %2) is (fn* [%1 %2] (f %1 %2)).
  const Form* finish_function(Open done) {
    Items parameters;
    for (std::size_t i = 1; i <= function_->parameters; ++i) {
      parameters.push_back(forms_.symbol(done.at, kArgumentNames[i]));
    }
    if (function_->rest) {
      parameters.push_back(forms_.symbol(done.at, "&"));
      parameters.push_back(forms_.symbol(done.at, kArgumentNames[0]));
    }
    function_.reset();
    return forms_.call(done.at, "fn*",
                       {forms_.vector(done.at, std::move(parameters)),
                        forms_.list(done.at, std::move(done.items))});
  }

  // Hands a form to whoever waits for it.
  void deliver(const Form* form) {
    if (form == nullptr || !forms_.ok()) return;
    while (!open_.empty() && shape(open_.back().opener).closer == 0) {
      const Open prefix = std::move(open_.back());
      open_.pop_back();
      if (prefix.opener == Opener::kDiscard) return;
      if (prefix.opener == Opener::kMetadata) {
        const Form* meta = metadata_of(*form);
        if (meta != nullptr) open_.push_back({Opener::kAnnotated, prefix.at, {meta}});
        return;
      }
      form = prefix.opener == Opener::kAnnotated
                 ? annotated(prefix.at, *form, *prefix.items[0])
                 : forms_.call(prefix.at, shape(prefix.opener).name, {form});
      if (form == nullptr) return;
    }
    (open_.empty() ? top_ : open_.back().items).push_back(form);
    const bool names = open_.empty() && form->kind == FormKind::kList && form->items.size() > 1 &&
                       form->items[0]->is_symbol("ns") && form->items[1]->kind == FormKind::kSymbol;
    if (names) namespace_ = form->items[1]->name;
  }

  // ^:key is ^{:key true}, ^name and ^"name" are hints: ^{:tag name}.
  const Form* metadata_of(const Form& form) {
    const Position at = form.at;
    if (form.kind == FormKind::kMap) return &form;
    if (form.kind == FormKind::kKeyword)
      return forms_.collection(FormKind::kMap, at, {&form, forms_.atom(at, substrate::kTrue)});
    const bool text = form.kind == FormKind::kAtom && substrate::is_string(forms_.data_of(form));
    if (form.kind == FormKind::kSymbol || text)
      return forms_.collection(FormKind::kMap, at, {forms_.keyword(at, "tag"), &form});
    return forms_.fail(at,
                       "metadata is a map, a keyword, or a name as a hint: ^{:a 1} ^:a ^String");
  }

  const Form* annotated(Position at, const Form& form, const Form& meta) {
    if (form.kind == FormKind::kAtom || form.kind == FormKind::kKeyword)
      return forms_.fail(at, "only collections and symbols have metadata");
    return forms_.with_meta(form, meta);
  }

  void fail_at_end() {
    const Open& top = open_.back();
    const OpenerShape& opened = shape(top.opener);
    if (opened.closer == 0) {
      forms_.fail_unfinished(at_, "the text ends, but `" + std::string(opened.text) + "` at " +
                                      place(top.at) + " needs a form behind it");
    } else {
      forms_.fail_unfinished(at_, "the text ends inside the " + std::string(opened.name) +
                                      " opened at " + place(top.at) + "; add the missing `" +
                                      std::string(1, opened.closer) + "`");
    }
  }

  // ---------------------------------------------------------------------------------------- tokens

  const Form* read_string() {
    const Position at = at_;
    std::size_t end = next_ + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) {
      advance(text_.size() - next_);
      return forms_.fail_unfinished(
          at_, "the text ends inside the string opened at " + place(at) + "; add the missing `\"`");
    }
    advance(1);
    const std::string_view raw = text_.substr(next_, end - next_);
    const Text read = read_text(raw);
    if (!read.problem.empty()) {
      advance(read.problem_at);
      return forms_.fail(at_, read.problem);
    }
    advance(raw.size() + 1);
    return forms_.atom(at, substrate::from_string(forms_.edit(), read.bytes));
  }

  // A pattern of letters that stand for themselves; what takes it takes a string as well
  // (clojure_expand.cc).
  const Form* read_pattern() {
    const Position at = at_;
    advance(1);
    const std::size_t from = next_ + 1;
    const Form* text = read_string();
    if (text == nullptr) return nullptr;
    const std::string_view raw = text_.substr(from, next_ - from - 1);
    if (raw.empty() || raw.find_first_of("\\^$.|?*+()[]{}") != std::string_view::npos) {
      return forms_.fail(at,
                         "regular expressions (#\"...\") are not supported yet, but for plain text "
                         "to split or replace by; use string functions");
    }
    return forms_.call(at, kPatternName, {text});
  }

  const Form* read_char() {
    const Position at = at_;
    advance(1);
    if (at_end()) return forms_.fail(at, "the text ends behind `\\`; a character belongs there");
    if (is_blank(peek()) && peek() != ',') {
      return forms_.fail(at,
                         "`\\` needs a character behind it; a blank is \\space, \\newline, \\tab");
    }
    const std::string_view token = take_token(utf8_length(text_.substr(next_)));
    return finish_literal(at, "\\", token, read_character(token));
  }

  const Form* read_numeral() {
    const Position at = at_;
    const std::string_view token = take_token();
    return finish_literal(at, "", token, read_number(forms_.edit(), token));
  }

  const Form* read_symbolic_value() {
    const Position at = at_;
    advance(2);
    const std::string_view token = take_token();
    return finish_literal(at, "##", token, read_symbolic(forms_.edit(), token));
  }

  const Form* finish_literal(Position at, std::string_view prefix, std::string_view token,
                             const Literal& literal) {
    if (literal.problem.empty()) return forms_.atom(at, literal.word);
    constexpr std::size_t kShownMax = 60;  // of a token that may be as long as the text
    const std::string shown = token.size() <= kShownMax
                                  ? std::string(token)
                                  : std::string(token.substr(0, kShownMax)) + "...";
    return forms_.fail(at, "`" + std::string(prefix) + shown + "` " + literal.problem);
  }

  const Form* read_name() {
    const Position at = at_;
    const std::string_view token = take_token();
    if (!check_characters(at, token)) return nullptr;
    if (token == "nil") return forms_.nil(at);
    if (token == "true") return forms_.atom(at, substrate::kTrue);
    if (token == "false") return forms_.atom(at, substrate::kFalse);
    if (token.front() == ':') return read_keyword(at, token);
    if (function_ && token.front() == '%') return read_argument(at, token);
    if (!check_name(at, token, token)) return nullptr;
    if (token.starts_with(kCoreNamespace)) {
      return forms_.core(at, token.substr(kCoreNamespace.size()));
    }
    return forms_.symbol(at, token);
  }

  const Form* read_keyword(Position at, std::string_view token) {
    if (token.starts_with("::")) {
      if (token.find('/') != std::string_view::npos) {
        return forms_.fail(
            at, "`" + std::string(token) + "` names a namespace by its alias; write it out");
      }
      if (!check_name(at, token, token.substr(2))) return nullptr;
      return forms_.keyword(
          at, forms_.keep(std::string(namespace_).append("/").append(token.substr(2))));
    }
    if (!check_name(at, token, token.substr(1))) return nullptr;
    return forms_.keyword(at, token.substr(1));
  }

  bool check_characters(Position at, std::string_view token) {
    for (std::size_t i = 0; i < token.size(); i += utf8_length(token.substr(i))) {
      const char32_t c = utf8_decode(token.substr(i));
      if (!is_strange(c)) {
        ++at.column;
        continue;
      }
      forms_.fail(at, "unknown character U+" + hexadecimal(c, 4) + "; remove it");
      return false;
    }
    return true;
  }

  // "name" or "namespace/name", neither part empty; "/" and "namespace//" are names of division.
  bool check_name(Position at, std::string_view token, std::string_view name) {
    const std::size_t slash = name.find('/');
    const bool parts_ok =
        slash == std::string_view::npos || name == "/" ||
        (slash > 0 && slash + 1 < name.size() &&
         (name.find('/', slash + 1) == std::string_view::npos || name.substr(slash) == "//"));
    if (name.empty() || name.back() == ':' || !parts_ok) {
      forms_.fail(at, "`" + std::string(token) + "` is no name; there are name and namespace/name");
      return false;
    }
    if (name.size() > substrate::kNameMaxBytes) {
      forms_.fail(at, "a name of " + std::to_string(name.size()) + " bytes; at most " +
                          std::to_string(substrate::kNameMaxBytes) + " are possible");
      return false;
    }
    return true;
  }

  // % %1 %2 ... %& inside #().
  const Form* read_argument(Position at, std::string_view token) {
    if (token == "%") token = kArgumentNames[1];
    const auto known = std::find(kArgumentNames.begin(), kArgumentNames.end(), token);
    if (known == kArgumentNames.end()) {
      return forms_.fail(at, "`" + std::string(token) +
                                 "` is no argument of #(); there are %, %1 to %" +
                                 std::to_string(kArgumentMax) + " and %&");
    }
    const auto number = static_cast<std::size_t>(known - kArgumentNames.begin());
    if (number == 0) {
      function_->rest = true;
    } else {
      function_->parameters = std::max(function_->parameters, number);
    }
    return forms_.symbol(at, *known);
  }

  Forms& forms_;
  std::string_view text_;
  std::size_t next_ = 0;
  Position at_{1, 1};
  std::vector<Open> open_;
  std::optional<Function> function_;
  std::string_view namespace_ = "user";  // of ::keywords
  Items top_;
};

}  // namespace

Items read_forms(Forms& forms, std::string_view text) { return Reader(forms, text).read(); }

}  // namespace yin::ast::clojure
