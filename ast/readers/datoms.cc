// read_datoms: a program as data, in one of the two forms in which the original has it.
//
//   {:type :if :test {:type :variable :name x} ...}    the AST as maps, one in the other
//   {:root -17 :datoms [[-17 :yin/type :if 0 1] ...]}  its datoms, in any order
//
// Both become datoms whose entities count from kFirstEntity, which seal_program() checks: what is
// told here is only what is gone by then, such as a child that is no map. Nothing recurses, however
// deep the maps are nested or the datoms chained.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "substrate/edit.h"
#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "substrate/vector.h"
#include "dao/datom.h"
#include "ast/internal/shape.h"
#include "ast/module.h"
#include "ast/node.h"
#include "ast/reader.h"

namespace yin::ast {

namespace {

using substrate::Datom;
using substrate::Edit;
using substrate::Map;
using substrate::Pin;
using substrate::Status;
using substrate::StatusOr;
using substrate::Vector;
using substrate::Word;

constexpr std::size_t kTextMaxBytes = std::size_t{1}
                                      << 30;  // lines and columns stay within 32 bits
constexpr std::size_t kShownMax = 60;         // of a value in a message
// Entities that a program may have beyond those that were written, where some stand in several
// places: a few that each stand twice in the next are too many before long.
constexpr std::size_t kCopiesMax = std::size_t{1} << 18;
constexpr std::string_view kOwn = "yin/";

// A text with its collections' places, and what went wrong in it.
class Source {
 public:
  Source(Edit& edit, std::string_view text, std::string_view file)
      : edit_(edit), text_(text), file_(file) {}

  [[nodiscard]] Edit& edit() const { return edit_; }
  [[nodiscard]] const Pin& pin() const { return edit_.pin(); }
  [[nodiscard]] std::string_view file() const { return file_; }
  [[nodiscard]] const Status& status() const { return status_; }

  std::optional<Word> read() {
    if (text_.size() > kTextMaxBytes) {
      fail({1, 1}, "the text is longer than 1 GiB; split it");
      return std::nullopt;
    }
    auto value = substrate::read(edit_, text_, &offsets_);
    if (!value.ok()) {
      fail_reading(value.status());
      return std::nullopt;
    }
    std::size_t characters = 0;
    lines_.push_back(0);
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (i % kBlockBytes == 0) characters_.push_back(characters);
      if ((text_[i] & 0xc0) != 0x80) ++characters;
      if (text_[i] == '\n') lines_.push_back(i + 1);
    }
    return *value;
  }

  // The value of an attribute that holds names, where names that EDN cannot spell are strings.
  [[nodiscard]] Word with_names(Word value) const {
    const Word all = substrate::bare(pin(), value);
    if (!Vector::is(all)) return name_of_string(value);
    std::vector<Word> names;
    for (std::uint64_t i = 0; i < Vector{all}.count(pin()); ++i)
      names.push_back(name_of_string(Vector{all}.nth(pin(), i)));
    return Vector::from(edit_, names).word;
  }

  // Of a collection; line 0 when it is no collection, or an empty one.
  [[nodiscard]] Position at(Word collection) const {
    const auto found = offsets_.find(substrate::bare(pin(), collection).bits);
    if (found == offsets_.end()) return {};
    const auto line = std::ranges::upper_bound(lines_, found->second) - 1;
    const std::size_t before = characters_before(found->second) - characters_before(*line);
    return {static_cast<std::uint32_t>(line - lines_.begin()) + 1,
            static_cast<std::uint32_t>(before) + 1};
  }

  // Always false, so that a check can return it.
  bool fail(Position where, const std::string& what) {
    std::string message(file_);
    if (where.line != 0)
      message += ":" + std::to_string(where.line) + ":" + std::to_string(where.column);
    status_ = substrate::invalid_argument(message + ": " + what);
    return false;
  }
  bool fail(Status status) {
    status_ = std::move(status);
    return false;
  }

