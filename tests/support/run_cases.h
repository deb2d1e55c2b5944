#pragma once

// Programs as data: a text and its printed value, or "!" and a part of the error.
//
// Every program runs in every way (every_way.h), and once more from one process to another, where the
// seed parts them (elsewhere.h).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/elsewhere.h"
#include "tests/support/every_way.h"
#include "tests/support/random.h"

namespace yin::tests {

struct Case {
  std::string_view text;
  std::string_view expected;
};

// An error is expected by a part of it.
inline bool as_expected(const std::string& got, std::string_view expected) {
  if (!expected.starts_with('!')) return got == expected;
  return got.starts_with('!') && got.find(expected.substr(1)) != std::string::npos;
}

// Programs share a domain, but for those that define names: what the language calls so would be
// another function for those that follow.
template <std::size_t kCount>
void check_all(const Case (&cases)[kCount], bool with_output = false) {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  std::vector<Traveller> travellers;
  ProgramRunner shared;
  for (const Case& c : cases) {
    INFO(c.text);
    std::optional<ProgramRunner> own;
    if (c.text.find("(def") != std::string_view::npos) own.emplace();
    const Checked checked = run_every_way(own ? *own : shared, c.text, {.seed = seed});
    const RunResult& r = checked.result;
    const std::string got = with_output ? r.output + '|' + r.value : r.value;
    INFO("got " << got);
    CHECK(as_expected(got, c.expected));
    CHECK(checked.difference == "");
    travellers.push_back({std::string(c.text), Language::kClojure, r});
  }
  CHECK(run_elsewhere(travellers, seed) == "");
}

}  // namespace yin::tests
