#pragma once

// Atoms of a test, and the look at the whole domain that ends one.
//
// A failure to make one is the end of the test's process, so that these serve threads too: Catch2's
// assertions are for one thread.

#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/verify.h"

namespace yin::tests {

inline substrate::RootRef atom(substrate::Worker& worker, std::string_view name,
                               substrate::Word initial = substrate::kNil) {
  const substrate::Pin pin(worker);
  const auto ref = substrate::open_atom(pin, name, initial);
  substrate::check(ref.ok(), ref.status().message().c_str());
  return *ref;
}
inline substrate::RootRef counter(substrate::Worker& worker, std::string_view name) {
  return atom(worker, name, substrate::int_word(0));
}
inline substrate::Word inc(substrate::Edit&, substrate::Word w) {
  return substrate::int_word(substrate::small_int(w) + 1);
}

inline void expect_clean(substrate::Worker& worker) {
  const substrate::VerifyReport report = verify(worker);
  INFO((report.clean() ? "" : report.findings.front()));
  CHECK(report.clean());
}

}  // namespace yin::tests
