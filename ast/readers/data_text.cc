#include "ast/readers/data_text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "substrate/intern.h"
#include "substrate/metadata.h"
#include "substrate/print.h"
#include "substrate/vector.h"

namespace yin::ast::data {

using substrate::Vector;
using substrate::Word;

namespace {

constexpr std::size_t kTextMaxBytes = std::size_t{1}
                                      << 30;  // lines and columns stay within 32 bits
constexpr std::size_t kShownMax = 60;         // of a value in a message
constexpr std::size_t kBlockBytes = 256;      // characters are counted from a block's beginning

bool begins_character(char c) { return (c & 0xc0) != 0x80; }

}  // namespace

std::optional<Word> DataText::read() {
  if (text_.size() > kTextMaxBytes) {
    fail({1, 1}, "the text is longer than 1 GiB; split it");
    return std::nullopt;
  }
  auto value = substrate::read(edit_, text_, &file_);
  if (!value.ok()) {
    fail(value.status());
    return std::nullopt;
  }
  std::size_t characters = 0;
  lines_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (i % kBlockBytes == 0) characters_.push_back(characters);
    if (begins_character(text_[i])) ++characters;
    if (text_[i] == '\n') lines_.push_back(i + 1);
  }
  return *value;
}

Position DataText::at(Word collection) const {
  const auto found = file_.offsets.find(substrate::bare(pin(), collection).bits);
  if (found == file_.offsets.end()) return {};
  const auto line = std::ranges::upper_bound(lines_, found->second) - 1;
  const std::size_t before = characters_before(found->second) - characters_before(*line);
  return {static_cast<std::uint32_t>(line - lines_.begin()) + 1,
          static_cast<std::uint32_t>(before) + 1};
}

std::size_t DataText::characters_before(std::size_t offset) const {
  const std::size_t block = offset / kBlockBytes;
  const std::string_view rest = text_.substr(block * kBlockBytes, offset - block * kBlockBytes);
  return characters_[block] +
         static_cast<std::size_t>(std::ranges::count_if(rest, begins_character));
}

Word DataText::with_names(Word value) const {
  const Word all = substrate::bare(pin(), value);
  if (!Vector::is(all)) return name_of_string(value);
  std::vector<Word> names;
  for (std::uint64_t i = 0; i < Vector{all}.count(pin()); ++i)
    names.push_back(name_of_string(Vector{all}.nth(pin(), i)));
  return Vector::from(edit_, names).word;
}

Word DataText::name_of_string(Word w) const {
  if (!substrate::is_string(w)) return w;
  const std::string name = substrate::to_string(pin(), w);
  if (substrate::spells_symbol(name)) return w;  // to be refused
  const auto id = substrate::intern(pin(), name);
  return id.ok() ? substrate::symbol_word(*id) : w;
}

std::string DataText::shown(Word w) const {
  std::string text;
  if (!substrate::print_to(text, pin(), w, kShownMax)) {
    text.resize(kShownMax);
    text += "...";
  }
  return text;
}

bool DataText::fail(Position where, const std::string& what) {
  std::string message(file());
  if (where.line != 0)
    message += ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
  return fail(substrate::invalid_argument(message + ": " + what));
}

bool DataText::fail(substrate::Status status) {
  status_ = std::move(status);
  return false;
}

}  // namespace yin::ast::data
