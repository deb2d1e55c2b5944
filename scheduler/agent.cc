#include "scheduler/agent.h"

#include "substrate/vector.h"

namespace yin::scheduler {

using substrate::AgentField;
using substrate::AgentStatus;
using substrate::Edit;
using substrate::int_word;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::small_int;
using substrate::Vector;
using substrate::Word;

Word make_agent_record(Edit& edit, const Agent& agent) {
  Word words[AgentField::kEnd];
  words[AgentField::kContinuation] = agent.continuation;
  words[AgentField::kValue] = agent.value;
  words[AgentField::kStatus] = int_word(static_cast<std::int64_t>(agent.status));
  words[AgentField::kEffect] = agent.effect;
  words[AgentField::kParent] = agent.parent;
  words[AgentField::kName] = agent.name;
  words[AgentField::kFuelUsed] = int_word(agent.fuel_used);
  words[AgentField::kSteps] = int_word(agent.steps);
  return make_record(edit, ObjectKind::kAgent, words, AgentField::kEnd);
}

Agent read_agent_record(const Pin& pin, Word record) {
  const Word* words = record_words(header_of(pin, record));
  return {.continuation = words[AgentField::kContinuation],
          .value = words[AgentField::kValue],
          .status = static_cast<AgentStatus>(small_int(words[AgentField::kStatus])),
          .effect = words[AgentField::kEffect],
          .parent = words[AgentField::kParent],
          .name = words[AgentField::kName],
          .fuel_used = small_int(words[AgentField::kFuelUsed]),
          .steps = small_int(words[AgentField::kSteps])};
}

Word effect_to_word(Edit& edit, const vm::Effect& effect) {
  const Word items[] = {int_word(static_cast<std::int64_t>(effect.kind)), effect.argument[0],
                        effect.argument[1], effect.argument[2]};
  return Vector::from(edit, items).word;
}

vm::Effect effect_from_word(const Pin& pin, Word w) {
  const Vector items{w};
  vm::Effect effect;
  effect.kind = static_cast<vm::EffectKind>(small_int(items.nth(pin, 0)));
  for (std::uint64_t i = 0; i < 3; ++i) effect.argument[i] = items.nth(pin, i + 1);
  return effect;
}

}  // namespace yin::scheduler
