#include "ast/readers/data_maps.h"

#include <algorithm>
#include <utility>

#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/vector.h"

namespace yin::ast::data {

using substrate::Map;
using substrate::Vector;
using substrate::Word;

namespace {

std::string name_of_type(NodeType type) { return ":" + std::string(shape_of(type).type); }

}  // namespace

Maps::Maps(DataText& text, Entities& entities, std::optional<Position> at,
           std::function<EntityNumber(std::int64_t)> entity_of)
    : text_(text),
      entities_(entities),
      pin_(text.pin()),
      at_(at),
      entity_of_(std::move(entity_of)) {}

EntityNumber Maps::read(Word root) {
  const EntityNumber made = take(root);
  for (std::size_t i = 0; made != kNone && i < taken_.size(); ++i) {
    const Shared node = taken_[i];
    if (!read_node(node.entity, node.map)) return kNone;
  }
  return made;
}

Word Maps::get(Word map, std::string_view field) const {
  return Map{map}.get(pin_, substrate::keyword(pin_, field), substrate::kAbsent);
}

bool Maps::is_node(Word w) const {
  return Map::is(substrate::bare(pin_, w)) || (entity_of_ && substrate::is_small_int(w));
}

// The entity of a node; kNone after an error.
EntityNumber Maps::take(Word node) {
  if (substrate::is_small_int(node)) {
    const EntityNumber known = entity_of_(substrate::small_int(node));
    if (known == kNone)
      text_.fail(*at_, "a macro's node refers to " + text_.shown(node) + ", which is no entity");
    return known;
  }
  const Word map = substrate::bare(pin_, node);
  const auto [at, first] = by_word_.try_emplace(map.bits, entities_.count());
  if (!first) return at->second;
  const Position place = at_ ? *at_ : text_.at(node);
  const Word eid = get(map, "eid");
  if (!substrate::is_absent(eid)) {
    if (!substrate::is_small_int(eid)) {
      text_.fail(place, ":eid is an integer");
      return kNone;
    }
    const auto [before, alone] =
        by_eid_.try_emplace(substrate::small_int(eid), Shared{map, entities_.count()});
    if (!alone) {
      if (substrate::equal(pin_, before->second.map, map))
        return at->second = before->second.entity;
      text_.fail(place, "another node has the :eid " + text_.shown(eid) + ", and says otherwise");
      return kNone;
    }
  }
  const EntityNumber made = entities_.add(place);
  if (!at_ && !substrate::is_absent(eid)) entities_.set_id(made, substrate::small_int(eid));
  taken_.push_back({map, made});
  return made;
}

std::optional<NodeType> Maps::type_of(EntityNumber entity, Word map) {
  const Word type = get(map, "type");
  const auto& types = entities_.words().types;
  const auto known = std::ranges::find(types, type);
  const auto found = static_cast<NodeType>(known - types.begin());
  if (known == types.end() || found == NodeType::kMacroEvent) {
    entities_.fail(entity, substrate::is_absent(type)
                               ? "a node is a map with a :type, this one has none"
                               : "there is no node of :type " + text_.shown(type));
    return std::nullopt;
  }
  const bool several = found == NodeType::kLambda && !substrate::is_absent(get(map, "arities"));
  return several ? NodeType::kArities : found;
}

bool Maps::read_node(EntityNumber entity, Word map) {
  const auto type = type_of(entity, map);
  if (!type || !check_fields(entity, *type, map)) return false;
  entities_.put(entity, Attribute::kType, entities_.words().type(*type));
  return std::ranges::all_of(shape_of(*type).parts,
                             [&](const Part& part) { return read_part(entity, *type, part, map); });
}

bool Maps::read_part(EntityNumber entity, NodeType type, const Part& part, Word map) {
  const std::string field(field_of(type, part.attribute));
  const Word value = get(map, field);
  const auto needs = [&](const char* what) {
    return entities_.fail(
        entity, name_of_type(type) + " needs " + what + " (a map with a :type) as :" + field);
  };
  if (substrate::is_absent(value))
    return !part.required || entities_.fail(entity, name_of_type(type) + " lacks :" + field);
  switch (part.holds) {
    case Holds::kNode: {
      if (!is_node(value)) return needs("a node");
      const EntityNumber child = take(value);
      if (child != kNone) entities_.refer(entity, part.attribute, child);
      return child != kNone;
    }
    case Holds::kNodes: {
      const Word nodes = substrate::bare(pin_, value);
      if (!Vector::is(nodes)) return needs("a vector of nodes");
      std::vector<EntityNumber> children;
      for (std::uint64_t i = 0; i < Vector{nodes}.count(pin_); ++i) {
        const Word child = Vector{nodes}.nth(pin_, i);
        if (!is_node(child)) return needs("a vector of nodes");
        children.push_back(take(child));
        if (children.back() == kNone) return false;
      }
      entities_.refer(entity, part.attribute, std::move(children));
      return true;
    }
    case Holds::kSymbol:
    case Holds::kSymbols:
      entities_.put(entity, part.attribute, text_.with_names(value));
      return true;
    case Holds::kBoolean:  // the mark of no macro says nothing
      if (substrate::truthy(value)) entities_.put(entity, part.attribute, value);
      return true;
    default:
      entities_.put(entity, part.attribute, value);
      return true;
  }
}

// A field that is none of the type's is more likely a slip than a note. Notes have a namespace, or
// stand under :metadata, which the original drops, too.
bool Maps::check_fields(EntityNumber entity, NodeType type, Word map) {
  for (substrate::MapIterator it(pin_, {map}); !it.done(); it.next()) {
    const Word key = it.entry().key;
    if (!substrate::is_keyword(key))
      return entities_.fail(entity, "a node's fields are keywords, not " + text_.shown(key));
    const std::string_view field = substrate::name_of(pin_, key);
    const bool known = field == "type" || field == "tail?" || field == "eid" ||
                       field == "metadata" || field.find('/') != std::string_view::npos ||
                       std::ranges::any_of(shape_of(type).parts, [&](const Part& part) {
                         return field_of(type, part.attribute) == field;
                       });
    if (!known)
      return entities_.fail(entity, name_of_type(type) + " has no use for :" + std::string(field));
  }
  return true;
}

}  // namespace yin::ast::data