  [[nodiscard]] std::string shown(Word w) const {
    std::string text;
    if (!substrate::print_to(text, pin(), w, kShownMax)) {
      text.resize(kShownMax);
      text += "...";
    }
    return text;
  }

 private:
  [[nodiscard]] Word name_of_string(Word w) const {
    if (!substrate::is_string(w)) return w;
    const std::string name = substrate::to_string(pin(), w);
    if (substrate::spells_symbol(name)) return w;  // to be refused
    const auto id = substrate::intern(pin(), name);
    return id.ok() ? substrate::symbol_word(*id) : w;
  }

  // "line 3, column 7: what" as "file:3:7: what".
  void fail_reading(const Status& status) {
    constexpr std::string_view kLine = "line ";
    constexpr std::string_view kColumn = ", column ";
    std::string message = status.message();
    const std::size_t column = message.find(kColumn);
    if (message.starts_with(kLine) && column != std::string::npos) {
      message.replace(column, kColumn.size(), ":");
      message.replace(0, kLine.size(), std::string(file_) + ":");
    } else {
      message.insert(0, std::string(file_) + ": ");
    }
    status_ = Status(status.code(), message);
  }

  // Lines may be as long as the text: counting begins at the block.
  [[nodiscard]] std::size_t characters_before(std::size_t offset) const {
    const std::size_t block = offset / kBlockBytes;
    const std::string_view rest = text_.substr(block * kBlockBytes, offset - block * kBlockBytes);
    const auto more = std::ranges::count_if(rest, [](char c) { return (c & 0xc0) != 0x80; });
    return characters_[block] + static_cast<std::size_t>(more);
  }

  static constexpr std::size_t kBlockBytes = 256;

  Edit& edit_;
  std::string_view text_;
  std::string_view file_;
  substrate::ReadOffsets offsets_;
  std::vector<std::size_t> lines_;       // where each begins
  std::vector<std::size_t> characters_;  // before each block
  Status status_;
};

Word id_word(std::size_t entity) {
  return substrate::int_word(static_cast<std::int64_t>(kFirstEntity + entity));
}

// A program's datoms on their way to be sealed.
struct Draft {
  std::vector<Datom> datoms;
  std::vector<std::int64_t> ids;  // as Written's; empty for maps
  std::vector<Position> at;
  std::uint32_t root = kFirstEntity;
  std::optional<std::string> file;  // that positions in the datoms are of
  bool placed = false;              // the datoms have positions

  void add(std::size_t entity, Word attribute, Word value, Word t, Word m) {
    datoms.push_back({id_word(entity), attribute, value, t, m});
  }
  void add(std::size_t entity, Word attribute, Word value) {
    add(entity, attribute, value, substrate::int_word(0), dao::mark_word(dao::Mark::kAsserted));
  }
};

StatusOr<Word> seal(Source& source, Draft& draft) {
  const Pin& pin = source.pin();
  if (!draft.placed && !draft.file) {
    const Interned words = interned(pin);
    const auto coordinate = [&](std::size_t entity, Attribute attribute, std::uint32_t value) {
      draft.add(entity, words.attribute(attribute), substrate::int_word(value),
                substrate::int_word(0), dao::mark_word(dao::Mark::kDerived));
    };
    for (std::size_t i = 0; i < draft.at.size(); ++i) {
      if (draft.at[i].line == 0) continue;
      coordinate(i, Attribute::kLine, draft.at[i].line);
      coordinate(i, Attribute::kColumn, draft.at[i].column);
    }
  }
  const Written written{source.file(), draft.ids, draft.at};
  return seal_program(source.edit(), draft.root, draft.file ? *draft.file : source.file(),
                      std::move(draft.datoms), &written);
}

// ------------------------------------------------------------------------------------ maps

// The AST as maps. Entities are numbered as they are come to.
class MapForm {
 public:
  explicit MapForm(Source& source)
      : source_(source), pin_(source.pin()), words_(interned(source.pin())) {}

  bool read(Word root) {
    take(root);
    for (std::size_t i = 0; i < maps_.size(); ++i) {
      if (!node(i)) return false;
    }
    return true;
  }
  Draft& draft() { return draft_; }

