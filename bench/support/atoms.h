#pragma once

// Atoms of a bench. A failure to make one ends it.

#include <string_view>
#include <vector>

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/map.h"

namespace yin::bench {

inline substrate::RootRef atom_with(const substrate::Pin& pin, std::string_view name,
                                    substrate::Word value) {
  auto atom = open_atom(pin, name, value);
  substrate::check(atom.ok(), atom.status().message().c_str());
  return *atom;
}
inline substrate::RootRef counter(substrate::Worker& worker, std::string_view name) {
  const substrate::Pin pin(worker);
  return atom_with(pin, name, substrate::int_word(0));
}
// Keys 0 .. n - 1, each with 0, built in bulk.
inline substrate::RootRef map_atom(substrate::Worker& worker, std::string_view name,
                                   std::uint64_t n) {
  const substrate::Pin pin(worker);
  substrate::Edit edit = substrate::Edit::in_slab(pin);
  std::vector<substrate::MapEntry> entries;
  entries.reserve(n);
  for (std::uint64_t i = 0; i < n; ++i)
    entries.push_back({substrate::int_word(static_cast<std::int64_t>(i)), substrate::int_word(0)});
  return atom_with(pin, name, substrate::Map::from(edit, entries).word);
}

}  // namespace yin::bench
