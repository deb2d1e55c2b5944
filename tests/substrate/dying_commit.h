#pragma once

// A committer that dies: makes a record as commit.cc does, installs as many of its nodes as it is told, and stops. What it
// leaves is what a process leaves that was killed between two instructions of the commit.

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "substrate/check.h"
#include "substrate/commit.h"
#include "substrate/slab.h"
#include "substrate/table.h"

namespace yin::tests {

class DyingCommit {
 public:
  DyingCommit(const substrate::Pin& pin, std::vector<substrate::Change> changes)
      : pin_(pin), changes_(std::move(changes)) {
    using namespace substrate;
    std::sort(changes_.begin(), changes_.end(),
              [](const Change& a, const Change& b) { return raw(a.ref.slot) < raw(b.ref.slot); });
    check(changes_.size() <= 4, "this makes small records only");
    record_ = reinterpret_cast<CommitRecord*>(pin.worker().cells().allocate(1));
    record_->decision.store_relaxed(kStampPending);
    std::fill(std::begin(record_->reserved), std::end(record_->reserved), 0);
    record_->entry_count = static_cast<std::uint32_t>(changes_.size());
    auto* entries = reinterpret_cast<CommitEntry*>(record_ + 1);
    for (const Change& c : changes_)
      *entries++ = {raw(c.ref.slot), c.ref.generation, raw(c.expected), c.value.bits};
  }

  // Puts the node of its i-th slot, in slot order, on that slot.
  void install(std::size_t i) {
    using namespace substrate;
    const Change& c = changes_[i];
    RootSlot& slot = root_slot(pin_.worker().domain(), c.ref.slot);
    std::uint64_t head = slot.head.load_seq();
    auto* node = reinterpret_cast<VersionNode*>(pin_.worker().cells().allocate(0));
    node->ts.store_relaxed(kStampPending);
    node->value = c.value.bits;
    node->record.store_relaxed(raw(at()));
    node->base.store_relaxed(raw(c.expected));
    node->prev.store_relaxed(head);
    node->generation = c.ref.generation;
    check(slot.head.cas_seq(head, raw(pin_.offset_of(node))), "somebody else is at this slot");
  }
  void decide(std::uint64_t decision) { record_->decision.store_seq(decision); }

  [[nodiscard]] std::uint64_t decision() const { return record_->decision.load_seq(); }
  [[nodiscard]] substrate::Offset at() const { return pin_.offset_of(record_); }

 private:
  const substrate::Pin& pin_;
  std::vector<substrate::Change> changes_;
  substrate::CommitRecord* record_ = nullptr;
};

}  // namespace yin::tests
