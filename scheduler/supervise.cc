#include "scheduler/supervise.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "substrate/intern.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "substrate/vector.h"
#include "vm/error.h"
#include "scheduler/mailbox.h"

namespace yin::scheduler {

using substrate::AgentStatus;
using substrate::Edit;
using substrate::ErrorField;
using substrate::is_nil;
using substrate::kNil;
using substrate::ObjectKind;
using substrate::Pin;
using substrate::read_root;
using substrate::root_ref;
using substrate::RootRead;
using substrate::Set;
using substrate::SetIterator;
using substrate::Vector;
using substrate::Word;

namespace {

// Agents that are told in one commit: each may be two slots of it.
constexpr std::size_t kToldAtOnce = 16;
// From so many monitors on, those that have ended are sorted out whenever there are twice as many.
constexpr std::uint32_t kPruneFrom = 32;

bool is_error(Word w) { return is_object(w, ObjectKind::kError); }
bool is_keyword_of(const Pin& pin, Word w, std::string_view name) {
  return substrate::is_keyword(w) && name_of(pin, w) == name;
}

Word message(Edit& edit, std::string_view kind, Word who, Word why) {
  const Word items[] = {keyword(edit, kind), who, why};
  return Vector::from(edit, items).word;
}

void raise(Edit& edit, Performed& out, std::string_view text, Word data) {
  out.changes.clear();
  out.result = Performed::Result::kRaise;
  out.value = vm::make_error(edit, "argument", text, data);
}

// An agent that an effect is about. For the asker itself it is the record that its step commits.
class Party {
 public:
  Party(Edit& edit, Performed& out, const Asker& asker, Word ref)
      : edit_(edit), out_(out), ref_(ref), own_(ref == asker.self ? asker.agent : nullptr) {
    if (own_ != nullptr) {
      agent_ = *own_;
      return;
    }
    was_ = read_root(edit.pin(), root_ref(ref));
    if (was_.outcome == RootRead::Outcome::kExpired) out.result = Performed::Result::kAgain;
    alive_ = was_.ok() && is_agent_record(was_.value);
    if (!alive_) return;
    agent_ = read_agent_record(edit.pin(), was_.value);
    alive_ = !agent_.has_ended();
  }

  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] bool is_known() const { return out_.result != Performed::Result::kAgain; }
  [[nodiscard]] Word ref() const { return ref_; }
  [[nodiscard]] Ties ties() const { return read_ties(edit_.pin(), agent_.ties); }
  // The error that it failed with, if it is still there.
  [[nodiscard]] Word error() const {
    return agent_.has_ended() && is_error(agent_.value) ? agent_.value : kNil;
  }
  Agent& agent() { return agent_; }
  void set_ties(const Ties& ties) { agent_.ties = make_ties(edit_, ties); }
  // As a change, or into the asker's record.
  void commit() {
    if (own_ != nullptr) {
      *own_ = agent_;
      return;
    }
    out_.changes.push_back({root_ref(ref_), was_.version, make_agent_record(edit_, agent_)});
  }

 private:
  Edit& edit_;
  Performed& out_;
  Word ref_;
  Agent* own_;
  Agent agent_;
  RootRead was_{};
  bool alive_ = true;
};

Set without_ended(Edit& edit, Set agents) {
  const Pin& pin = edit.pin();
  Set kept = agents;
  for (SetIterator it(pin, agents); !it.done(); it.next()) {
    const RootRead read = read_root(pin, root_ref(it.item()));
    const bool alive =
        read.ok() && is_agent_record(read.value) && !read_agent_record(pin, read.value).has_ended();
    if (!alive && read.outcome != RootRead::Outcome::kExpired) kept = kept.disj(edit, it.item());
  }
  return kept;
}

// Marks it to end. False: somebody did before, who is why.
bool mark(Edit& edit, Party& party, Word who, Word why) {
  Ties ties = party.ties();
  if (!is_nil(ties.signal)) return false;
  const Word items[] = {who, why};
  ties.signal = Vector::from(edit, items).word;
  party.set_ties(ties);
  return true;
}

bool needs_agent(Edit& edit, Performed& out, const Asker& asker, std::string_view name) {
  if (asker.agent != nullptr) return true;
  raise(edit, out, std::string(name) + ": only an agent has links and monitors", kNil);
  return false;
}

// The reason that others are told of one who is not there any more.
Word reason_of_ended(Edit& edit, const Party& party) {
  const Word error = party.error();
  return is_nil(error) ? Word{keyword(edit, "noproc")} : reason_of(edit.pin(), error);
}

}  // namespace

