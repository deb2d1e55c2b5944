#include "ast/module.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "substrate/check.h"
#include "substrate/intern.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "substrate/vector.h"
#include "dao/datom.h"
#include "ast/internal/content_hash.h"
#include "ast/internal/shape.h"
#include "ast/schema.h"

namespace yin::ast {

namespace {

using substrate::Datom;
using substrate::Edit;
using substrate::ObjectHeader;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::ProgramField;
using substrate::ProgramInfo;
using substrate::Status;
using substrate::StatusOr;
using substrate::Vector;
using substrate::Word;

constexpr std::size_t kDatomWords = sizeof(Datom) / sizeof(Word);
constexpr std::size_t kDatomsMax =
    (std::numeric_limits<std::uint32_t>::max() - ProgramField::kDatoms) / kDatomWords;
constexpr std::string_view kOwnNamespace = "yin/";
// The original marks tail calls; ours are inferred, so its mark means nothing and is let through.
constexpr std::string_view kTailMark = "yin/tail?";

std::uint32_t id_of(std::size_t entity) {
  return static_cast<std::uint32_t>(kFirstEntity + entity);
}

// Elements of a vector, leaf by leaf, until `visit` returns false.
template <class Visit>
bool for_each_element(const Pin& pin, Word vector, Visit visit) {
  const Vector v{vector};
  for (std::uint64_t i = 0, n = v.count(pin); i < n;) {
    const auto chunk = v.chunk(pin, i);
    for (const Word w : chunk) {
      if (!visit(w)) return false;
    }
    i += chunk.size();
  }
  return true;
}

// One sealing. Each step relies on the ones before: entities are runs of datoms; each has a type
// and the attributes of it; references lead to entities; the graph has no cycle, and hashes come
// out children first.
class Sealer {
 public:
  Sealer(const Pin& pin, std::uint32_t root, std::string_view file, std::vector<Datom> datoms,
         const Written* written)
      : pin_(pin),
        words_(interned(pin)),
        root_(root),
        file_(file),
        datoms_(std::move(datoms)),
        written_(written) {}

  StatusOr<Word> seal(Edit& edit) {
    if (Status status = check(); !status.ok()) return status;
    return write(edit);
  }

  Status check() {
    for (const auto step :
         {&Sealer::check_datoms, &Sealer::count_entities, &Sealer::sort, &Sealer::check_entities,
          &Sealer::check_children, &Sealer::hash_entities}) {
      if (Status status = (this->*step)(); !status.ok()) return status;
    }
    return {};
  }

  // After check(): is what was sealed what the object holds?
  [[nodiscard]] bool is(const ProgramInfo& info, std::span<const std::uint32_t> first,
                        std::span<const Datom> datoms) const {
    return info.content_hash == hashes_[root_ - kFirstEntity] &&
           info.first_entity == kFirstEntity && std::ranges::equal(first, first_) &&
           std::memcmp(datoms.data(), datoms_.data(), datoms.size_bytes()) == 0;
  }

 private:
  Status fail(const std::string& what) const {
    if (written_ != nullptr)
      return substrate::invalid_argument(std::string(written_->file) + ": " + what);
    return substrate::invalid_argument("seal program " + file_ + ": " + what);
  }
  // "entity 16", as who reads the message knows it.
  [[nodiscard]] std::string name_of_entity(std::size_t entity) const {
    if (written_ == nullptr) return "entity " + std::to_string(id_of(entity));
    if (entity >= written_->ids.size() || !written_->ids[entity]) return "";
    return "entity " + std::to_string(*written_->ids[entity]);
  }
  // The entity, with its type and line as far as it has them.
  Status fail_at(std::size_t entity, const std::string& what) const {
    std::string where = name_of_entity(entity);
    const Word type = find(entity, Attribute::kType);
    if (substrate::is_keyword(type))
      where += (where.empty() ? ":" : " :") + std::string(substrate::name_of(pin_, type));
    if (written_ != nullptr) {
      if (where.empty()) where = "a node";
      const Position at = entity < written_->at.size() ? written_->at[entity] : Position{};
      if (at.line == 0) return fail(where + " " + what);
      return substrate::invalid_argument(std::string(written_->file) + ":" +
                                         std::to_string(at.line) + ":" + std::to_string(at.column) +
                                         ": " + where + " " + what);
    }
    const Word line = find(entity, Attribute::kLine);
    if (substrate::is_small_int(line)) {
      where += " on line " + std::to_string(substrate::small_int(line));
    }
    return fail(where + " " + what);
  }

