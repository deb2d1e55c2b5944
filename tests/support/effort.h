#pragma once

// How hard a random test tries. script/test says it in YIN_TEST_PERCENT: 100 is the usual work, the
// sanitizers do less of it and --long does more. A test asks once, at its start:
//
//   for (int step = 0; step < yin::test::effort(20'000); ++step) ...
//
// Not for what a test must do to prove its claim: only for how many random tries it makes.

#include <algorithm>
#include <cstdlib>

namespace yin::test {

// The share of `usual` that this run is to do, at least 1.
inline int effort(int usual) {
  const char* percent = std::getenv("YIN_TEST_PERCENT");
  return percent == nullptr ? usual
                            : static_cast<int>(std::max(1L, 1L * usual * std::atoi(percent) / 100));
}

}  // namespace yin::test
