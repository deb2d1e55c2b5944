#include "ast/readers/data_entities.h"

#include <algorithm>
#include <utility>

#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/vector.h"
#include "ast/module.h"
#include "ast/schema.h"

namespace yin::ast::data {

using substrate::Datom;
using substrate::Map;
using substrate::MapEntry;
using substrate::Status;
using substrate::StatusOr;
using substrate::Vector;
using substrate::Word;

namespace {

constexpr std::string_view kOwn = "yin/";

Word id_word(std::size_t written) {
  return substrate::int_word(static_cast<std::int64_t>(kFirstEntity + written));
}

}  // namespace

std::string_view field_of(NodeType type, Attribute attribute) {
  if (attribute == Attribute::kValueNode ||
      (type == NodeType::kStorePut && attribute == Attribute::kValue))
    return "val";
  return name_of(attribute).substr(kOwn.size());
}

Entities::Entities(DataText& text) : text_(text), pin_(text.pin()), words_(interned(text.pin())) {
  for (const Shape& shape : kShapes) {
    for (const Part& part : shape.parts) {
      if (part.holds == Holds::kNode || part.holds == Holds::kNodes)
        references_.insert(words_.attribute(part.attribute).bits);
      if (holds_names(part.attribute)) names_.insert(words_.attribute(part.attribute).bits);
    }
  }
}

// ---------------------------------------------------------------------------------- from datoms

bool Entities::take(Word datoms, Position at, EntityIds& ids,
                    const std::function<EntityNumber(std::int64_t)>& elsewhere) {
  datoms = substrate::bare(pin_, datoms);
  if (!Vector::is(datoms)) return text_.fail(at, ":datoms is no vector");
  const Vector rows{datoms};
  const std::uint64_t count = rows.count(pin_);
  const EntityNumber first = all_.size();
  for (std::uint64_t i = 0; i < count; ++i) {
    const Word row = substrate::bare(pin_, rows.nth(pin_, i));
    if (const Position own = text_.at(row); own.line != 0) at = own;
    if (!take_fact(row, i, at, ids)) return false;
  }
  const auto entity_of = [&](std::int64_t id) {
    const auto own = ids.find(id);
    return own == ids.end() ? elsewhere(id) : own->second;
  };
  for (EntityNumber entity = first; entity < all_.size(); ++entity) {
    for (Fact& fact : all_[entity].facts) {
      link(fact, entity_of);
      if (fact.maker) fact.made_by = entity_of(*fact.maker);
    }
  }
  for (EntityNumber entity = first; entity < all_.size(); ++entity) {
    if (is(entity, NodeType::kMacroEvent) && !take_event(entity, entity_of)) return false;
  }
  return count > 0 || text_.fail({}, "there are no datoms; an empty program is one :literal");
}

bool Entities::take_fact(Word row, std::uint64_t number, Position at, EntityIds& ids) {
  const Vector parts{row};
  if (!Vector::is(row) || parts.count(pin_) != 5) {
    return text_.fail(at, "datom " + std::to_string(number + 1) +
                              " is not [entity attribute value t m]: " + text_.shown(row));
  }
  const Datom d{parts.nth(pin_, 0), parts.nth(pin_, 1), parts.nth(pin_, 2), parts.nth(pin_, 3),
                parts.nth(pin_, 4)};
  for (const Word integer : {d.e, d.t, d.m}) {
    if (!substrate::is_small_int(integer))
      return text_.fail(at, "entity, t and m of a datom are integers, not " + text_.shown(integer));
  }
  if (substrate::small_int(d.t) < 0)
    return text_.fail(at, "t of a datom is not negative, as " + text_.shown(d.t) + " is");
  if (!substrate::is_keyword(d.a) ||
      substrate::name_of(pin_, d.a).find('/') == std::string_view::npos)
    return text_.fail(at,
                      "a datom's attribute is a keyword with a namespace, not " + text_.shown(d.a));
  const std::int64_t id = substrate::small_int(d.e);
  const auto [found, first] = ids.try_emplace(id, all_.size());
  if (first) all_.push_back({.at = at, .id = id});
  Entity& entity = all_[found->second];
  if (d.a == words_.attribute(Attribute::kType)) entity.at = at;
  placed_ |= d.a == words_.attribute(Attribute::kLine);
  Fact fact{.attribute = d.a, .value = d.v, .at = at, .t = d.t, .made_by = maker_};
  // What asserted a datom is no part of the program's meaning.
  const std::int64_t mark = substrate::small_int(d.m);
  if (mark >= 0 && mark <= static_cast<std::int64_t>(dao::Mark::kDerived)) {
    fact.mark = static_cast<dao::Mark>(mark);
  } else if (maker_ == kNone) {
    fact.maker = mark;
  }
  entity.facts.push_back(std::move(fact));
  return true;
}

// As far as these are integers: the rest is for the sealing to tell.
void Entities::link(Fact& fact, const std::function<EntityNumber(std::int64_t)>& entity_of) const {
  if (!references_.contains(fact.attribute.bits)) return;
  const Word value = substrate::bare(pin_, fact.value);
  if (substrate::is_small_int(value)) {
    fact.refers = true;
    fact.references.push_back(entity_of(substrate::small_int(value)));
    return;
  }
  if (!Vector::is(value)) return;
  std::vector<EntityNumber> references;
  for (std::uint64_t i = 0; i < Vector{value}.count(pin_); ++i) {
    const Word id = Vector{value}.nth(pin_, i);
    if (!substrate::is_small_int(id)) return;
    references.push_back(entity_of(substrate::small_int(id)));
  }
  fact.references = std::move(references);
  fact.refers = fact.several = true;
}

// The original's events refer to the call and to the macro, which are no part of the program: the
// call becomes data.
bool Entities::take_event(EntityNumber event,
                          const std::function<EntityNumber(std::int64_t)>& entity_of) {
  events_.push_back(event);
  std::erase_if(all_[event].facts, [&](const Fact& fact) {
    return fact.attribute == words_.attribute(Attribute::kMacro) &&
           substrate::is_small_int(fact.value);
  });
  for (Fact& fact : all_[event].facts) {
    if (fact.attribute != words_.attribute(Attribute::kSourceCall) ||
        !substrate::is_small_int(fact.value))
      continue;
    const EntityNumber call = entity_of(substrate::small_int(fact.value));
    if (call != kNone) fact.value = as_maps(call);
    if (substrate::is_absent(fact.value)) return false;
  }
  return true;
}

EntityNumber Entities::find_root(Word datoms) {
  std::vector<bool> referred(all_.size());
  for (EntityNumber entity = 0; entity < all_.size(); ++entity) {
    if (is(entity, NodeType::kMacroEvent)) continue;
    for (const Fact& fact : all_[entity].facts) {
      for (const EntityNumber to : fact.references) {
        if (to != kNone) referred[to] = true;
      }
    }
  }
  EntityNumber root = kNone;
  std::size_t candidates = 0;
  for (EntityNumber entity = 0; entity < all_.size(); ++entity) {
    if (referred[entity] || is(entity, NodeType::kMacroEvent)) continue;
    ++candidates;
    root = entity;
  }
  if (candidates == 1) return root;
  text_.fail(text_.at(datoms), "a vector of datoms does not say where the program begins, and " +
                                   std::to_string(candidates) +
                                   " entities might be it; write {:root ENTITY :datoms [...]}");
  return kNone;
}

// -------------------------------------------------------------------------------- making, asking

EntityNumber Entities::add(Position at) {
  all_.push_back({.at = at});
  return all_.size() - 1;
}

void Entities::put(EntityNumber entity, Attribute attribute, Word value, dao::Mark mark) {
  if (attribute == Attribute::kType && value == words_.type(NodeType::kMacroEvent))
    events_.push_back(entity);
  all_[entity].facts.push_back({.attribute = words_.attribute(attribute),
                                .value = value,
                                .at = all_[entity].at,
                                .mark = mark,
                                .made_by = maker_});
}

void Entities::refer(EntityNumber entity, Attribute attribute, EntityNumber to) {
  refer(entity, attribute, std::vector{to});
  all_[entity].facts.back().several = false;
}

void Entities::refer(EntityNumber entity, Attribute attribute, std::vector<EntityNumber> to) {
  put(entity, attribute, substrate::kNil);
  Fact& fact = all_[entity].facts.back();
  fact.references = std::move(to);
  fact.refers = fact.several = true;
}

EntityNumber Entities::resolve(EntityNumber entity) const {
  while (all_[entity].replaced_by != kNone) entity = all_[entity].replaced_by;
  return entity;
}

const Fact* Entities::find(EntityNumber entity, Attribute attribute) const {
  const auto& facts = all_[entity].facts;
  const auto found = std::ranges::find(facts, words_.attribute(attribute), &Fact::attribute);
  return found == facts.end() ? nullptr : &*found;
}

Word Entities::value_of(EntityNumber entity, Attribute attribute) const {
  const Fact* fact = find(entity, attribute);
  return fact == nullptr ? substrate::kAbsent : fact->value;
}

std::span<const EntityNumber> Entities::children_of(EntityNumber entity,
                                                    Attribute attribute) const {
  const Fact* fact = find(entity, attribute);
  return fact == nullptr ? std::span<const EntityNumber>{} : fact->references;
}

EntityNumber Entities::child_of(EntityNumber entity, Attribute attribute) const {
  const auto children = children_of(entity, attribute);
  return children.size() != 1 || children[0] == kNone ? kNone : resolve(children[0]);
}

bool Entities::all_children(EntityNumber entity, std::vector<EntityNumber>& children) {
  for (const Fact& fact : all_[entity].facts) {
    for (std::size_t i = 0; i < fact.references.size(); ++i) {
      if (fact.references[i] == kNone) {
        const Word value = substrate::bare(pin_, fact.value);
        const Word id = fact.several ? Vector{value}.nth(pin_, i) : value;
        return text_.fail(fact.at, name(entity) + " refers to " + text_.shown(id) + " as :" +
                                       std::string(substrate::name_of(pin_, fact.attribute)) +
                                       ", which is no entity of these datoms");
      }
      children.push_back(resolve(fact.references[i]));
    }
  }
  return true;
}

bool Entities::is(EntityNumber entity, NodeType type) const {
  return value_of(entity, Attribute::kType) == words_.type(type);
}

std::string Entities::name(EntityNumber entity) const {
  const auto& id = all_[entity].id;
  const Word type = value_of(entity, Attribute::kType);
  const std::string shown = substrate::is_keyword(type) ? text_.shown(type) : "";
  if (!id) return shown.empty() ? "a node" : shown;
  return "entity " + std::to_string(*id) + (shown.empty() ? "" : " " + shown);
}

bool Entities::fail(EntityNumber entity, const std::string& what) {
  return text_.fail(all_[entity].at, what);
}

Word Entities::value_with(const Fact& fact, const std::function<Word(EntityNumber)>& of) const {
  if (!fact.refers) return fact.value;
  if (!fact.several) return of(fact.references[0]);
  std::vector<Word> values;
  values.reserve(fact.references.size());
  for (const EntityNumber to : fact.references) values.push_back(of(to));
  return Vector::from(text_.edit(), values).word;
}

// ---------------------------------------------------------------------------------------- as maps

// Children first, with a stack of its own; one that is no entity, or contains itself, is nil.
Word Entities::as_maps(EntityNumber entity) {
  std::vector<EntityNumber> pending{entity};
  std::unordered_set<EntityNumber> open;
  while (!pending.empty()) {
    const EntityNumber top = pending.back();
    if (maps_.contains(top)) {
      pending.pop_back();
      continue;
    }
    if (open.insert(top).second) {
      for (const Fact& fact : all_[top].facts) {
        for (const EntityNumber child : fact.references) {
          if (child != kNone && !maps_.contains(child) && !open.contains(child))
            pending.push_back(child);
        }
      }
      continue;
    }
    if (!make_map(top)) return substrate::kAbsent;
    pending.pop_back();
  }
  return maps_.at(entity).map;
}

bool Entities::make_map(EntityNumber entity) {
  const auto type = std::ranges::find(words_.types, value_of(entity, Attribute::kType));
  std::vector<MapEntry> fields;
  std::size_t nodes = 1;
  const auto map_of = [&](EntityNumber child) {
    const auto made = child == kNone ? maps_.end() : maps_.find(child);
    if (made == maps_.end()) return substrate::kNil;
    nodes += made->second.nodes;
    return made->second.map;
  };
  for (const Fact& fact : all_[entity].facts) {
    const auto known = std::ranges::find(words_.attributes, fact.attribute);
    const auto attribute = static_cast<Attribute>(known - words_.attributes.begin());
    if (attribute == Attribute::kLine || attribute == Attribute::kColumn) continue;
    const bool own = known != words_.attributes.end() && type != words_.types.end();
    const Word key =
        !own ? fact.attribute
             : substrate::keyword(
                   text_.edit(),
                   field_of(static_cast<NodeType>(type - words_.types.begin()), attribute));
    fields.push_back({key, value_with(fact, map_of)});
    // Whoever looks into what is shared sees it as often as it stands there.
    if (nodes > all_.size() + kCopiesMax)
      return fail(entity, "entities that stand in several places make the program too large");
  }
  maps_[entity] = {Map::from(text_.edit(), fields).word, nodes};
  return true;
}

// ---------------------------------------------------------------------------------------- sealing

// The datoms of what a root reaches; what else was said is none of the program.
class Entities::Draft {
 public:
  Draft(Entities& entities, EntityNumber root)
      : entities_(entities), text_(entities.text_), words_(entities.words_), root_(root) {}

