#pragma once

// A private domain in which values are written as EDN text: what tests of values begin with.
//
//   Reading r;
//   const Word value = r("[1 {:a 2}]");  // read, and well formed
//
// Values stand in the worker's nursery, under one pin for the whole case. Whether they are well
// formed takes the square of their depth to find out: tests of deep ones go without.

#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include "substrate/edit.h"
#include "substrate/pin.h"
#include "substrate/read.h"
#include "substrate/value.h"
#include "tests/substrate/well_formed.h"
#include "tests/support/test_domain.h"

namespace yin::tests {

struct Reading {
  TestDomain t;
  substrate::Pin pin{*t.worker};
  substrate::Edit edit = substrate::Edit::in_nursery(pin);
  bool looks_at_form = true;

  substrate::Word operator()(std::string_view text) {
    const auto value = substrate::read(edit, text);
    INFO(text << ": " << value.status().message());
    REQUIRE(value.ok());
    if (looks_at_form) REQUIRE(flaw_in(pin, *value) == "");
    return *value;
  }
};

}  // namespace yin::tests
