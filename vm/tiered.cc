#include "vm/tiered.h"

#include <cstdint>
#include <unordered_set>

#include "vm/frame.h"
#include "vm/native/native.h"
#include "vm/register/register.h"

namespace yin::vm::tiered {

using substrate::Edit;
using substrate::kNil;
using substrate::Pin;
using substrate::Word;

namespace {

// Calls and back edges of a step that run in register code. What they take is about what making
// machine code of a few functions takes (bench/vm/fib_bench).
constexpr std::uint64_t kWarmFuel = 4000;
constexpr std::size_t kHotMax = 4096;

class TieredMachine final : public Machine {
 public:
  void load(const Pin& pin, Word continuation, Word value, bool raise) override {
    now_ = second_ != nullptr && hot_.contains(running(pin, continuation)) ? second_.get()
                                                                           : first_.get();
    now_->load(pin, continuation, value, raise);
  }

  Outcome run(Edit& edit, std::uint64_t& fuel) override {
    now_->set_self(self_);
    if (now_ == second_.get() || fuel <= kWarmFuel) return now_->run(edit, fuel);
    std::uint64_t warm = kWarmFuel;
    const Outcome outcome = now_->run(edit, warm);
    fuel -= kWarmFuel - warm;
    // (With fuel left over it ran out of room, which is what the caller must see to.)
    if (outcome.kind != OutcomeKind::kFuel || warm != 0) return outcome;
    const Word continuation = now_->save(edit);
    if (second_ == nullptr) second_ = native::make_machine();
    if (hot_.size() >= kHotMax) hot_.clear();
    hot_.insert(running(edit.pin(), continuation));
    now_ = second_.get();
    now_->set_self(self_);
    now_->load(edit.pin(), continuation, outcome.value, false);
    return now_->run(edit, fuel);
  }

  Word save(Edit& edit) override { return now_->save(edit); }

 private:
  // The function that a continuation goes on in, by its content; 0: none.
  static std::uint64_t running(const Pin& pin, Word continuation) {
    return substrate::is_nil(continuation)
               ? 0
               : view_frame(pin, continuation).function.info().content_hash;
  }

  // Functions that long steps were in: what goes on in one of them is long again.
  std::unordered_set<std::uint64_t> hot_;
  std::unique_ptr<Machine> first_ = registers::make_machine();
  std::unique_ptr<Machine> second_;
  Machine* now_ = first_.get();
};

}  // namespace

std::unique_ptr<Machine> make_machine() {
  if (!native::available()) return registers::make_machine();
  return std::make_unique<TieredMachine>();
}

}  // namespace yin::vm::tiered