 private:
  // The field that is an attribute: :yin/test is :test.
  static std::string_view field_of(NodeType type, Attribute attribute) {
    if (attribute == Attribute::kValueNode ||
        (type == NodeType::kStorePut && attribute == Attribute::kValue))
      return "val";
    return name_of(attribute).substr(kOwn.size());
  }
  [[nodiscard]] Word get(Word map, std::string_view field) const {
    return Map{map}.get(pin_, substrate::keyword(pin_, field), substrate::kAbsent);
  }

  // The entity that a map will be.
  std::size_t take(Word map) {
    maps_.push_back(substrate::bare(pin_, map));
    draft_.at.push_back(source_.at(map));
    return maps_.size() - 1;
  }
  bool fail(std::size_t entity, const std::string& what) {
    return source_.fail(draft_.at[entity], what);
  }

  std::optional<NodeType> type_of(std::size_t entity) {
    const Word type = get(maps_[entity], "type");
    const auto known = std::ranges::find(words_.types, type);
    if (known == words_.types.end() || type == words_.type(NodeType::kMacroEvent)) {
      if (substrate::is_absent(type)) {
        fail(entity, "a node is a map with a :type, this one has none");
      } else if (type == substrate::keyword(pin_, kMacroExpand)) {
        fail(entity, kNoMacros);
      } else {
        fail(entity, "there is no node of :type " + source_.shown(type));
      }
      return std::nullopt;
    }
    const auto found = static_cast<NodeType>(known - words_.types.begin());
    const bool several =
        found == NodeType::kLambda && !substrate::is_absent(get(maps_[entity], "arities"));
    return several ? NodeType::kArities : found;
  }

  bool node(std::size_t entity) {
    const Word map = maps_[entity];
    const auto type = type_of(entity);
    if (!type || !check_fields(entity, *type) || !check_shared(entity)) return false;
    draft_.add(entity, words_.attribute(Attribute::kType), words_.type(*type));
    for (const Part& part : shape_of(*type).parts) {
      const std::string_view field = field_of(*type, part.attribute);
      Word value = get(map, field);
      if (substrate::is_absent(value)) {
        if (part.required) return fail(entity, name(*type) + " lacks :" + std::string(field));
        continue;
      }
      if (part.holds == Holds::kNode) {
        if (!is_node(value)) return fail_child(entity, *type, field, "a node");
        value = id_word(take(value));
      } else if (part.holds == Holds::kNodes) {
        const auto nodes = children(value);
        if (!nodes) return fail_child(entity, *type, field, "a vector of nodes");
        value = *nodes;
      } else if (holds_names(part.attribute)) {
        value = source_.with_names(value);
      }
      draft_.add(entity, words_.attribute(part.attribute), value);
    }
    return true;
  }

  static std::string name(NodeType type) { return ":" + std::string(shape_of(type).type); }
  bool is_node(Word w) { return Map::is(substrate::bare(pin_, w)); }
  bool fail_child(std::size_t entity, NodeType type, std::string_view field, const char* wanted) {
    return fail(entity, name(type) + " needs " + wanted +
                            " (a map with a :type) as :" + std::string(field));
  }
  std::optional<Word> children(Word value) {
    value = substrate::bare(pin_, value);
    if (!Vector::is(value)) return std::nullopt;
    std::vector<Word> ids;
    for (std::uint64_t i = 0; i < Vector{value}.count(pin_); ++i) {
      const Word child = Vector{value}.nth(pin_, i);
      if (!is_node(child)) return std::nullopt;
      ids.push_back(id_word(take(child)));
    }
    return Vector::from(source_.edit(), ids).word;
  }

