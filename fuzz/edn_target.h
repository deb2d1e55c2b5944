#pragma once

// What a text may do to the reader, the printer and the values between them; nothing but this.
//
// A text that reads prints as a text that reads as an equal value, of the same hash, in the same
// place of the order, and prints the same; with metadata shown, too. A text that does not read gives
// a sentence with a place. Objects are whole either way. What fails ends the process (check.h).
//
// Called by the fuzzer (edn_fuzz.cc) and, for the texts that are kept, by an ordinary test
// (tests/substrate/corpus_test.cc). One thread.

#include <memory>
#include <string>
#include <string_view>

#include "substrate/check.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/test_domain.h"

namespace yin::fuzz {

using namespace yin::substrate;

class EdnTarget {
 public:
  void run(std::string_view text) {
    // Names stay for good: a new domain before they fill it.
    if (domain_ == nullptr || runs_++ % kRunsADomain == 0)
      domain_ = std::make_unique<tests::TestDomain>();
    domain_->worker->nursery().reset();
    const Pin pin(*domain_->worker);
    Edit edit = Edit::in_nursery(pin);
    const auto value = read(edit, text);
    if (!value.ok()) {
      check(value.status().message().starts_with("line "), "an error without its place");
      return;
    }
    whole(pin, *value);
    const std::string printed = print(pin, *value);
    const auto back = read(edit, printed);
    check(back.ok(), "what was printed does not read");
    whole(pin, *back);
    check(print(pin, *back) == printed, "it prints another way");
    check(hash(pin, *back) == hash(pin, *value), "it has another hash");
    check(compare(pin, *back, *value) == 0, "it is in another place");
    check(equal(pin, *back, *value) || printed.find("##NaN") != std::string::npos,
          "it is not equal");
    with_meta(edit, *value);
  }

 private:
  static constexpr std::uint64_t kRunsADomain = 50'000;

  static void whole(const Pin& pin, Word w) {
    const std::string flaw = tests::flaw_in(pin, w);
    check(flaw.empty(), flaw.c_str());
  }

  static void with_meta(Edit& edit, Word value) {
    const Pin& pin = edit.pin();
    std::string text;
    print_with_meta_to(text, pin, value);
    const auto back = read(edit, text);
    check(back.ok(), "what was printed with metadata does not read");
    std::string again;
    print_with_meta_to(again, pin, *back);
    check(again == text, "its metadata prints another way");
  }

  std::unique_ptr<tests::TestDomain> domain_;
  std::uint64_t runs_ = 0;
};

}  // namespace yin::fuzz
