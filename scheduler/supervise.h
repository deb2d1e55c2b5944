#pragma once

// Supervise: what becomes of others when an agent ends, as in Erlang.
//
//   link       both ways: the end of one ends the other, or is a message to it if it traps exits
//   monitor    one way: [:down agent reason] comes to who monitors
//   signal     [who why] in an agent's record: it ends before its next step. Nothing of it runs any
//              more, no `finally` either; whoever is linked to it or monitors it puts things right.
//
// An agent that ends and has ties first becomes kEnding, in the commit of its last step, and then
// tells those it is tied to, some in each commit, so that any number can be told and each is told
// once, whoever dies meanwhile. A failed agent that told somebody leaves nothing: a monitor, or a
// linked agent that traps, takes care, and a linked one that ends by it fails in its place, with its
// error as the reason. One that told nobody stays to be looked at, and is why a job fails.
//
// The reason of an end: :normal of one that came to its end; what it said by (exit reason), or was
// told by (exit agent reason); :cancelled; else the error. :normal ends no linked agent. Who ends
// by :normal, :shutdown or :cancelled has not failed.

#include "substrate/edit.h"
#include "substrate/value.h"
#include "scheduler/agent.h"
#include "scheduler/perform.h"

namespace yin::scheduler {

// Why an agent ended whose record has this value: its error, or nil.
substrate::Word reason_of(const substrate::Pin& pin, substrate::Word error);
// Is it an end that is no failure?
bool is_orderly(const substrate::Pin& pin, substrate::Word reason);
// The error of an agent that was told to end: its record's signal.
substrate::Word signal_error(substrate::Edit& edit, substrate::Word signal);

// What (link other) and the like change: `asker` and the other agent. The outcome is in `out`.
void link(substrate::Edit& edit, Performed& out, const Asker& asker, substrate::Word other);
void unlink(substrate::Edit& edit, Performed& out, const Asker& asker, substrate::Word other);
void monitor(substrate::Edit& edit, Performed& out, const Asker& asker, substrate::Word other);
void demonitor(substrate::Edit& edit, Performed& out, const Asker& asker, substrate::Word other);
// (exit other reason), and (cancel other), which cannot be trapped.
void signal(substrate::Edit& edit, Performed& out, const Asker& asker, const vm::Effect& effect);

// Has it anybody to tell of its end?
bool has_ties(const substrate::Pin& pin, const Agent& agent);
// One step of an agent that is kEnding: tells some, who leave its ties. When nobody is left, takes
// its mailbox away and gives it its last status, kDone or kFailed.
Performed tell(substrate::Edit& edit, substrate::Word self, Agent& agent);

}  // namespace yin::scheduler
