#pragma once

// Programs as data: a text and its printed value, or "!" and a part of the error.
//
// Every program runs on each projection whole, then with a fuel of one, saved at every safe point
// it passes and loaded by another projection: the value, the output and the error must stay the
// same.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "tests/support/run_program.h"

namespace yin::tests {

struct Case {
  std::string_view text;
  std::string_view expected;
};

inline const std::vector<RunOptions> kConfigurations = {
    {.projections = {vm::Projection::kStack}},
    {.projections = {vm::Projection::kWalk}},
    {.projections = {vm::Projection::kRegister}},
    {.projections = {vm::Projection::kNative}},
    {.projections = {vm::Projection::kStack}, .fuel = 1},
    {.projections = {vm::Projection::kRegister}, .fuel = 1},
    {.projections = {vm::Projection::kNative}, .fuel = 1},
    {.projections = {vm::Projection::kWalk}, .fuel = 1},
    {.projections = {vm::Projection::kStack, vm::Projection::kWalk, vm::Projection::kRegister,
                     vm::Projection::kNative},
     .fuel = 1},
    {.projections = {vm::Projection::kNative, vm::Projection::kRegister, vm::Projection::kStack},
     .fuel = 1},
    {.projections = {vm::Projection::kWalk, vm::Projection::kWalk, vm::Projection::kNative},
     .fuel = 2},
};

// No program here takes so many; what runs without fuel must end by itself.
inline constexpr std::uint64_t kStepsMax = 200'000;

// An error is expected by a part of it.
inline bool as_expected(const std::string& got, std::string_view expected) {
  if (!expected.starts_with('!')) return got == expected;
  return got.starts_with('!') && got.find(expected.substr(1)) != std::string::npos;
}

// Each program in a domain of its own: definitions stay.
template <std::size_t kCount>
void check_all(const Case (&cases)[kCount], bool with_output = false) {
  for (const Case& c : cases) {
    INFO(c.text);
    std::string first;
    for (const auto& options : kConfigurations) {
      ProgramRunner runner;
      RunOptions bounded = options;
      bounded.steps_max = kStepsMax;
      const auto result = runner.run(c.text, bounded);
      const std::string got = with_output ? result.output + '|' + result.value : result.value;
      INFO("got " << got << " on " << static_cast<int>(options.projections[0]) << " with fuel "
                  << options.fuel);
      CHECK(as_expected(got, c.expected));
      if (first.empty()) first = got;
      CHECK(got == first);  // errors too are the same to the letter
    }
  }
}

}  // namespace yin::tests