  // A field that is none of the type's is more likely a slip than a note. Notes have a namespace, or
  // stand under :metadata, which the original drops, too.
  bool check_fields(std::size_t entity, NodeType type) {
    for (substrate::MapIterator it(pin_, {maps_[entity]}); !it.done(); it.next()) {
      const Word key = it.entry().key;
      if (!substrate::is_keyword(key))
        return fail(entity, "a node's fields are keywords, not " + source_.shown(key));
      const std::string_view field = substrate::name_of(pin_, key);
      if (field == "macro?" && substrate::truthy(it.entry().value)) return fail(entity, kNoMacros);
      const bool known = field == "type" || field == "tail?" || field == "eid" ||
                         field == "metadata" || field == "macro?" || field == "phase-policy" ||
                         field.find('/') != std::string_view::npos ||
                         std::ranges::any_of(shape_of(type).parts, [&](const Part& part) {
                           return field_of(type, part.attribute) == field;
                         });
      if (!known) return fail(entity, name(type) + " has no use for :" + std::string(field));
    }
    return true;
  }

  // Nodes of one :eid are one node that stands in several places: they must say the same. Each
  // becomes an entity of its own.
  bool check_shared(std::size_t entity) {
    const Word id = get(maps_[entity], "eid");
    if (substrate::is_absent(id)) return true;
    if (!substrate::is_small_int(id)) return fail(entity, ":eid is an integer");
    const auto [before, first] = shared_.try_emplace(substrate::small_int(id), maps_[entity]);
    return first || substrate::equal(pin_, before->second, maps_[entity]) ||
           fail(entity, "another node has the :eid " + source_.shown(id) + ", and says otherwise");
  }

  static constexpr std::string_view kMacroExpand = "yin/macro-expand";
  static constexpr const char* kNoMacros =
      "macros of such programs are not expanded here; give what they expand to";

  Source& source_;
  const Pin& pin_;
  const Interned words_;
  Draft draft_;
  std::vector<Word> maps_;  // by entity
  std::unordered_map<std::int64_t, Word> shared_;
};

// ------------------------------------------------------------------------------------ datoms

class DatomForm {
 public:
  explicit DatomForm(Source& source)
      : source_(source), pin_(source.pin()), words_(interned(source.pin())) {
    for (const Shape& shape : kShapes) {
      for (const Part& part : shape.parts) {
        if (part.holds == Holds::kNode || part.holds == Holds::kNodes)
          references_.insert(words_.attribute(part.attribute).bits);
        if (holds_names(part.attribute)) names_.insert(words_.attribute(part.attribute).bits);
      }
    }
  }

  // `root` kAbsent: the one that none refers to, if there is only one.
  bool read(Word datoms, Word root) {
    return take_rows(datoms) && find_root(datoms, root) && go_down() && write();
  }
  Draft& draft() { return draft_; }

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};

  struct Row {
    Datom datom;
    Position at;
  };
  struct Entity {
    std::int64_t id;
    Position at;
    std::vector<std::size_t> rows;
    std::uint32_t uses = 0;  // by nodes that the root reaches
    std::size_t written = kNone;
    bool kept = false;
  };