Word reason_of(const Pin& pin, Word error) {
  if (!is_error(error)) return keyword(pin, "normal");
  const bool exits =
      is_keyword_of(pin, field(pin, error, ErrorField::kKind), vm::error_kind::kExit);
  return exits ? field(pin, error, ErrorField::kData) : error;
}

bool is_orderly(const Pin& pin, Word reason) {
  return is_keyword_of(pin, reason, "normal") || is_keyword_of(pin, reason, "shutdown") ||
         is_keyword_of(pin, reason, "cancelled");
}

Word signal_error(Edit& edit, Word signal) {
  const Pin& pin = edit.pin();
  const Word who = Vector{signal}.nth(pin, 0);
  const Word why = Vector{signal}.nth(pin, 1);
  const std::string reason = is_error(why) ? vm::describe_error(pin, why) : print(pin, why);
  const std::string by = is_nil(who) ? "from outside" : "by " + print(pin, who);
  return vm::make_error(edit, vm::error_kind::kExit, "ended " + by + ": " + reason, why);
}

void link(Edit& edit, Performed& out, const Asker& asker, Word other) {
  if (!needs_agent(edit, out, asker, "link") || other == asker.self) return;
  Party party(edit, out, asker, other);
  if (!party.is_known()) return;
  if (!party.alive()) {
    raise(edit, out, "link: " + print(edit.pin(), other) + " has ended", other);
    return;
  }
  Party self(edit, out, asker, asker.self);
  Ties mine = self.ties();
  Ties ties = party.ties();
  if (mine.links.contains(edit.pin(), other) && ties.links.contains(edit.pin(), asker.self)) return;
  mine.links = mine.links.conj(edit, other);
  ties.links = ties.links.conj(edit, asker.self);
  self.set_ties(mine);
  party.set_ties(ties);
  self.commit();
  party.commit();
}

void unlink(Edit& edit, Performed& out, const Asker& asker, Word other) {
  if (!needs_agent(edit, out, asker, "unlink") || other == asker.self) return;
  Party self(edit, out, asker, asker.self);
  Ties mine = self.ties();
  if (!mine.links.contains(edit.pin(), other)) return;
  mine.links = mine.links.disj(edit, other);
  self.set_ties(mine);
  self.commit();
  Party party(edit, out, asker, other);
  if (!party.alive()) return;
  Ties ties = party.ties();
  ties.links = ties.links.disj(edit, asker.self);
  party.set_ties(ties);
  party.commit();
}

void monitor(Edit& edit, Performed& out, const Asker& asker, Word other) {
  if (!needs_agent(edit, out, asker, "monitor")) return;
  out.value = other;
  Party party(edit, out, asker, other);
  if (!party.is_known()) return;
  if (!party.alive()) {
    const Word down[] = {message(edit, "down", other, reason_of_ended(edit, party))};
    deliver(edit, out, asker.self, *asker.agent, down);
    return;
  }
  Ties ties = party.ties();
  if (ties.monitors.contains(edit.pin(), asker.self)) return;
  const std::uint32_t count = ties.monitors.count(edit.pin());
  if (count >= kPruneFrom && (count & (count - 1)) == 0)
    ties.monitors = without_ended(edit, ties.monitors);
  ties.monitors = ties.monitors.conj(edit, asker.self);
  party.set_ties(ties);
  party.commit();
}