  [[nodiscard]] std::span<const Datom> run(std::size_t entity) const {
    return std::span(datoms_).subspan(first_[entity], first_[entity + 1] - first_[entity]);
  }
  [[nodiscard]] Word find(std::size_t entity, Attribute attribute) const {
    const Word key = words_.attribute(attribute);
    for (const Datom& d : run(entity)) {
      if (d.a == key) return d.v;
    }
    return substrate::kAbsent;
  }
  [[nodiscard]] std::size_t entity_count() const { return first_.size() - 1; }

  Status check_datoms() {
    if (datoms_.empty()) return fail("has no datoms; an empty program is one :literal nil");
    if (datoms_.size() > kDatomsMax) return fail("has too many datoms; split it");
    for (const Datom& d : datoms_) {
      if (!dao::is_well_formed(pin_, d)) return fail("a datom is not [entity :ns/name value t m]");
      if (dao::is_retracted(d)) return fail("retractions have no place in a program");
    }
    return {};
  }

  static std::int64_t index_of(const Datom& d) { return substrate::small_int(d.e) - kFirstEntity; }

  // Fills first_. Ids without holes are fewer than their datoms, so an id beyond that shows a hole.
  Status count_entities() {
    constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
    std::int64_t stray = kNone;  // the least index that cannot be right
    first_.assign(datoms_.size() + 1, 0);
    for (const Datom& d : datoms_) {
      const std::int64_t index = index_of(d);
      if (index < 0 || static_cast<std::uint64_t>(index) >= datoms_.size()) {
        stray = std::min(stray, index);
      } else {
        ++first_[static_cast<std::size_t>(index) + 1];
      }
    }
    const auto hole = std::find(first_.begin() + 1, first_.end(), 0u);
    const auto beyond = std::find_if(hole, first_.end(), [](std::uint32_t n) { return n != 0; });
    if (beyond != first_.end()) stray = std::min<std::int64_t>(stray, beyond - first_.begin() - 1);
    if (stray != kNone) {
      const std::int64_t expected = stray < 0 ? 0 : hole - first_.begin() - 1;
      return fail("entity " + std::to_string(kFirstEntity + stray) + " stands where " +
                  std::to_string(kFirstEntity + expected) + " should: ids count from " +
                  std::to_string(kFirstEntity) + " without holes");
    }
    first_.erase(hole, first_.end());
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    if (root_ < kFirstEntity || root_ - kFirstEntity >= entity_count()) {
      return fail("the root " + std::to_string(root_) + " is none of its entities");
    }
    return {};
  }

