// read_datoms: a program as data, in one of the two forms in which the original has it.
//
//   {:type :if :test {:type :variable :name x} ...}    the AST as maps, one in the other
//   {:root -17 :datoms [[-17 :yin/type :if 0 1] ...]}  its datoms, in any order
//
// Both become entities (data_entities.h), whose macros are expanded, and then datoms whose ids
// count from kFirstEntity.

#include <cstdint>
#include <optional>
#include <string>

#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/vector.h"
#include "ast/reader.h"
#include "ast/readers/data_entities.h"
#include "ast/readers/data_macros.h"
#include "ast/readers/data_maps.h"
#include "ast/readers/data_text.h"

namespace yin::ast {

namespace {

using substrate::Map;
using substrate::Word;

class DataReader {
 public:
  DataReader(data::DataText& text, MacroRunner* macros)
      : text_(text), pin_(text.pin()), entities_(text), macros_(macros) {}

  substrate::StatusOr<Word> read() {
    const auto value = text_.read();
    if (!value) return text_.status();
    const data::EntityNumber root = take(substrate::bare(pin_, *value));
    if (root == data::kNone) return text_.status();
    if (!data::Macros(text_, entities_, macros_).expand(root)) return text_.status();
    return entities_.seal(entities_.resolve(root), file_);
  }

 private:
  data::EntityNumber take(Word form) {
    if (substrate::Vector::is(form)) return take_datoms(form, substrate::kAbsent);
    const auto field = [&](std::string_view name) {
      return Map{form}.get(pin_, substrate::keyword(pin_, name), substrate::kAbsent);
    };
    if (!Map::is(form)) {
      return fail({1, 1},
                  "a program is a node, {:type ...}, or {:root ENTITY :datoms [...]}, not " +
                      text_.shown(form));
    }
    if (substrate::is_absent(field("datoms"))) return data::Maps(text_, entities_).read(form);
    for (substrate::MapIterator it(pin_, {form}); !it.done(); it.next()) {
      const std::string key = text_.shown(it.entry().key);
      if (key != ":root" && key != ":datoms" && key != ":file")
        return fail(text_.at(form), "beside :datoms stand :root and :file, not " + key);
    }
    const Word named = field("file");
    if (substrate::is_string(named)) {
      file_ = substrate::to_string(pin_, named);
    } else if (!substrate::is_absent(named)) {
      return fail(text_.at(form), ":file is a string, not " + text_.shown(named));
    }
    return take_datoms(field("datoms"), field("root"));
  }

  data::EntityNumber take_datoms(Word datoms, Word root) {
    data::EntityIds ids;
    const auto nothing_else = [](std::int64_t) { return data::kNone; };
    if (!entities_.take(datoms, text_.at(datoms), ids, nothing_else)) return data::kNone;
    if (substrate::is_absent(root)) return entities_.find_root(datoms);
    const auto found =
        substrate::is_small_int(root) ? ids.find(substrate::small_int(root)) : ids.end();
    return found != ids.end()
               ? found->second
               : fail({}, "the :root " + text_.shown(root) + " is none of the entities");
  }

  data::EntityNumber fail(Position where, const std::string& what) {
    text_.fail(where, what);
    return data::kNone;
  }

  data::DataText& text_;
  const substrate::Pin& pin_;
  data::Entities entities_;
  MacroRunner* const macros_;
  std::optional<std::string> file_;  // that positions in the datoms are of
};

}  // namespace

substrate::StatusOr<Word> read_datoms(substrate::Edit& edit, std::string_view text,
                                      std::string_view file, MacroRunner* macros) {
  data::DataText source(edit, text, file);
  return DataReader(source, macros).read();
}

}  // namespace yin::ast
