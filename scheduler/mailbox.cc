#include "scheduler/mailbox.h"

#include "substrate/root.h"
#include "scheduler/stream.h"

namespace yin::scheduler {

using substrate::Edit;
using substrate::is_nil;
using substrate::kNil;
using substrate::read_root;
using substrate::root_ref;
using substrate::root_word;
using substrate::RootKind;
using substrate::RootRead;
using substrate::Word;

namespace {

Word make_with(Edit& edit, Performed& out, Word owner, Stream stream) {
  auto fresh = new_root(edit.pin(), RootKind::kStream);
  if (!fresh.ok()) {
    out.no_space(fresh.status());
    return kNil;
  }
  stream.waiters = stream.waiters.conj(edit, owner);
  out.changes.push_back({fresh->ref, fresh->expected, make_stream_record(edit, stream)});
  out.made.push_back(fresh->ref.slot);
  return root_word(fresh->ref);
}

}  // namespace

Word make_mailbox(Edit& edit, Performed& out, Word owner, std::int64_t capacity) {
  Stream stream;
  stream.capacity = capacity;
  return make_with(edit, out, owner, stream);
}

bool deliver(Edit& edit, Performed& out, Word owner, Agent& agent, std::span<const Word> messages) {
  out.ready.push_back(root_ref(owner).slot);
  if (is_nil(agent.mailbox)) {
    Stream stream;
    for (const Word message : messages) stream.items = stream.items.conj(edit, message);
    agent.mailbox = make_with(edit, out, owner, stream);
    return !is_nil(agent.mailbox);
  }
  const RootRead was = read_root(edit.pin(), root_ref(agent.mailbox));
  if (!was.ok()) {  // it has gone since its agent's record was read
    out.result = Performed::Result::kAgain;
    return false;
  }
  Stream stream = read_stream_record(edit.pin(), was.value);
  for (const Word message : messages) stream.items = stream.items.conj(edit, message);
  out.changes.push_back({root_ref(agent.mailbox), was.version, make_stream_record(edit, stream)});
  return true;
}

bool delete_mailbox(Edit& edit, Performed& out, Word mailbox) {
  const RootRead was = read_root(edit.pin(), root_ref(mailbox));
  if (!was.ok()) {
    out.result = Performed::Result::kAgain;
    return false;
  }
  out.changes.push_back({root_ref(mailbox), was.version, substrate::kTombstone});
  out.streams.push_back(was.value);  // senders that waited for room
  out.deleted.push_back(root_ref(mailbox).slot);
  return true;
}

}  // namespace yin::scheduler