  bool take_rows(Word datoms) {
    datoms = substrate::bare(pin_, datoms);
    if (!Vector::is(datoms)) return source_.fail(source_.at(datoms), ":datoms is no vector");
    const Vector all{datoms};
    const std::uint64_t count = all.count(pin_);
    const Position at = source_.at(datoms);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!take_row(substrate::bare(pin_, all.nth(pin_, i)), i, at)) return false;
    }
    return count > 0 || source_.fail({}, "there are no datoms; an empty program is one :literal");
  }

  bool take_row(Word row, std::uint64_t number, Position all) {
    Position at = source_.at(row);
    if (at.line == 0) at = rows_.empty() ? all : rows_.back().at;
    const Vector parts{row};
    if (!Vector::is(row) || parts.count(pin_) != 5) {
      return source_.fail(at, "datom " + std::to_string(number + 1) +
                                  " is not [entity attribute value t m]: " + source_.shown(row));
    }
    const Datom d{parts.nth(pin_, 0), parts.nth(pin_, 1), parts.nth(pin_, 2), parts.nth(pin_, 3),
                  parts.nth(pin_, 4)};
    for (const Word integer : {d.e, d.t, d.m}) {
      if (!substrate::is_small_int(integer))
        return source_.fail(
            at, "entity, t and m of a datom are integers, not " + source_.shown(integer));
    }
    if (substrate::small_int(d.t) < 0)
      return source_.fail(at, "t of a datom is not negative, as " + source_.shown(d.t) + " is");
    if (!substrate::is_keyword(d.a) ||
        substrate::name_of(pin_, d.a).find('/') == std::string_view::npos)
      return source_.fail(
          at, "a datom's attribute is a keyword with a namespace, not " + source_.shown(d.a));
    const std::int64_t id = substrate::small_int(d.e);
    const auto [found, first] = by_id_.try_emplace(id, entities_.size());
    if (first) entities_.push_back({.id = id, .at = at, .rows = {}});
    Entity& entity = entities_[found->second];
    if (d.a == words_.attribute(Attribute::kType)) entity.at = at;
    draft_.placed |= d.a == words_.attribute(Attribute::kLine);
    entity.rows.push_back(rows_.size());
    rows_.push_back({d, at});
    return true;
  }

  [[nodiscard]] std::string name(const Entity& entity) const {
    std::string text = "entity " + std::to_string(entity.id);
    const Word type = value_of(entity, Attribute::kType);
    return substrate::is_keyword(type) ? text + " " + source_.shown(type) : text;
  }
  [[nodiscard]] Word value_of(const Entity& entity, Attribute attribute) const {
    for (const std::size_t row : entity.rows) {
      if (rows_[row].datom.a == words_.attribute(attribute)) return rows_[row].datom.v;
    }
    return substrate::kAbsent;
  }
  [[nodiscard]] bool is_event(const Entity& entity) const {
    return value_of(entity, Attribute::kType) == words_.type(NodeType::kMacroEvent);
  }
  [[nodiscard]] bool is_reference(const Row& row) const {
    return references_.contains(row.datom.a.bits);
  }

  // Calls visit(id) for what a datom refers to, as far as these are integers: the rest is for the
  // sealing to tell.
  template <class Visit>
  bool each_reference(const Row& row, Visit visit) const {
    const Word value = substrate::bare(pin_, row.datom.v);
    if (substrate::is_small_int(value)) return visit(value);
    if (!Vector::is(value)) return true;
    for (std::uint64_t i = 0; i < Vector{value}.count(pin_); ++i) {
      const Word id = Vector{value}.nth(pin_, i);
      if (substrate::is_small_int(id) && !visit(id)) return false;
    }
    return true;
  }
  [[nodiscard]] std::size_t entity_of(Word id) const {
    const auto found = by_id_.find(substrate::small_int(id));
    return found == by_id_.end() ? kNone : found->second;
  }

  bool find_root(Word datoms, Word root) {
    if (!substrate::is_absent(root)) {
      if (substrate::is_small_int(root)) root_ = entity_of(root);
      return root_ != kNone ||
             source_.fail({}, "the :root " + source_.shown(root) + " is none of the entities");
    }
    std::vector<bool> referred(entities_.size());
    for (const Row& row : rows_) {
      if (!is_reference(row)) continue;
      each_reference(row, [&](Word id) {
        const std::size_t entity = entity_of(id);
        if (entity != kNone && !is_event(entities_[entity_of(row.datom.e)]))
          referred[entity] = true;
        return true;
      });
    }
    std::size_t candidates = 0;
    for (std::size_t i = 0; i < entities_.size(); ++i) {
      if (referred[i] || is_event(entities_[i])) continue;
      ++candidates;
      root_ = i;
    }
    return candidates == 1 ||
           source_.fail(source_.at(datoms),
                        "a vector of datoms does not say where the program begins, and " +
                            std::to_string(candidates) +
                            " entities might be it; write {:root ENTITY :datoms [...]}");
  }

  // From the root to all that it reaches, which is the program; what else the datoms say is none of
  // it. A node that contains itself is found here, before anybody follows it for ever.
  bool go_down() {
    enum : std::uint8_t { kUnseen, kOpen, kDone };
    struct Visit {
      std::size_t entity;
      std::vector<std::size_t> children;
      std::size_t next = 0;
    };
    std::vector<std::uint8_t> state(entities_.size(), kUnseen);
    std::vector<Visit> path;
    const auto enter = [&](std::size_t entity) {
      state[entity] = kOpen;
      entities_[entity].kept = true;
      Visit visit{entity, {}};
      const bool found = children_of(entity, visit.children);
      path.push_back(std::move(visit));
      return found;
    };
    entities_[root_].uses = 1;
    if (!enter(root_)) return false;
    while (!path.empty()) {
      Visit& visit = path.back();
      if (visit.next == visit.children.size()) {
        state[visit.entity] = kDone;
        path.pop_back();
        continue;
      }
      const std::size_t child = visit.children[visit.next++];
      if (state[child] == kOpen)
        return source_.fail(entities_[child].at, name(entities_[child]) + " contains itself");
      ++entities_[child].uses;
      if (state[child] == kUnseen && !enter(child)) return false;
    }
    return true;
  }

  bool children_of(std::size_t entity, std::vector<std::size_t>& children) {
    for (const std::size_t at : entities_[entity].rows) {
      const Row& row = rows_[at];
      if (!is_reference(row)) continue;
      const bool found = each_reference(row, [&](Word id) {
        children.push_back(entity_of(id));
        return children.back() != kNone ||
               source_.fail(row.at,
                            name(entities_[entity]) + " refers to " + source_.shown(id) +
                                " as :" + std::string(substrate::name_of(pin_, row.datom.a)) +
                                ", which is no entity of these datoms");
      });
      if (!found) return false;
    }
    return true;
  }

  [[nodiscard]] bool is_shared(const Entity& entity) const { return entity.uses > 1; }

  // A node that stands in several places is an entity in each of them. Else entities keep their
  // order, and their ids, where these are ours already.
  bool write() {
    for (Entity& entity : entities_) {
      if (!is_event(entity)) continue;
      const Word of = value_of(entity, Attribute::kExpansionRoot);
      const std::size_t node = substrate::is_small_int(of) ? entity_of(of) : kNone;
      entity.kept = node != kNone && entities_[node].kept;
    }
    if (std::ranges::any_of(entities_, [&](const Entity& e) { return e.kept && is_shared(e); }))
      return write_copies();
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < entities_.size(); ++i) {
      if (entities_[i].kept) order.push_back(i);
    }
    std::vector<std::size_t> by_id = order;
    std::ranges::sort(by_id, {}, [&](std::size_t i) { return entities_[i].id; });
    const auto last = static_cast<std::int64_t>(kFirstEntity + by_id.size()) - 1;
    if (entities_[by_id.front()].id == kFirstEntity && entities_[by_id.back()].id == last)
      order = std::move(by_id);
    for (std::size_t i = 0; i < order.size(); ++i) entities_[order[i]].written = i;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (!write_entity(order[i], i, [&](std::size_t child) { return entities_[child].written; }))
        return false;
    }
    draft_.root = static_cast<std::uint32_t>(kFirstEntity + entities_[root_].written);
    return true;
  }

  bool write_copies() {
    std::vector<std::size_t> copies = {root_};  // what each entity that is written is one of
    entities_[root_].written = 0;
    const auto copy = [&](std::size_t child) {
      copies.push_back(child);
      return entities_[child].written = copies.size() - 1;
    };
    const auto written = [&](std::size_t node) { return entities_[node].written; };
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (copies.size() > entities_.size() + kCopiesMax)
        return source_.fail(entities_[copies[i]].at,
                            "entities that stand in several places make the program too large");
      if (!write_entity(copies[i], i, copy)) return false;
    }
    for (std::size_t i = 0; i < entities_.size(); ++i) {
      if (!entities_[i].kept || !is_event(entities_[i])) continue;
      copies.push_back(i);
      if (!write_entity(i, copies.size() - 1, written)) return false;
    }
    draft_.root = kFirstEntity;
    return true;
  }
  template <class Written>
  bool write_entity(std::size_t from, std::size_t to, Written written) {
    const Entity& entity = entities_[from];
    draft_.ids.push_back(entity.id);
    draft_.at.push_back(entity.at);
    for (const std::size_t at : entity.rows) {
      const Row& row = rows_[at];
      const auto m = mark_of(row);
      if (!m) return false;
      draft_.add(to, row.datom.a, value_to_write(row, written), row.datom.t, *m);
    }
    return true;
  }

  template <class Written>
  Word value_to_write(const Row& row, Written written) {
    if (!is_reference(row))
      return names_.contains(row.datom.a.bits) ? source_.with_names(row.datom.v) : row.datom.v;
    const Word value = substrate::bare(pin_, row.datom.v);
    const auto renamed = [&](Word id) {
      return substrate::is_small_int(id) && entity_of(id) != kNone ? id_word(written(entity_of(id)))
                                                                   : id;
    };
    if (!Vector::is(value)) return renamed(value);
    std::vector<Word> ids;
    for (std::uint64_t i = 0; i < Vector{value}.count(pin_); ++i)
      ids.push_back(renamed(Vector{value}.nth(pin_, i)));
    return Vector::from(source_.edit(), ids).word;
  }

  // What asserted a datom is no part of the program's meaning: an entity that is not in it, or gets
  // another id, is only that.
  std::optional<Word> mark_of(const Row& row) {
    const std::int64_t m = substrate::small_int(row.datom.m);
    if (m == 0) {
      source_.fail(row.at, "retractions have no place in a program");
      return std::nullopt;
    }
    if (m == 1 || m == 2) return row.datom.m;
    const auto named = by_id_.find(m);
    if (named == by_id_.end() || entities_[named->second].written == kNone)
      return dao::mark_word(dao::Mark::kAsserted);
    return id_word(entities_[named->second].written);
  }

  Source& source_;
  const Pin& pin_;
  const Interned words_;
  std::unordered_set<std::uint64_t> references_,
      names_;  // attributes that hold them, by their bits
  std::vector<Row> rows_;
  std::vector<Entity> entities_;  // in the order in which they are come to
  std::unordered_map<std::int64_t, std::size_t> by_id_;
  std::size_t root_ = kNone;
  Draft draft_;
};

}  // namespace