  bool make(bool with_events) { return go_down() && write(with_events); }

  StatusOr<Word> seal(const std::optional<std::string>& file) {
    if (!entities_.placed_ && !file) place();
    const Written written{text_.file(), ids_, at_};
    return seal_program(text_.edit(), root_id_, file ? *file : text_.file(), std::move(datoms_),
                        &written);
  }

 private:
  struct Mark {
    std::uint32_t uses = 0;
    std::size_t written = kNone;
    bool open = false;
  };

  // A node that contains itself is found here, before anybody follows it for ever.
  bool go_down() {
    struct Visit {
      EntityNumber entity;
      std::vector<EntityNumber> children;
      std::size_t next = 0;
    };
    std::vector<Visit> path;
    const auto enter = [&](EntityNumber entity) {
      marks_[entity].open = true;
      kept_.push_back(entity);
      path.push_back({entity, {}});
      return entities_.all_children(entity, path.back().children);
    };
    marks_[root_].uses = 1;
    if (!enter(root_)) return false;
    while (!path.empty()) {
      Visit& visit = path.back();
      if (visit.next == visit.children.size()) {
        marks_[visit.entity].open = false;
        path.pop_back();
        continue;
      }
      const EntityNumber child = visit.children[visit.next++];
      Mark& mark = marks_[child];
      if (mark.open) return entities_.fail(child, entities_.name(child) + " contains itself");
      if (++mark.uses > 1) {
        shared_ = true;
      } else if (!enter(child)) {
        return false;
      }
    }
    return true;
  }

