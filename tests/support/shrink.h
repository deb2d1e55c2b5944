#pragma once

// The smallest program that still does what it should not.
//
// A text is taken as nested forms, and made smaller as long as `fails` holds of it: a form gives way
// to an atom or to a part of it, parts are taken out, one or two at a time (a binding's name goes
// with its value). Greedy, from the outside in, until nothing smaller fails (Zeller & Hildebrandt,
// "Simplifying and Isolating Failure-Inducing Input", TSE 2002, along the tree). Knows nothing of how
// a text came about: so it also serves for those that somebody wrote.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace yin::tests {

class Forms {
 public:
  struct Form {
    std::string open;   // "(", "#{", "'(" ...; of an atom its whole text
    std::string close;  // empty: an atom
    std::vector<Form> parts;
  };

  static std::vector<Form> parse(std::string_view text) {
    std::vector<Form> stack(1);
    std::string prefix;
    for (std::size_t i = 0; i < text.size();) {
      const char c = text[i];
      if (is_blank(c)) {
        ++i;
      } else if (is_prefix(text, i)) {
        prefix += text[i++];
      } else if (c == '(' || c == '[' || c == '{') {
        stack.push_back({std::exchange(prefix, {}) + c, closing(c), {}});
        ++i;
      } else if (c == ')' || c == ']' || c == '}') {
        ++i;
        if (stack.size() == 1) continue;
        Form done = std::move(stack.back());
        stack.pop_back();
        stack.back().parts.push_back(std::move(done));
      } else {
        const std::size_t end = atom_end(text, i);
        stack.back().parts.push_back(
            {std::exchange(prefix, {}) + std::string(text.substr(i, end - i)), {}, {}});
        i = end;
      }
    }
    return std::move(stack.front().parts);
  }

  static std::string print(const std::vector<Form>& forms) {
    std::string text;
    for (const Form& f : forms) {
      if (!text.empty()) text += ' ';
      text += f.open;
      if (!f.close.empty()) text += print(f.parts) + f.close;
    }
    return text;
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\n' || c == ',' || c == '\t'; }
  static bool is_prefix(std::string_view text, std::size_t i) {
    const char c = text[i];
    if (c == '#') return i + 1 < text.size() && (text[i + 1] == '(' || text[i + 1] == '{');
    return c == '\'' || c == '`' || c == '~' || c == '@';
  }
  static const char* closing(char c) { return c == '(' ? ")" : c == '[' ? "]" : "}"; }
  static std::size_t atom_end(std::string_view text, std::size_t i) {
    if (text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i)
        if (text[i] == '\\') ++i;
      return std::min(i + 1, text.size());
    }
    std::size_t end = text[i] == '\\' ? i + 2 : i + 1;
    while (end < text.size() && !is_blank(text[end]) &&
           std::string_view("()[]{}\"").find(text[end]) == std::string_view::npos)
      ++end;
    return std::min(end, text.size());
  }
};

template <class Fails>
class Shrinking {
 public:
  Shrinking(std::string_view text, Fails& fails, int tries)
      : forms_(Forms::parse(text)), fails_(fails), tries_(tries) {}

  std::string run() {
    while (smaller(forms_)) {
    }
    return Forms::print(forms_);
  }

 private:
  using Form = Forms::Form;

  // Is what is now in forms_ still a failure? Else takes it back.
  bool keeps() { return tries_-- > 0 && fails_(Forms::print(forms_)); }
  template <class T>
  bool try_with(T& place, T other) {
    std::swap(place, other);
    if (keeps()) return true;
    std::swap(place, other);
    return false;
  }

  // One step anywhere among these forms. (The references stay good: a step that succeeds ends it.)
  bool smaller(std::vector<Form>& among) {
    for (const std::size_t count : {std::size_t{2}, std::size_t{1}}) {
      for (std::size_t i = 0; i + count <= among.size(); ++i) {
        std::vector<Form> fewer = among;
        const auto at = fewer.begin() + static_cast<std::ptrdiff_t>(i);
        fewer.erase(at, at + static_cast<std::ptrdiff_t>(count));
        if (try_with(among, std::move(fewer))) return true;
      }
    }
    for (Form& form : among)
      if (simpler(form)) return true;
    return false;
  }
  bool simpler(Form& form) {
    if (form.close.empty()) return smaller_atom(form);
    for (const char* atom : {"nil", "0", "[]"})
      if (try_with(form, Form{atom, {}, {}})) return true;
    for (std::size_t i = 0; i < form.parts.size(); ++i)
      if (try_with(form, Form(form.parts[i]))) return true;
    return smaller(form.parts);
  }
  bool smaller_atom(Form& form) {
    constexpr std::string_view kLeast[] = {"nil", "0", "[]"};
    for (const std::string_view least : kLeast) {
      if (form.open == least) return false;
      if (try_with(form, Form{std::string(least), {}, {}})) return true;
    }
    return false;
  }

  std::vector<Form> forms_;
  Fails& fails_;
  int tries_;
};

// `fails(text)` holds; of a text that does not read it must not.
template <class Fails>
std::string shrink(std::string_view text, Fails fails, int tries = 5'000) {
  return Shrinking<Fails>(text, fails, tries).run();
}

}  // namespace yin::tests