void demonitor(Edit& edit, Performed& out, const Asker& asker, Word other) {
  if (!needs_agent(edit, out, asker, "demonitor")) return;
  Party party(edit, out, asker, other);
  if (!party.is_known() || !party.alive()) return;
  Ties ties = party.ties();
  if (!ties.monitors.contains(edit.pin(), asker.self)) return;
  ties.monitors = ties.monitors.disj(edit, asker.self);
  party.set_ties(ties);
  party.commit();
}

void signal(Edit& edit, Performed& out, const Asker& asker, const vm::Effect& effect) {
  const Word other = effect.argument[0];
  const Word why = effect.argument[1];
  const bool trappable = !truthy(effect.argument[2]);
  Party party(edit, out, asker, other);
  if (!party.is_known()) return;
  out.value = substrate::boolean_word(party.alive());
  if (!party.alive()) return;
  if (trappable && party.ties().traps) {
    const Word exit[] = {message(edit, "exit", asker.self, why)};
    const Word mailbox = party.agent().mailbox;
    if (!deliver(edit, out, other, party.agent(), exit)) return;
    if (party.agent().mailbox != mailbox) party.commit();
    return;
  }
  if (trappable && is_keyword_of(edit.pin(), why, "normal")) return;
  (void)mark(edit, party, asker.self, why);
  party.commit();
  out.ready.push_back(root_ref(other).slot);
}

bool has_ties(const Pin& pin, const Agent& agent) {
  if (is_nil(agent.ties)) return false;
  const Ties ties = read_ties(pin, agent.ties);
  return ties.links.count(pin) != 0 || ties.monitors.count(pin) != 0;
}

Performed tell(Edit& edit, Word self, Agent& agent) {
  const Pin& pin = edit.pin();
  Performed out;
  Ties ties = read_ties(pin, agent.ties);
  const Word reason = reason_of(pin, agent.value);
  std::vector<Word> told;
  for (const Set& set : {ties.monitors, ties.links}) {
    for (SetIterator it(pin, set); !it.done() && told.size() < kToldAtOnce; it.next()) {
      if (std::ranges::find(told, it.item()) == told.end()) told.push_back(it.item());
    }
  }
  const Asker nobody;
  for (const Word other : told) {
    const bool monitors = ties.monitors.contains(pin, other);
    const bool linked = ties.links.contains(pin, other);
    ties.monitors = ties.monitors.disj(edit, other);
    ties.links = ties.links.disj(edit, other);
    Party party(edit, out, nobody, other);
    if (!party.is_known()) return out;
    if (!party.alive()) continue;
    const Word before = party.agent().mailbox;
    std::vector<Word> messages;
    Ties theirs = party.ties();
    const bool traps = linked && theirs.traps;
    if (monitors) messages.push_back(message(edit, "down", self, reason));
    if (traps) messages.push_back(message(edit, "exit", self, reason));
    if (!messages.empty()) {
      agent.effect = substrate::kTrue;  // somebody takes care
      if (!deliver(edit, out, other, party.agent(), messages)) return out;
    }
    if (linked) {
      theirs.links = theirs.links.disj(edit, self);
      party.set_ties(theirs);
      if (!traps && !is_keyword_of(pin, reason, "normal") && mark(edit, party, self, reason))
        agent.effect = substrate::kTrue;  // it fails in this one's place
      out.ready.push_back(root_ref(other).slot);
    }
    if (linked || party.agent().mailbox != before) party.commit();
  }
  Ties left;  // it has no limits any more
  left.links = ties.links;
  left.monitors = ties.monitors;
  agent.ties = make_ties(edit, left);
  if (!is_nil(agent.ties)) return out;
  const bool kept = is_error(agent.value) && !is_orderly(pin, reason) && !truthy(agent.effect);
  agent.status = kept ? AgentStatus::kFailed : AgentStatus::kDone;
  agent.effect = kNil;
  if (is_nil(agent.mailbox)) return out;
  if (delete_mailbox(edit, out, agent.mailbox)) agent.mailbox = kNil;
  return out;
}

}  // namespace yin::scheduler