  // A node that stands in several places is an entity in each of them. Else entities keep their
  // order, and their ids, where these are ours already.
  bool write(bool with_events) {
    std::vector<EntityNumber> events;
    for (const EntityNumber event : with_events ? entities_.events_ : std::vector<EntityNumber>{}) {
      const EntityNumber of = entities_.child_of(event, Attribute::kExpansionRoot);
      if (of != kNone && marks_.contains(of) && !marks_.contains(event)) events.push_back(event);
    }
    if (shared_) return write_copies(events);
    kept_.insert(kept_.end(), events.begin(), events.end());
    std::ranges::sort(kept_);
    const auto has_id = [&](EntityNumber e) { return entities_.all_[e].id.has_value(); };
    if (std::ranges::all_of(kept_, has_id)) {
      std::vector<EntityNumber> by_id = kept_;
      const auto id = [&](EntityNumber e) { return *entities_.all_[e].id; };
      std::ranges::sort(by_id, {}, id);
      const auto last = static_cast<std::int64_t>(kFirstEntity + by_id.size()) - 1;
      if (id(by_id.front()) == kFirstEntity && id(by_id.back()) == last) kept_ = std::move(by_id);
    }
    for (std::size_t i = 0; i < kept_.size(); ++i) marks_[kept_[i]].written = i;
    const auto written = [&](EntityNumber e) { return marks_[e].written; };
    for (const EntityNumber entity : kept_) {
      if (!write_entity(entity, marks_[entity].written, written)) return false;
    }
    write_makers();
    root_id_ = static_cast<std::uint32_t>(kFirstEntity + marks_[root_].written);
    return true;
  }

