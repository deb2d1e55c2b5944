#pragma once

// Maps: nodes as maps, one in the other, on their way to be entities.
//
//   {:type :if :test {:type :variable :name x} ...}
//
// A map that stands in several places is one entity, and so are maps of one :eid, which must say
// the same. What is told here is only what is gone by the time a program is sealed, such as a child
// that is no map. Does not recurse. Reader-private.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "substrate/value.h"
#include "ast/internal/shape.h"
#include "ast/readers/data_entities.h"
#include "ast/readers/data_text.h"

namespace yin::ast::data {

class Maps {
 public:
  // The text's, each where it stands there.
  Maps(DataText& text, Entities& entities) : Maps(text, entities, {}, {}) {}
  // Those that a macro gave, for a call at `at`. They may name entities: `entity_of` gives them.
  Maps(DataText& text, Entities& entities, std::optional<Position> at,
       std::function<EntityNumber(std::int64_t)> entity_of);

  // The node's entity, and all below it. kNone after an error.
  EntityNumber read(substrate::Word root);

 private:
  EntityNumber take(substrate::Word node);
  bool read_node(EntityNumber entity, substrate::Word map);
  bool read_part(EntityNumber entity, NodeType type, const Part& part, substrate::Word map);
  std::optional<NodeType> type_of(EntityNumber entity, substrate::Word map);
  bool check_fields(EntityNumber entity, NodeType type, substrate::Word map);
  [[nodiscard]] bool is_node(substrate::Word w) const;
  [[nodiscard]] substrate::Word get(substrate::Word map, std::string_view field) const;

  struct Shared {
    substrate::Word map;
    EntityNumber entity;
  };

  DataText& text_;
  Entities& entities_;
  const substrate::Pin& pin_;
  const std::optional<Position> at_;
  const std::function<EntityNumber(std::int64_t)> entity_of_;
  std::vector<Shared> taken_;                                // in the order in which they came
  std::unordered_map<std::uint64_t, EntityNumber> by_word_;  // of maps, by their bits
  std::unordered_map<std::int64_t, Shared> by_eid_;
};

}  // namespace yin::ast::data
