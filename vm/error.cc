#include "vm/error.h"

#include <algorithm>
#include <iterator>

#include "substrate/intern.h"
#include "substrate/print.h"
#include "ast/module.h"
#include "ast/python_words.h"
#include "ast/schema.h"

namespace yin::vm {

using substrate::Edit;
using substrate::ErrorField;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::Word;

namespace {

constexpr std::size_t kDescribedMax = std::size_t{64} << 10;  // bytes of a description, about

Word attribute_or_nil(const Pin& pin, Word program, std::uint32_t entity, std::string_view name) {
  const Word value = ast::attribute_of(pin, program, entity, substrate::keyword(pin, name));
  return substrate::is_absent(value) ? substrate::kNil : value;
}

void copy_fields(const Pin& pin, Word error, Word* to) {
  const Word* fields = substrate::record_words(substrate::header_of(pin, error));
  std::copy(fields, fields + ErrorField::kEnd, to);
}

}  // namespace

ErrorPlace place_of_node(const Pin& pin, Word program, std::uint32_t entity) {
  if (entity == 0) return {};
  return {ast::source_name(pin, program),
          attribute_or_nil(pin, program, entity, ast::attribute::kLine),
          attribute_or_nil(pin, program, entity, ast::attribute::kColumn), program,
          substrate::int_word(entity)};
}

Word make_error(Edit& edit, std::string_view kind, std::string_view message, Word data,
                const ErrorPlace& place, Word frames, Word cause) {
  Word words[ErrorField::kEnd];
  words[ErrorField::kKind] = substrate::keyword(edit, kind);
  words[ErrorField::kMessage] = substrate::from_string(edit, message);
  words[ErrorField::kData] = data;
  words[ErrorField::kFile] = place.file;
  words[ErrorField::kLine] = place.line;
  words[ErrorField::kColumn] = place.column;
  words[ErrorField::kFrames] = frames;
  words[ErrorField::kProgram] = place.program;
  words[ErrorField::kEntity] = place.entity;
  words[ErrorField::kCause] = cause;
  return substrate::make_record(edit, ObjectKind::kError, words, ErrorField::kEnd);
}

bool is_raised(const Pin& pin, Word error) {
  return !substrate::is_nil(substrate::field(pin, error, ErrorField::kEntity)) ||
         !substrate::is_nil(substrate::field(pin, error, ErrorField::kLine));
}

Word with_place(Edit& edit, Word error, const ErrorPlace& place, Word frames) {
  if (is_raised(edit.pin(), error)) return error;
  Word words[ErrorField::kEnd];
  copy_fields(edit.pin(), error, words);
  words[ErrorField::kFile] = place.file;
  words[ErrorField::kLine] = place.line;
  words[ErrorField::kColumn] = place.column;
  words[ErrorField::kFrames] = frames;
  words[ErrorField::kProgram] = place.program;
  words[ErrorField::kEntity] = place.entity;
  return substrate::make_record(edit, ObjectKind::kError, words, ErrorField::kEnd);
}

Word with_cause(Edit& edit, Word error, Word cause) {
  Word words[ErrorField::kEnd];
  copy_fields(edit.pin(), error, words);
  words[ErrorField::kCause] = cause;
  return substrate::make_record(edit, ObjectKind::kError, words, ErrorField::kEnd);
}

std::string describe_error(const Pin& pin, Word error) {
  if (!substrate::is_object(error, ObjectKind::kError)) {
    std::string text;
    if (!substrate::print_to(text, pin, error, kDescribedMax)) text += " ...";
    return text;
  }
  const auto get = [&](std::uint32_t field) { return substrate::field(pin, error, field); };
  std::string text;
  for (const std::uint32_t part : {ErrorField::kFile, ErrorField::kLine, ErrorField::kColumn}) {
    if (substrate::is_nil(get(part))) continue;
    substrate::display_to(text, pin, get(part));
    text += ':';
  }
  if (!text.empty()) text += ' ';
  substrate::display_to(text, pin, get(ErrorField::kMessage));
  if (text.empty()) text = "an error without a message";
  const Word data = get(ErrorField::kData);
  if (!substrate::is_nil(data) && !ast::python::is_arguments(pin, data)) {
    text += ' ';
    if (!substrate::print_to(text, pin, data, kDescribedMax)) text += " ...";
  }
  return text;
}

}  // namespace yin::vm