  // Into EAVT order, by two counting sorts that keep equal ones in order: by attribute, of which
  // there are few, then by entity. Only values of one attribute need comparing.
  Status sort() {
    const dao::Before before{pin_, dao::Index::kEavt};
    std::unordered_map<std::uint64_t, std::uint32_t> ranks;
    std::vector<Datom> attributes;  // one each, alike but for it
    for (const Datom& d : datoms_) {
      if (ranks.try_emplace(d.a.bits, 0).second)
        attributes.push_back(
            {.e = datoms_[0].e, .a = d.a, .v = substrate::kNil, .t = d.t, .m = d.m});
    }
    std::ranges::sort(attributes, before);
    for (std::uint32_t i = 0; i < attributes.size(); ++i) ranks[attributes[i].a.bits] = i;

    std::vector<std::uint32_t> rank(datoms_.size());
    std::vector<std::uint32_t> next(attributes.size() + 1);
    for (std::size_t i = 0; i < datoms_.size(); ++i)
      ++next[(rank[i] = ranks.find(datoms_[i].a.bits)->second) + 1];
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::vector<Datom> sorted(datoms_.size());
    for (std::size_t i = 0; i < datoms_.size(); ++i) sorted[next[rank[i]]++] = datoms_[i];
    next.assign(first_.begin(), first_.end() - 1);
    for (const Datom& d : sorted) datoms_[next[static_cast<std::size_t>(index_of(d))]++] = d;

    const std::span all(datoms_);
    for (std::size_t i = 0; i < entity_count(); ++i) {
      const auto its = all.subspan(first_[i], first_[i + 1] - first_[i]);
      if (std::ranges::adjacent_find(its, {}, [](const Datom& d) { return d.a.bits; }) != its.end())
        std::ranges::sort(its, before);
    }
    return {};
  }

  // ------------------------------------------------------------------------------------ one entity

  Status check_entities() {
    shapes_.resize(entity_count());
    for (std::size_t i = 0; i < entity_count(); ++i) {
      first_child_.push_back(static_cast<std::uint32_t>(children_.size()));
      if (Status status = check_entity(i); !status.ok()) return status;
    }
    first_child_.push_back(static_cast<std::uint32_t>(children_.size()));
    return {};
  }

  Status check_entity(std::size_t entity) {
    const auto type = type_of(entity);
    if (!type) return fail_at(entity, "has no :yin/type that is known");
    if (*type == NodeType::kMacroExpand)
      return fail_at(entity, "is a macro's call, which has to be expanded first");
    shapes_[entity] = *type;
    if (Status status = check_attributes(entity, *type); !status.ok()) return status;
    for (const Part& part : shape_of(*type).parts) {
      const Word value = find(entity, part.attribute);
      if (substrate::is_absent(value)) {
        if (part.required) return fail_at(entity, "lacks :" + std::string(name_of(part.attribute)));
      } else if (Status status = check_part(entity, part, value); !status.ok()) {
        return status;
      }
    }
    return check_counts(entity, *type);
  }

  [[nodiscard]] std::optional<NodeType> type_of(std::size_t entity) const {
    const Word word = find(entity, Attribute::kType);
    const auto at = std::find(words_.types.begin(), words_.types.end(), word);
    if (at == words_.types.end()) return std::nullopt;
    const auto type = static_cast<NodeType>(at - words_.types.begin());
    if (type != NodeType::kLambda) return type;
    return substrate::is_absent(find(entity, Attribute::kArities)) ? NodeType::kLambda
                                                                   : NodeType::kArities;
  }

  // Each attribute once, and of ours only those of the type. Attributes of other namespaces are
  // notes: kept, neither checked nor hashed.
  Status check_attributes(std::size_t entity, NodeType type) const {
    const Datom* before = nullptr;
    for (const Datom& d : run(entity)) {
      const std::string_view name = substrate::name_of(pin_, d.a);
      if (before != nullptr && before->a == d.a) {
        return fail_at(entity, "has :" + std::string(name) + " twice");
      }
      before = &d;
      if (!name.starts_with(kOwnNamespace) || name == kTailMark) continue;
      const auto known = std::find(words_.attributes.begin(), words_.attributes.end(), d.a);
      const auto attribute = static_cast<Attribute>(known - words_.attributes.begin());
      if (attribute == Attribute::kLine || attribute == Attribute::kColumn) {
        if (!is_coordinate(d.v)) {
          return fail_at(entity, "has a :" + std::string(name) + " that is no count from 1");
        }
      } else if (!belongs(attribute, type)) {
        return fail_at(entity, "has no use for :" + std::string(name));
      } else if (dao::is_derived(d)) {
        return fail_at(
            entity, "has :" + std::string(name) + " marked as derived, which content must not be");
      }
    }
    return {};
  }

