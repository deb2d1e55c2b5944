#include "substrate/timer.h"

#include <algorithm>

#include "substrate/clock.h"
#include "substrate/park.h"
#include "substrate/ready.h"
#include "substrate/table.h"

namespace yin::substrate {

namespace {

constexpr std::uint64_t kLookMs = 1000;  // looking at all timers takes less, if it is not stopped

SharedWord* timer_word(const Domain& domain, SlotIndex slot) {
  return table_find<SharedWord>(domain, domain.state().timers, kTimerTable, raw(slot));
}

bool has_timers(const DomainState& state) {
  // edge: table-chunk
  return state.timers.chunk[0].load_acquire() != 0;
}

// False: it was as early already.
bool lower_next(DomainState& state, std::uint64_t due_ms) {
  // edge: timer
  std::uint64_t seen = state.next_timer.load_seq();
  while (due_ms < seen) {
    // edge: timer
    if (state.next_timer.cas_seq(seen, due_ms)) return true;
  }
  return false;
}

}  // namespace

Status ensure_timer(Domain& domain, SlotIndex slot) {
  // The first chunk says that there are any.
  Status room = table_ensure(domain, domain.state().timers, kTimerTable, 0);
  return room.ok() ? table_ensure(domain, domain.state().timers, kTimerTable, raw(slot)) : room;
}

void set_timer(const Domain& domain, SlotIndex slot, Timer timer) {
  SharedWord* word = timer_word(domain, slot);
  if (word == nullptr) return;
  const std::uint64_t due_ms = std::min(timer.due_ms, kTimerNever);
  // edge: timer (the timer, then the earliest: who takes the earliest looks at it afterwards)
  word->store_seq(due_ms | (timer.at_death ? kTimerAtDeath : 0));
  DomainState& state = domain.state();
  if (due_ms == kTimerNever || !lower_next(state, due_ms)) return;
  // edge: ready (pairs with wait_for_work: the sleeper counts itself, then looks until when)
  if (state.sleepers.load_seq() == 0) return;
  // edge: ready
  state.work.add_seq(1);
  wake_one(state.work);
}

void clear_timer(const Domain& domain, SlotIndex slot) {
  SharedWord* word = timer_word(domain, slot);
  if (word != nullptr && word->load_relaxed() != 0)  // its agent's worker alone writes it now
    word->store_relaxed(0);                          // one too many costs a look
}

void wake_due(const Domain& domain, std::uint64_t now_ms) {
  DomainState& state = domain.state();
  // edge: timer
  std::uint64_t next = state.next_timer.load_acquire();
  if (next > now_ms) {
    const std::uint64_t until = state.timers_looked_at.load_relaxed();  // a time, carries nothing
    if (until == 0 || until > now_ms) return;
  }
  if (!has_timers(state)) {
    // edge: timer (who makes the first one lowers it again)
    if (next == 0) state.next_timer.cas_seq(next, kTimerNever);
    if (has_timers(state)) forget_next_timer(domain);
    return;
  }
  const bool all = next == 0;
  std::uint64_t mine = now_ms + kLookMs;
  state.timers_looked_at.store_relaxed(mine);  // before next_timer says that there is none
  // edge: timer (then the timers: who sets one afterwards lowers it again)
  if (!state.next_timer.cas_seq(next, kTimerNever)) {
    state.timers_looked_at.store_relaxed(0);  // somebody else looks, or there is an earlier one
    return;
  }
  next = kTimerNever;
  // edge: slot-made
  const std::uint32_t slots = state.next_slot.load_acquire();
  for (std::uint32_t i = 1; i < slots; ++i) {
    SharedWord* word = timer_word(domain, SlotIndex{i});
    if (word == nullptr) continue;
    // edge: timer
    std::uint64_t timer = word->load_seq();
    if (timer == 0) continue;
    const std::uint64_t due_ms = timer & kTimerNever;
    const bool is_due = due_ms <= now_ms;
    if (is_due || (all && (timer & kTimerAtDeath) != 0)) set_ready(domain, SlotIndex{i});
    if (!is_due) {
      next = std::min(next, due_ms);
    } else {
      // edge: timer (unless its agent has set another meanwhile; the same one again, if the clock was
      // set back: then it is looked at again)
      if (word->cas_seq(timer, 0)) set_ready(domain, SlotIndex{i});
    }
  }
  if (next != kTimerNever) lower_next(state, next);
  // edge: timer (unless somebody else looks by now)
  state.timers_looked_at.cas_seq(mine, 0);
}

std::uint32_t ms_to_next_timer(const Domain& domain, std::uint32_t at_most_ms) {
  // edge: timer
  const std::uint64_t next = domain.state().next_timer.load_seq();
  if (next == 0 || next >= kTimerNever) return at_most_ms;
  const std::uint64_t now_ns = wall_clock_ns();
  const std::uint64_t next_ns = next * 1'000'000;
  if (next_ns <= now_ns) return 0;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>((next_ns - now_ns + 999'999) / 1'000'000, at_most_ms));
}

void forget_next_timer(const Domain& domain) {
  DomainState& state = domain.state();
  // edge: timer
  if (has_timers(state)) state.next_timer.store_seq(0);
}

}  // namespace yin::substrate