  bool write_copies(const std::vector<EntityNumber>& events) {
    std::vector<EntityNumber> copies = {root_};  // what each entity that is written is one of
    marks_[root_].written = 0;
    const auto copy = [&](EntityNumber child) {
      copies.push_back(child);
      return marks_[child].written = copies.size() - 1;
    };
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (copies.size() > entities_.count() + kCopiesMax)
        return entities_.fail(copies[i],
                              "entities that stand in several places make the program too large");
      if (!write_entity(copies[i], i, copy)) return false;
    }
    const auto written = [&](EntityNumber e) { return marks_[e].written; };
    for (const EntityNumber event : events) {
      marks_[event].written = copies.size();
      copies.push_back(event);
      if (!write_entity(event, copies.size() - 1, written)) return false;
    }
    write_makers();
    return true;
  }

  template <class WrittenOf>
  bool write_entity(EntityNumber from, std::size_t to, WrittenOf written) {
    const Entity& entity = entities_.all_[from];
    ids_.push_back(entity.id);
    at_.push_back(entity.at);
    const auto id = [&](EntityNumber of) {
      return of == kNone ? substrate::kNil : id_word(written(entities_.resolve(of)));
    };
    for (const Fact& fact : entity.facts) {
      if (fact.mark == dao::Mark::kRetracted)
        return text_.fail(fact.at, "retractions have no place in a program");
      Word value = entities_.value_with(fact, id);
      if (entities_.names_.contains(fact.attribute.bits)) value = text_.with_names(value);
      if (fact.made_by != kNone) makers_.push_back({datoms_.size(), fact.made_by});
      datoms_.push_back({id_word(to), fact.attribute, value, fact.t, dao::mark_word(fact.mark)});
    }
    return true;
  }

