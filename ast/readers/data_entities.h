#pragma once

// Entities: a program that is data, from what was written until it is sealed.
//
// Entities are numbered as they are come to; each is what is said of it, with references as numbers
// of entities. Ids are what a text calls its entities: any integers, known to messages alone from
// then on. One that was replaced is looked through wherever it is referred to. Nothing recurses,
// however deep nodes are nested. Reader-private, lives as long as one reading.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "substrate/status.h"
#include "substrate/value.h"
#include "dao/datom.h"
#include "ast/internal/shape.h"
#include "ast/node.h"
#include "ast/readers/data_text.h"

namespace yin::ast::data {

using EntityNumber = std::size_t;
inline constexpr EntityNumber kNone = ~std::size_t{0};

// Entities that a program may have beyond those that were written, where some stand in several
// places: a few that each stand twice in the next are too many before long.
inline constexpr std::size_t kCopiesMax = std::size_t{1} << 18;

struct Fact {
  substrate::Word attribute;
  substrate::Word value;  // as written
  Position at = {};
  // Instead of the value: what it refers to, kNone for no entity of the program.
  std::vector<EntityNumber> references = {};
  bool refers = false;
  bool several = false;
  substrate::Word t = substrate::int_word(0);
  dao::Mark mark = dao::Mark::kAsserted;
  std::optional<std::int64_t> maker = {};  // the id of who says so, until it is known who that is
  EntityNumber made_by = kNone;            // an event
};

struct Entity {
  Position at;
  std::optional<std::int64_t> id = {};
  std::vector<Fact> facts = {};
  EntityNumber replaced_by = kNone;
};

using EntityIds = std::unordered_map<std::int64_t, EntityNumber>;

class Entities {
 public:
  explicit Entities(DataText& text);

  // Datoms, [[e a v t m] ...], into entities of their own, which `ids` then has. What they refer to
  // beyond that is what `elsewhere` gives for an id. False after an error, here and below.
  bool take(substrate::Word datoms, Position at, EntityIds& ids,
            const std::function<EntityNumber(std::int64_t)>& elsewhere);
  // One of them, where none says which is the root: the one that no other refers to.
  EntityNumber find_root(substrate::Word datoms);

  EntityNumber add(Position at);
  void set_id(EntityNumber entity, std::int64_t id) { all_[entity].id = id; }
  void put(EntityNumber entity, Attribute attribute, substrate::Word value,
           dao::Mark mark = dao::Mark::kAsserted);
  void refer(EntityNumber entity, Attribute attribute, EntityNumber to);
  void refer(EntityNumber entity, Attribute attribute, std::vector<EntityNumber> to);
  void replace(EntityNumber entity, EntityNumber by) { all_[entity].replaced_by = by; }
  // Everything said from now on is said by this event; kNone: by nobody.
  void set_maker(EntityNumber event) { maker_ = event; }

  [[nodiscard]] std::size_t count() const { return all_.size(); }
  [[nodiscard]] const Entity& at(EntityNumber entity) const { return all_[entity]; }
  [[nodiscard]] const Interned& words() const { return words_; }
  [[nodiscard]] EntityNumber resolve(EntityNumber entity) const;
  [[nodiscard]] const Fact* find(EntityNumber entity, Attribute attribute) const;
  [[nodiscard]] substrate::Word value_of(EntityNumber entity, Attribute attribute) const;
  [[nodiscard]] EntityNumber child_of(EntityNumber entity, Attribute attribute) const;
  [[nodiscard]] std::span<const EntityNumber> children_of(EntityNumber entity,
                                                          Attribute attribute) const;
  // All that it refers to, resolved. False when one is no entity.
  bool all_children(EntityNumber entity, std::vector<EntityNumber>& children);
  [[nodiscard]] bool is(EntityNumber entity, NodeType type) const;
  // For messages: "entity -17 :if".
  [[nodiscard]] std::string name(EntityNumber entity) const;
  bool fail(EntityNumber entity, const std::string& what);
  // The fact's value, where what refers to entities is what `of` gives for them.
  substrate::Word value_with(const Fact& fact,
                             const std::function<substrate::Word(EntityNumber)>& of) const;
  // Node `entity` as maps, as it was written. kAbsent after an error.
  substrate::Word as_maps(EntityNumber entity);
  // Have the datoms positions of their own?
  [[nodiscard]] bool placed() const { return placed_; }

  // The program of all that the root reaches; `file`: whose the positions in the datoms are, if
  // that is not the text's. Of a macro's function without the events of what it was made from.
  substrate::StatusOr<substrate::Word> seal(EntityNumber root,
                                            const std::optional<std::string>& file = {},
                                            bool with_events = true);

 private:
  class Draft;
  struct AsMaps {
    substrate::Word map;
    std::size_t nodes;
  };

  bool take_fact(substrate::Word row, std::uint64_t number, Position at, EntityIds& ids);
  bool take_event(EntityNumber event, const std::function<EntityNumber(std::int64_t)>& entity_of);
  void link(Fact& fact, const std::function<EntityNumber(std::int64_t)>& entity_of) const;
  bool make_map(EntityNumber entity);

  DataText& text_;
  const substrate::Pin& pin_;
  const Interned words_;
  std::unordered_set<std::uint64_t> references_;  // the attributes that are some, by their bits
  std::unordered_set<std::uint64_t> names_;       // the same of symbols
  std::vector<Entity> all_;
  std::vector<EntityNumber> events_;
  std::unordered_map<EntityNumber, AsMaps> maps_;
  EntityNumber maker_ = kNone;
  bool placed_ = false;
};

// The field that is an attribute, in a node that is a map: :yin/test is :test.
std::string_view field_of(NodeType type, Attribute attribute);

}  // namespace yin::ast::data