  static bool is_coordinate(Word w) {
    return substrate::is_small_int(w) && substrate::small_int(w) > 0 &&
           substrate::small_int(w) <= std::numeric_limits<std::uint32_t>::max();
  }

  static bool belongs(Attribute attribute, NodeType type) {
    const auto& parts = shape_of(type).parts;
    return attribute == Attribute::kType ||
           std::any_of(parts.begin(), parts.end(),
                       [&](const Part& part) { return part.attribute == attribute; });
  }

  Status check_part(std::size_t entity, const Part& part, Word value) {
    const std::string name = ":" + std::string(name_of(part.attribute));
    switch (part.holds) {
      case Holds::kValue:
        return {};
      case Holds::kKeyword:
        if (!substrate::is_keyword(value)) return fail_at(entity, "needs a keyword as " + name);
        return {};
      case Holds::kString:
        if (!substrate::is_string(value)) return fail_at(entity, "needs a string as " + name);
        return {};
      case Holds::kInteger:
        if (!substrate::is_small_int(value)) return fail_at(entity, "needs an integer as " + name);
        return {};
      case Holds::kBoolean:
        if (!substrate::is_boolean(value)) return fail_at(entity, "needs true or false as " + name);
        return {};
      case Holds::kSymbol:
        if (!substrate::is_symbol(value)) return fail_at(entity, "needs a symbol as " + name);
        return {};
      case Holds::kSymbols:
        if (!Vector::is(value) || !for_each_element(pin_, value, substrate::is_symbol)) {
          return fail_at(entity, "needs a vector of symbols as " + name);
        }
        return {};
      case Holds::kNode:
        if (!add_child(value)) return fail_at(entity, "needs an entity of the program as " + name);
        return {};
      case Holds::kNodes:
        if (!Vector::is(value) ||
            !for_each_element(pin_, value, [&](Word w) { return add_child(w); })) {
          return fail_at(entity, "needs a vector of entities of the program as " + name);
        }
        return {};
    }
    return {};
  }

  bool add_child(Word value) {
    if (!substrate::is_small_int(value)) return false;
    const std::int64_t index = substrate::small_int(value) - kFirstEntity;
    if (index < 0 || static_cast<std::uint64_t>(index) >= entity_count()) return false;
    children_.push_back(static_cast<std::uint32_t>(index));
    return children_.size() <= std::numeric_limits<std::uint32_t>::max();
  }

  [[nodiscard]] std::uint64_t count(std::size_t entity, Attribute attribute) const {
    return Vector{find(entity, attribute)}.count(pin_);
  }

  [[nodiscard]] Status check_counts(std::size_t entity, NodeType type) const {
    switch (type) {
      case NodeType::kLet:
      case NodeType::kLoop:
        if (count(entity, Attribute::kNames) != count(entity, Attribute::kInits)) {
          return fail_at(entity, "needs as many :yin/inits as :yin/names");
        }
        return {};
      case NodeType::kMap:
        if (count(entity, Attribute::kOperands) % 2 != 0) {
          return fail_at(entity, "needs a value for every key: an even number of :yin/operands");
        }
        return {};
      case NodeType::kDo:
        if (count(entity, Attribute::kForms) == 0) return fail_at(entity, "needs a form");
        return {};
      case NodeType::kArities:
        if (count(entity, Attribute::kArities) == 0) return fail_at(entity, "needs an arity");
        return {};
      case NodeType::kResume:
        if (substrate::is_absent(find(entity, Attribute::kParkedId)) ==
            substrate::is_absent(find(entity, Attribute::kTarget)))
          return fail_at(entity, "needs either :yin/parked-id or :yin/target");
        return {};
      default:
        return {};
    }
  }

  // ------------------------------------------------------------------------------ the whole
  // program

  [[nodiscard]] std::span<const std::uint32_t> children_of(std::size_t entity) const {
    return std::span(children_).subspan(first_child_[entity],
                                        first_child_[entity + 1] - first_child_[entity]);
  }

