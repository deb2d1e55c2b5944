#pragma once

// DataText: the text of a program that is data, and what went wrong in it.
//
// Reads the one value that the text holds, knows where each of its collections stands, and keeps
// the first error, with file, line and column. Lines may be as long as the text. Reader-private,
// lives as long as one reading.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/read.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "ast/node.h"

namespace yin::ast::data {

class DataText {
 public:
  DataText(substrate::Edit& edit, std::string_view text, std::string_view file)
      : edit_(edit), text_(text), file_{file, {}} {}

  [[nodiscard]] substrate::Edit& edit() const { return edit_; }
  [[nodiscard]] const substrate::Pin& pin() const { return edit_.pin(); }
  [[nodiscard]] std::string_view file() const { return file_.name; }
  [[nodiscard]] const substrate::Status& status() const { return status_; }

  // Nothing after an error.
  std::optional<substrate::Word> read();

  // Of a collection; line 0 when it is no collection of the text, or an empty one.
  [[nodiscard]] Position at(substrate::Word collection) const;
  // The value of an attribute that holds names, where names that EDN cannot spell are strings.
  [[nodiscard]] substrate::Word with_names(substrate::Word value) const;
  // For messages.
  [[nodiscard]] std::string shown(substrate::Word w) const;

  // Always false, so that a check can return it.
  bool fail(Position where, const std::string& what);
  bool fail(substrate::Status status);

 private:
  [[nodiscard]] substrate::Word name_of_string(substrate::Word w) const;
  [[nodiscard]] std::size_t characters_before(std::size_t offset) const;

  substrate::Edit& edit_;
  std::string_view text_;
  substrate::ReadFile file_;
  std::vector<std::size_t> lines_;       // where each begins
  std::vector<std::size_t> characters_;  // before each block
  substrate::Status status_;
};

}  // namespace yin::ast::data
