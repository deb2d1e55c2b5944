// A wait of the explored world ends when others went on, or for no reason.

#include "substrate/park.h"
#include "tests/explore/world.h"

namespace yin::substrate {

void park_on(const SharedHalf& word, std::uint32_t seen, std::uint32_t timeout_ms) {
  if (word.load_seq() == seen) explore::wait_in_vain(&word, timeout_ms);
}

void wake_all(const SharedHalf&) { explore::system_call("wake"); }
void wake_one(const SharedHalf&) { explore::system_call("wake"); }

}  // namespace yin::substrate
