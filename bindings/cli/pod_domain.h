#pragma once

// PodDomain: a domain that a pod's client has opened, and what the client was given of it: atoms,
// readings, watches. PodCall: one call of the client's, answered by an entry of the table of calls.
//
// An atom is the number that the client was given for it; any other number is refused. A reading is
// what the client saw of some atoms at one instant, kept by handles, so that a swap! of the
// client's own function can come back and commit against the very values that it has read
// (yin_commit()). Of those not come back for, only the last few are kept: a commit against one that
// is gone counts as a conflict.
//
// For one thread; watches have their own (pod_watches.h).

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "bindings/cli/pod_support.h"
#include "bindings/cli/pod_watches.h"

namespace yin::cli {

struct PodReading {
  std::vector<yin_word> atoms;
  std::vector<HandlePtr> values;
  std::uint32_t tries = 0;  // of the swap! that it is for
};

struct PodDomain {
  PodDomain(std::int64_t its_number, yin_domain* opened, PodOutput& output)
      : number(its_number), domain(opened), watches(opened, output) {}

  std::int64_t number;
  DomainPtr domain;
  std::unordered_set<yin_word> atoms;
  std::map<std::int64_t, PodReading> readings;  // oldest first
  std::int64_t last_reading = 0;
  PodWatches watches;  // ends first
};

struct PodCall {
  PodDomain& domain;
  const std::string& id;
  yin_word arguments;  // a list or a vector, valid under `pin`
  std::uint64_t count;
  PinPtr pin;
  std::string value = {};    // EDN, the answer
  bool is_answered = false;  // the answer has been sent
  yin_error error = {};

  [[nodiscard]] yin_word argument(std::uint64_t i) const {
    return yin_nth(pin.get(), arguments, i);
  }
};

struct PodCallEntry {
  const char* name;
  const char* doc;
  const char* arguments;                // as the documentation writes them
  yin_status (*answer)(PodCall& call);  // null: answered by the pod itself
};
// All calls but "open*" are of a domain, whose number is the first argument.
extern const std::vector<PodCallEntry>& pod_calls();

// Answers; YIN_INVALID_ARGUMENT also when there are fewer or more arguments than `arguments` has.
yin_status answer(const PodCallEntry& entry, PodCall& call);

// The arguments of open*: [path {:mode .. :capacity .. :durability ..}].
yin_status open_from_arguments(const std::string& arguments, yin_domain** domain, yin_error* error);

}  // namespace yin::cli
