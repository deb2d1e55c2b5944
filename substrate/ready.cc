#include "substrate/ready.h"

#include <bit>

#include "substrate/park.h"
#include "substrate/table.h"
#include "substrate/timer.h"

namespace yin::substrate {

namespace {

constexpr std::uint32_t kBits = 64;

SharedWord* ready_word(const Domain& domain, std::uint32_t word) {
  return table_find<SharedWord>(domain, domain.state().ready, kReadyTable, word);
}

std::uint32_t slots_in_use(const Domain& domain) {
  // edge: slot-made (the tables reach this far)
  return domain.state().next_slot.load_acquire();
}

}  // namespace

void set_ready(const Domain& domain, SlotIndex slot) {
  SharedWord* word = ready_word(domain, raw(slot) / kBits);
  if (word == nullptr) return;
  const std::uint64_t bit = std::uint64_t{1} << raw(slot) % kBits;
  // edge: ready (what was committed before the bit)
  if ((word->or_seq(bit) & bit) != 0) return;  // whoever takes it comes after what we committed
  DomainState& state = domain.state();
  // edge: ready (pairs with wait_for_work: the sleeper counts itself, then looks again)
  if (state.sleepers.load_seq() == 0) return;
  // edge: ready
  state.work.add_seq(1);
  wake_one(state.work);
}

bool take_ready(const Domain& domain, SlotIndex slot) {
  SharedWord* word = ready_word(domain, raw(slot) / kBits);
  const std::uint64_t bit = std::uint64_t{1} << raw(slot) % kBits;
  // edge: ready
  return word != nullptr && (word->and_seq(~bit) & bit) != 0;
}

bool find_ready(const Domain& domain, SlotIndex from, SlotIndex& found) {
  const std::uint32_t slots = slots_in_use(domain);
  const std::uint32_t words = (slots + kBits - 1) / kBits;
  if (words == 0) return false;
  const std::uint32_t first = raw(from) < slots ? raw(from) : 0;
  for (std::uint32_t i = 0; i <= words;
       ++i) {  // the first word twice: behind `from`, at last before it
    const std::uint32_t at = (first / kBits + i) % words;
    const SharedWord* word = ready_word(domain, at);
    if (word == nullptr) continue;
    // edge: ready
    std::uint64_t bits = word->load_acquire();
    if (i == 0) bits &= ~std::uint64_t{0} << first % kBits;
    if (bits == 0) continue;
    found = static_cast<SlotIndex>(at * kBits + static_cast<std::uint32_t>(std::countr_zero(bits)));
    return true;
  }
  return false;
}

std::uint32_t work_seen(const Domain& domain) {
  // edge: ready
  return domain.state().work.load_acquire();
}

void wait_for_work(const Domain& domain, std::uint32_t seen, std::uint32_t timeout_ms) {
  DomainState& state = domain.state();
  // edge: ready (count first, then look: either the setter sees the sleeper or we see its bit)
  state.sleepers.add_seq(1);
  SlotIndex found{};
  timeout_ms = ms_to_next_timer(domain, timeout_ms);
  if (timeout_ms != 0 && !find_ready(domain, SlotIndex{0}, found))
    park_on(state.work, seen, timeout_ms);
  // edge: ready
  state.sleepers.add_seq(~std::uint32_t{0});
}

void announce_work(const Domain& domain) {
  // edge: ready
  domain.state().work.add_seq(1);
  wake_all(domain.state().work);
}

}  // namespace yin::substrate