  // What may stand below what. An event is no node, so that none refers to one.
  Status check_children() {
    if (shapes_[root_ - kFirstEntity] == NodeType::kMacroEvent)
      return fail_at(root_ - kFirstEntity, "is no node, and cannot be the root");
    for (std::size_t i = 0; i < entity_count(); ++i) {
      for (const std::uint32_t child : children_of(i)) {
        if (shapes_[child] == NodeType::kMacroEvent)
          return fail_at(child, "is no node, but " + name_of_entity(i) + " refers to it");
        if (shapes_[i] == NodeType::kArities && shapes_[child] != NodeType::kLambda)
          return fail_at(i, "needs lambdas with :yin/params as :yin/arities");
      }
    }
    return {};
  }

  // Depth first with a stack of its own, over all entities whether the root reaches them or not: a
  // cycle anywhere would send some later reader round for ever.
  Status hash_entities() {
    enum : std::uint8_t { kUnseen, kOpen, kDone };
    struct Visit {
      std::uint32_t entity;
      std::uint32_t next_child;
    };
    std::vector<std::uint8_t> state(entity_count(), kUnseen);
    std::vector<Visit> path;
    hashes_.resize(entity_count());
    for (std::uint32_t start = 0; start < entity_count(); ++start) {
      if (state[start] != kUnseen) continue;
      state[start] = kOpen;
      path.push_back({start, 0});
      while (!path.empty()) {
        Visit& visit = path.back();
        const auto children = children_of(visit.entity);
        if (visit.next_child < children.size()) {
          const std::uint32_t child = children[visit.next_child++];
          if (state[child] == kOpen) return fail_at(child, "contains itself");
          if (state[child] == kUnseen) {
            state[child] = kOpen;
            path.push_back({child, 0});
          }
          continue;
        }
        if (!hash_entity(visit.entity)) {
          return fail_at(visit.entity, "holds a value that is not data, such as a closure");
        }
        state[visit.entity] = kDone;
        path.pop_back();
      }
    }
    return {};
  }

  // Type, then each attribute with its data or its children's hashes. An absent literal value is
  // nil.
  bool hash_entity(std::size_t entity) {
    const Shape& shape = shape_of(shapes_[entity]);
    bytes_.clear();
    bytes_.add(shape.type);
    auto children = children_of(entity);
    for (const Part& part : shape.parts) {
      Word value = find(entity, part.attribute);
      if (substrate::is_absent(value)) {
        if (part.holds != Holds::kValue) continue;
        value = substrate::kNil;
      }
      bytes_.add(name_of(part.attribute));
      if (part.holds == Holds::kNode || part.holds == Holds::kNodes) {
        const std::size_t n =
            part.holds == Holds::kNode ? 1 : static_cast<std::size_t>(Vector{value}.count(pin_));
        bytes_.add(static_cast<std::uint64_t>(n));
        for (const std::uint32_t child : children.first(n)) bytes_.add(hashes_[child]);
        children = children.subspan(n);
      } else {
        const auto hash = hasher_.hash(value);
        if (!hash) return false;
        bytes_.add(*hash);
      }
    }
    hashes_[entity] = bytes_.hash();
    return true;
  }

  Word write(Edit& edit) {
    std::vector<Word> words(ProgramField::kDatoms + datoms_.size() * kDatomWords);
    words[ProgramField::kRoot] = substrate::int_word(root_);
    words[ProgramField::kFile] = substrate::from_string(edit, file_);
    std::memcpy(words.data() + ProgramField::kDatoms, datoms_.data(),
                datoms_.size() * sizeof(Datom));
    const std::uint64_t index_bytes = first_.size() * sizeof(std::uint32_t);
    const Word program = substrate::make_record(edit, ObjectKind::kProgram, words.data(),
                                                static_cast<std::uint32_t>(words.size()),
                                                sizeof(ProgramInfo) + index_bytes);
    std::byte* raw = substrate::record_raw(substrate::header_of(pin_, program));
    const ProgramInfo info{.content_hash = hashes_[root_ - kFirstEntity],
                           .first_entity = kFirstEntity,
                           .entity_count = static_cast<std::uint32_t>(entity_count())};
    std::memcpy(raw, &info, sizeof info);
    std::memcpy(raw + sizeof info, first_.data(), static_cast<std::size_t>(index_bytes));
    return program;
  }

