// A wait of the explored world ends by a wake, or when nobody else goes on; on a word that is none of
// the domain's when others went on.

#include "substrate/park.h"
#include "tests/explore/scenario.h"
#include "tests/explore/world.h"

namespace yin::substrate {

void park_on(const SharedHalf& word, std::uint32_t seen, std::uint32_t timeout_ms) {
  if (word.load_seq() != seen) return;
  explore::World& world = explore::World::get();
  if (!world.falls_asleep(&word, seen)) return explore::wait_in_vain(&word, timeout_ms);
  do {
    explore::wait_in_vain(&word, 0);
  } while (world.asleep() && explore::others_go_on());
  if (!world.asleep()) return;
  world.pass(std::uint64_t{timeout_ms} * 1'000'000);
  if (world.times_out() && !explore::somebody_died()) explore::fail("a sleeper was not woken");
}

void park_on_any(std::span<const SharedHalfSeen> words, std::uint32_t timeout_ms) {
  for (const SharedHalfSeen& each : words) park_on(*each.word, each.seen, timeout_ms);
}

void wake_all(const SharedHalf& word) {
  explore::system_call("wake");
  explore::World::get().wakes(&word);
}
void wake_one(const SharedHalf& word) { wake_all(word); }

}  // namespace yin::substrate
