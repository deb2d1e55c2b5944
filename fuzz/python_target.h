#pragma once

// What a text may do to the Python reader and to lowering; nothing but this: it becomes a program
// that lowers, or is refused with a place in it.
//
// Called by the fuzzer (python_fuzz.cc) and, for programs that are damaged at random, by an
// ordinary test (tests/conformance/python_damage_test.cc). One thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "substrate/check.h"
#include "ast/reader.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "tests/support/test_domain.h"

namespace yin::fuzz {

class PythonTarget {
 public:
  // Whether it was accepted.
  bool run(std::string_view text) {
    // Names and functions stay for good: a new domain before they fill it.
    if (domain_ == nullptr || runs_++ % kRunsADomain == 0) {
      domain_ = std::make_unique<tests::TestDomain>();
      substrate::check(vm::install_python_prelude(*domain_->worker).ok(), "the prelude");
    }
    const substrate::Pin pin(*domain_->worker);
    substrate::Edit edit = substrate::Edit::in_slab(pin);
    const auto read = ast::read_python(edit, text, "f.py");
    if (!read.ok()) {
      substrate::check(read.status().message().starts_with("f.py:"), "an error without its place");
      return false;
    }
    const auto lowered = vm::lower(edit, read->program);
    substrate::check(lowered.ok() || lowered.status().message().starts_with("f.py:"),
                     "a program that does not lower, without its place");
    return lowered.ok();
  }

 private:
  static constexpr std::uint64_t kRunsADomain = 2'000;

  std::unique_ptr<tests::TestDomain> domain_;
  std::uint64_t runs_ = 0;
};

}  // namespace yin::fuzz
