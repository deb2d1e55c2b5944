#pragma once

// Module: one program's datoms, sealed as an object that every process and every projection reads
// in place.
//
// The datoms stand in EAVT order behind an index by entity, so that a node's attributes are one
// short run. The content hash covers node types, ground values and children's hashes, not entity
// ids, t, m or positions: equal programs have equal hashes. (Layout: ProgramField and ProgramInfo
// in substrate/format.h.)

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/edit.h"
#include "substrate/status.h"
#include "substrate/value.h"
#include "ast/node.h"

namespace yin::ast {

// How those who wrote datoms know them, where that is not as they are sealed: for messages.
struct Written {
  std::string_view file;
  std::span<const std::optional<std::int64_t>> ids = {};  // of the entities that had any
  std::span<const Position> at = {};                      // where each was written
};

// Sorts and seals. Entities must be kFirstEntity.. without holes; kInvalidArgument says what is
// wrong with hostile datoms (a reference to no entity, a missing attribute, a cycle, an unknown
// type).
substrate::StatusOr<substrate::Word> seal_program(substrate::Edit& edit, std::uint32_t root,
                                                  std::string_view file,
                                                  std::vector<substrate::Datom> datoms,
                                                  const Written* written = nullptr);

// Is this object, whose words and bytes are sound, a program as seal_program would have written it?
substrate::Status check_program(const substrate::Pin& pin, substrate::Word program);

std::uint32_t root_entity(const substrate::Pin& pin, substrate::Word program);
// Entities are kFirstEntity .. kFirstEntity + entity_count - 1.
std::uint32_t entity_count(const substrate::Pin& pin, substrate::Word program);
std::uint64_t content_hash(const substrate::Pin& pin, substrate::Word program);
substrate::Word source_name(const substrate::Pin& pin, substrate::Word program);  // string
// The datoms of one entity, by attribute.
std::span<const substrate::Datom> entity(const substrate::Pin& pin, substrate::Word program,
                                         std::uint32_t id);
// The value of one attribute, kAbsent when the entity has none.
substrate::Word attribute_of(const substrate::Pin& pin, substrate::Word program, std::uint32_t id,
                             substrate::Word attribute);
// The nodes from `root` down, itself too, in their order.
std::vector<std::uint32_t> nodes_below(const substrate::Pin& pin, substrate::Word program,
                                       std::uint32_t root);

// The datoms of these entities, in their order, each as text: "[16 :yin/type :if 0 1]".
std::vector<std::string> datom_texts(const substrate::Pin& pin, substrate::Word program,
                                     std::span<const std::uint32_t> entities);
// Appends the datoms of these entities, in their order, as text that read_datoms() takes
// (ast/reader.h): {:root 16 :file "a.clj" :datoms [...]}.
void print_datoms(std::string& out, const substrate::Pin& pin, substrate::Word program,
                  std::uint32_t root, std::span<const std::uint32_t> entities);

}  // namespace yin::ast
