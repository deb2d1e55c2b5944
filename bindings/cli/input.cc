#include "bindings/cli/input.h"

#include <algorithm>
#include <string_view>

#include "substrate/commit.h"
#include "substrate/root.h"
#include "scheduler/stream.h"
#include "bindings/cli/files.h"
#include "bindings/cli/pipes.h"

namespace yin::cli {

using scheduler::Stream;
using substrate::Edit;
using substrate::Pin;
using substrate::read_root;
using substrate::root_ref;
using substrate::RootKind;
using substrate::RootRead;
using substrate::Status;
using substrate::StatusOr;
using substrate::Word;

namespace {

constexpr std::string_view kStreamName = "yin/input";
constexpr std::string_view kCursorName = "yin/input-lines";
constexpr std::size_t kBlockBytes = 64 * 1024;
constexpr std::size_t kLineMaxBytes = 1024 * 1024;

StatusOr<Word> input_stream(const Pin& pin) {
  Edit edit = Edit::in_slab(pin);
  return named_root(pin, RootKind::kStream, kStreamName, scheduler::make_stream_record(edit, {}));
}

// Changes the stream by change(edit, stream), in one commit, and wakes who waits on it.
template <class Change>
Status change_stream(substrate::Worker& worker, Change&& change) {
  for (;;) {
    const Pin pin(worker);
    auto ref = input_stream(pin);
    if (!ref.ok()) return ref.status();
    const RootRead root = read_root(pin, root_ref(*ref));
    if (!root.ok()) continue;
    Edit edit = Edit::in_slab(pin);
    Stream stream =
        scheduler::without_passed_items(edit, scheduler::read_stream_record(pin, root.value));
    change(edit, stream);
    const Word record = scheduler::make_stream_record(edit, stream);
    const substrate::Change changes[] = {{root_ref(*ref), root.version, record}};
    const auto outcome = commit(pin, changes);
    if (outcome == substrate::CommitOutcome::kNoSpace) return worker.space_status();
    if (outcome != substrate::CommitOutcome::kCommitted) continue;
    scheduler::wake_waiters(pin, record);
    return {};
  }
}

StatusOr<Word> lines(Edit& edit, std::span<const Word> arguments) {
  if (!arguments.empty()) return substrate::invalid_argument("console/lines takes nothing");
  const Word cursor = find_named_root(edit.pin(), kCursorName);
  if (substrate::is_absent(cursor)) return substrate::not_found("nobody reads the console here");
  return cursor;
}

}  // namespace

void grant_console(scheduler::HostTable& host) { host.grant("console/lines", lines); }

Status Input::begin() {
  Word cursor;
  {
    const Pin pin(worker_);
    auto stream = input_stream(pin);
    if (!stream.ok()) return stream.status();
    Edit edit = Edit::in_slab(pin);
    auto made = named_root(pin, RootKind::kCursor, kCursorName,
                           scheduler::make_cursor_record(edit, {.stream = *stream, .position = 0}));
    if (!made.ok()) return made.status();
    cursor = *made;
  }
  return change_stream(worker_, [&](Edit& edit, Stream& stream) {
    stream.readers = stream.readers.conj(edit, cursor);
  });
}

bool Input::is_wanted() const {
  const Pin pin(worker_);
  const Word ref = find_named_root(pin, kStreamName);
  if (substrate::is_absent(ref)) return false;
  const RootRead root = read_root(pin, root_ref(ref));
  return root.ok() && scheduler::read_stream_record(pin, root.value).waiters.count(pin) != 0;
}

Status Input::forward() {
  if (ended_ || !is_wanted()) return {};
  const std::size_t before = begun_.size();
  begun_.resize(before + kBlockBytes);
  const std::ptrdiff_t got = take_input(begun_.data() + before, kBlockBytes);
  begun_.resize(before + static_cast<std::size_t>(std::max<std::ptrdiff_t>(got, 0)));
  ended_ = got < 0;
  std::size_t whole = begun_.rfind('\n') + 1;  // npos + 1 is 0
  if (ended_ || (whole == 0 && begun_.size() > kLineMaxBytes)) whole = begun_.size();
  if (whole == 0 && !ended_) return {};
  const Status done = put(std::string_view(begun_).substr(0, whole));
  begun_.erase(0, whole);
  return done;
}

Status Input::put(std::string_view text) {
  return change_stream(worker_, [&](Edit& edit, Stream& stream) {
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      stream.items = stream.items.conj(edit, valid_text(edit, line));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (ended_) stream.items = stream.items.conj(edit, substrate::kNil);
  });
}

}  // namespace yin::cli
