#pragma once

// Mailbox: the messages that were sent to an agent and that it has not received.
//
// A stream (stream.h) of which the agent is the only reader and takes away what it reads; its
// record names it once somebody has sent it something. The agent stays among the stream's waiters
// for good, so that whoever wakes them wakes it, after a death as well. A mailbox with a capacity
// makes senders wait, as a bounded stream does; one without grows. It goes with its agent: what it
// holds then is gone, and whoever sends is told so.

#include <span>

#include "substrate/edit.h"
#include "substrate/value.h"
#include "scheduler/agent.h"
#include "scheduler/perform.h"

namespace yin::scheduler {

// A new, empty one as a change; `capacity` 0: without bound. Nil: the outcome is set.
substrate::Word make_mailbox(substrate::Edit& edit, Performed& out, substrate::Word owner,
                             std::int64_t capacity);

// Adds messages to the mailbox of `agent`, whose ref is `owner`, whatever its bound. Makes it if
// need be: then `agent` has changed and must be committed. False: the outcome is set.
bool deliver(substrate::Edit& edit, Performed& out, substrate::Word owner, Agent& agent,
             std::span<const substrate::Word> messages);

// Takes an agent's mailbox away with it. False: the outcome is set.
bool delete_mailbox(substrate::Edit& edit, Performed& out, substrate::Word mailbox);

}  // namespace yin::scheduler