  const Pin& pin_;
  Interned words_;
  std::uint32_t root_;
  std::string file_;
  std::vector<Datom> datoms_;
  const Written* written_;
  std::vector<std::uint32_t> first_;        // datom where each entity's run begins, and the end
  std::vector<NodeType> shapes_;            // of each entity
  std::vector<std::uint32_t> first_child_;  // as first_, into children_
  std::vector<std::uint32_t> children_;  // indexes of entities, in the order of the shape's parts
  std::vector<std::uint64_t> hashes_;
  ContentBytes bytes_;
  ContentHasher hasher_{pin_};
};

const ProgramInfo& info_of(const ObjectHeader* program) {
  return *reinterpret_cast<const ProgramInfo*>(substrate::record_raw(program));
}

const ObjectHeader* header(const Pin& pin, Word program) {
  substrate::dcheck(substrate::is_object(program, ObjectKind::kProgram), "not a program");
  return substrate::header_of(pin, program);
}

}  // namespace

StatusOr<Word> seal_program(Edit& edit, std::uint32_t root, std::string_view file,
                            std::vector<Datom> datoms, const Written* written) {
  return Sealer(edit.pin(), root, file, std::move(datoms), written).seal(edit);
}

Status check_program(const Pin& pin, Word program) {
  const ObjectHeader* h = header(pin, program);
  const ProgramInfo& info = info_of(h);
  const Word root = substrate::field(pin, program, ProgramField::kRoot);
  const Word file = source_name(pin, program);
  const std::size_t words = h->count - ProgramField::kDatoms;
  if (!substrate::is_small_int(root) || !substrate::is_string(file) || words % kDatomWords != 0 ||
      substrate::small_int(root) < kFirstEntity ||
      substrate::small_int(root) >= std::int64_t{kFirstEntity} + info.entity_count)
    return substrate::data_loss("its root, name or datoms are none");
  const std::span datoms(
      reinterpret_cast<const Datom*>(substrate::record_words(h) + ProgramField::kDatoms),
      words / kDatomWords);
  Sealer sealer(pin, static_cast<std::uint32_t>(substrate::small_int(root)), "again",
                {datoms.begin(), datoms.end()}, nullptr);
  if (Status status = sealer.check(); !status.ok()) return status;
  const std::span first(reinterpret_cast<const std::uint32_t*>(&info + 1),
                        std::size_t{info.entity_count} + 1);
  if (!sealer.is(info, first, datoms))
    return substrate::data_loss("its index, order or hash is not that of its datoms");
  return {};
}

std::uint32_t root_entity(const Pin& pin, Word program) {
  return static_cast<std::uint32_t>(
      substrate::small_int(substrate::field(pin, program, ProgramField::kRoot)));
}

std::uint32_t entity_count(const Pin& pin, Word program) {
  return info_of(header(pin, program)).entity_count;
}

std::uint64_t content_hash(const Pin& pin, Word program) {
  return info_of(header(pin, program)).content_hash;
}

Word source_name(const Pin& pin, Word program) {
  return substrate::field(pin, program, ProgramField::kFile);
}

std::span<const Datom> entity(const Pin& pin, Word program, std::uint32_t id) {
  const ObjectHeader* h = header(pin, program);
  const ProgramInfo& info = info_of(h);
  const std::uint32_t at =
      id - info.first_entity;  // wraps below the first, and is then out of range
  if (at >= info.entity_count) return {};
  const auto* first = reinterpret_cast<const std::uint32_t*>(&info + 1);
  const auto* datoms =
      reinterpret_cast<const Datom*>(substrate::record_words(h) + ProgramField::kDatoms);
  return {datoms + first[at], datoms + first[at + 1]};
}

Word attribute_of(const Pin& pin, Word program, std::uint32_t id, Word attribute) {
  for (const Datom& d : entity(pin, program, id)) {
    if (d.a == attribute) return d.v;
  }
  return substrate::kAbsent;
}

std::vector<std::uint32_t> nodes_below(const Pin& pin, Word program, std::uint32_t root) {
  const Interned words = interned(pin);
  std::unordered_set<std::uint64_t> references;
  for (const Shape& shape : kShapes) {
    for (const Part& part : shape.parts) {
      if (part.holds == Holds::kNode || part.holds == Holds::kNodes)
        references.insert(words.attribute(part.attribute).bits);
    }
  }
  std::set<std::uint32_t> nodes;
  std::vector<std::uint32_t> pending = {root};
  const auto add = [&](Word w) { pending.push_back(static_cast<std::uint32_t>(small_int(w))); };
  while (!pending.empty()) {
    const std::uint32_t node = pending.back();
    pending.pop_back();
    if (!nodes.insert(node).second) continue;
    for (const Datom& d : entity(pin, program, node)) {
      if (!references.contains(d.a.bits)) continue;
      if (substrate::is_small_int(d.v)) add(d.v);
      if (!Vector::is(d.v)) continue;
      for (std::uint64_t i = 0; i < Vector{d.v}.count(pin); ++i) add(Vector{d.v}.nth(pin, i));
    }
  }
  return {nodes.begin(), nodes.end()};
}

namespace {

// One that EDN cannot spell is a string, which read_datoms() takes for it: clojure.core/yin/take,
// and what Python's functions are called.
void print_name(std::string& out, const Pin& pin, Word name) {
  if (substrate::spells_symbol(substrate::name_of(pin, name))) {
    out += substrate::name_of(pin, name);
  } else {
    substrate::append_quoted(out, substrate::name_of(pin, name));
  }
}

void print_value(std::string& out, const Pin& pin, const Datom& d, const Interned& words) {
  const auto at = std::ranges::find(words.attributes, d.a);
  const auto attribute = static_cast<Attribute>(at - words.attributes.begin());
  if (at == words.attributes.end() || !holds_names(attribute))
    return (void)substrate::print_with_meta_to(out, pin, d.v);
  if (!Vector::is(d.v)) return print_name(out, pin, d.v);
  char before = '[';
  if (Vector{d.v}.count(pin) == 0) out += before;
  for_each_element(pin, d.v, [&](Word name) {
    out += std::exchange(before, ' ');
    print_name(out, pin, name);
    return true;
  });
  out += ']';
}

}  // namespace

std::vector<std::string> datom_texts(const Pin& pin, Word program,
                                     std::span<const std::uint32_t> entities) {
  const Interned words = interned(pin);
  std::vector<std::string> texts;
  for (const std::uint32_t id : entities) {
    for (const Datom& d : entity(pin, program, id)) {
      std::string text =
          "[" + std::to_string(id) + " :" + std::string(substrate::name_of(pin, d.a)) + " ";
      print_value(text, pin, d, words);
      for (const Word w : {d.t, d.m}) text += " " + std::to_string(substrate::small_int(w));
      texts.push_back(text + "]");
    }
  }
  return texts;
}

void print_datoms(std::string& out, const Pin& pin, Word program, std::uint32_t root,
                  std::span<const std::uint32_t> entities) {
  out += "{:root " + std::to_string(root) + "\n :file " +
         substrate::print(pin, source_name(pin, program)) + "\n :datoms [\n";
  for (const std::string& text : datom_texts(pin, program, entities)) out += text + "\n";
  out += "]}\n";
}

}  // namespace yin::ast
