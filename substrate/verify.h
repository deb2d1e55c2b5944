#pragma once

// Verify: walks everything a domain's roots reach and says what is wrong with it.
//
// Every slot's log, every object once, in linear time and without recursion: references stand
// inside live slabs, kinds and sizes agree between a word, its object and its slab, strings hash to
// what they say, tries are canonical (entries at the positions of their hashes, exact counts, no
// empty or single-entry child), vectors and lists are as long as they claim, records have the
// fields their kind asks for, big integers and ratios are in their one form, arrays and structs have
// the bytes that their types ask for, leaf flags are exact, no value holds itself, names are whole,
// undecided commits can be finished. It reads nothing it has not checked first, so that a hostile
// file gives findings, never a crash. What code says is the
// vm's to check (vm/verify.h). Under a pin: other workers may go on meanwhile.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "substrate/worker.h"

namespace yin::substrate {

struct VerifyReport {
  std::uint64_t slots = 0;  // with a value
  std::uint64_t versions = 0;
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;  // of versions and objects
  std::uint64_t finding_count = 0;
  std::vector<std::string> findings;  // the first few, a sentence each
  [[nodiscard]] bool clean() const { return finding_count == 0; }
};

// What is wrong with an object of a kind that a layer above knows: closures, functions, programs,
// frames and continuations. It is asked once all objects are sound.
using CodeCheck = std::function<std::string(const Pin& pin, Word object)>;

VerifyReport verify(Worker& worker, const CodeCheck& check = {});
// A domain that this machine has not known since it was started (Domain::known_here) is verified,
// once, and accepted. kDataLoss with the first finding. For whoever opens one to work in it.
Status trust(Worker& worker, const CodeCheck& check = {});
// Only the names and what one value reaches.
VerifyReport verify_value(const Pin& pin, Word value);

}  // namespace yin::substrate