StatusOr<Word> read_datoms(Edit& edit, std::string_view text, std::string_view file) {
  Source source(edit, text, file);
  const auto value = source.read();
  if (!value) return source.status();
  const Pin& pin = edit.pin();
  const Word form = substrate::bare(pin, *value);
  const auto field = [&](std::string_view name) {
    return Map{form}.get(pin, substrate::keyword(pin, name), substrate::kAbsent);
  };
  if (Map::is(form) && substrate::is_absent(field("datoms"))) {
    MapForm maps(source);
    if (!maps.read(*value)) return source.status();
    return seal(source, maps.draft());
  }
  DatomForm datoms(source);
  if (Vector::is(form)) {
    if (!datoms.read(form, substrate::kAbsent)) return source.status();
    return seal(source, datoms.draft());
  }
  if (!Map::is(form)) {
    source.fail({1, 1}, "a program is a node, {:type ...}, or {:root ENTITY :datoms [...]}, not " +
                            source.shown(form));
    return source.status();
  }
  for (substrate::MapIterator it(pin, {form}); !it.done(); it.next()) {
    const std::string key = source.shown(it.entry().key);
    if (key == ":root" || key == ":datoms" || key == ":file") continue;
    source.fail(source.at(form), "beside :datoms stand :root and :file, not " + key);
    return source.status();
  }
  const Word named = field("file");
  if (!substrate::is_absent(named)) {
    if (!substrate::is_string(named)) {
      source.fail(source.at(form), ":file is a string, not " + source.shown(named));
      return source.status();
    }
    datoms.draft().file = substrate::to_string(pin, named);
  }
  if (!datoms.read(field("datoms"), field("root"))) return source.status();
  return seal(source, datoms.draft());
}

}  // namespace yin::ast
