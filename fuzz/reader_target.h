#pragma once

// What a text may do to a reader of programs, its macros, and to lowering; nothing but this: it
// becomes a program that lowers, or is refused with a place in it.
//
// Called by the fuzzers (clojure_fuzz.cc, python_fuzz.cc, datoms_fuzz.cc) and, for programs that are damaged at
// random, by an ordinary test (tests/conformance/damage_test.cc). One thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "substrate/check.h"
#include "ast/reader.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "vm/reading.h"
#include "tests/support/run_program.h"
#include "tests/support/test_domain.h"

namespace yin::fuzz {

using tests::Language;

class ReaderTarget {
 public:
  explicit ReaderTarget(Language language) : language_(language) {}

  // Whether it was accepted.
  bool run(std::string_view text) {
    // Names and functions stay for good: a new domain before they fill it.
    if (domain_ == nullptr || runs_++ % kRunsADomain == 0) {
      domain_ = std::make_unique<tests::TestDomain>();
      substrate::check(vm::install_python_prelude(*domain_->worker).ok(), "the prelude");
    }
    const substrate::Pin pin(*domain_->worker);
    substrate::Edit edit = substrate::Edit::in_slab(pin);
    const auto program = read(edit, text);
    if (!program.ok()) {
      substrate::check(has_place(program.status()), program.status().message().c_str());
      return false;
    }
    const auto lowered = vm::lower(edit, *program);
    // Datoms may say whose positions they have.
    substrate::check(lowered.ok() || language_ == Language::kDatoms || has_place(lowered.status()),
                     lowered.status().message().c_str());
    return lowered.ok();
  }

 private:
  static constexpr std::uint64_t kRunsADomain = 2'000;
  static constexpr std::string_view kFile = "a.file";

  substrate::StatusOr<substrate::Word> read(substrate::Edit& edit, std::string_view text) const {
    if (language_ == Language::kClojure) return vm::read_program(edit, text, kFile);
    if (language_ == Language::kDatoms) return vm::read_datoms(edit, text, kFile);
    auto program = ast::read_python(edit, text, kFile);
    if (!program.ok()) return program.status();
    return program->program;
  }
  static bool has_place(const substrate::Status& status) {
    return status.message().starts_with("a.file:");
  }

  const Language language_;
  std::unique_ptr<tests::TestDomain> domain_;
  std::uint64_t runs_ = 0;
};

}  // namespace yin::fuzz