  // Who said what, as far as that is part of the program, too.
  void write_makers() {
    for (const auto& [datom, maker] : makers_) {
      const auto mark = marks_.find(maker);
      if (mark != marks_.end() && mark->second.written != kNone)
        datoms_[datom].m = id_word(mark->second.written);
    }
  }

  void place() {
    for (std::size_t i = 0; i < at_.size(); ++i) {
      if (at_[i].line == 0) continue;
      place(i, Attribute::kLine, at_[i].line);
      place(i, Attribute::kColumn, at_[i].column);
    }
  }
  void place(std::size_t entity, Attribute attribute, std::uint32_t coordinate) {
    datoms_.push_back({id_word(entity), words_.attribute(attribute),
                       substrate::int_word(coordinate), substrate::int_word(0),
                       dao::mark_word(dao::Mark::kDerived)});
  }

  Entities& entities_;
  DataText& text_;
  const Interned& words_;
  const EntityNumber root_;
  std::unordered_map<EntityNumber, Mark> marks_;  // of what the root reaches
  std::vector<EntityNumber> kept_;
  bool shared_ = false;
  std::vector<Datom> datoms_;
  std::vector<std::optional<std::int64_t>> ids_;  // of what is written, in its order
  std::vector<Position> at_;
  std::vector<std::pair<std::size_t, EntityNumber>> makers_;  // of datoms, by their places
  std::uint32_t root_id_ = kFirstEntity;
};

StatusOr<Word> Entities::seal(EntityNumber root, const std::optional<std::string>& file,
                              bool with_events) {
  Draft draft(*this, root);
  if (!draft.make(with_events)) return text_.status();
  return draft.seal(file);
}

}  // namespace yin::ast::data
