#include "scheduler/inspect.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "substrate/checkpoint.h"
#include "substrate/commit.h"
#include "substrate/hold.h"
#include "substrate/intern.h"
#include "substrate/literal.h"
#include "substrate/print.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "substrate/worker.h"
#include "dao/datom.h"
#include "ast/module.h"
#include "ast/schema.h"
#include "vm/code.h"
#include "vm/effect.h"
#include "vm/error.h"
#include "vm/frame.h"
#include "vm/locals.h"
#include "vm/prelude.h"
#include "scheduler/stream.h"

namespace yin::scheduler {

using substrate::AgentStatus;
using substrate::FrameField;
using substrate::is_nil;
using substrate::Pin;
using substrate::RootKind;
using substrate::RootRead;
using substrate::small_int;
using substrate::Vector;
using substrate::Word;

namespace {

std::string_view effect_name(vm::EffectKind kind) {
  switch (kind) {
    case vm::EffectKind::kPut:
      return "put!";
    case vm::EffectKind::kNext:
      return "next!";
    case vm::EffectKind::kSend:
      return "send";
    case vm::EffectKind::kReceive:
      return "receive";
    case vm::EffectKind::kSelect:
      return "select";
    case vm::EffectKind::kSleep:
      return "sleep";
    case vm::EffectKind::kPark:
      return "park";
    case vm::EffectKind::kCall:
      return "call";
    default:
      return "effect";
  }
}

// "next! #yin/cursor [7 1]", and until when.
std::string describe_wait(const Pin& pin, const Wait& wait) {
  std::string text(effect_name(wait.effect.kind));
  const bool of_what =
      wait.effect.kind == vm::EffectKind::kPut || wait.effect.kind == vm::EffectKind::kNext ||
      wait.effect.kind == vm::EffectKind::kSend || wait.effect.kind == vm::EffectKind::kSelect ||
      wait.effect.kind == vm::EffectKind::kCall;
  if (of_what) text += " " + print(pin, wait.effect.argument[0]);
  if (wait.deadline_ms != 0) {
    text += " until ";
    substrate::append_instant(text, static_cast<std::int64_t>(wait.deadline_ms));
  }
  return text;
}

// Is the frame in the library's own text? A user looks for his own.
bool in_prelude(const Pin& pin, Word frame) {
  const vm::Function function = vm::arity_of(pin, field(pin, frame, FrameField::kClosure), 0);
  const Word file = ast::source_name(pin, function.program());
  return is_string(file) && substrate::StringView(pin, file).view() == vm::kPreludeFile;
}

// "count-blocks examples/wordcount.clj:31"
std::string program_point(const Pin& pin, Word frame) {
  while (!is_nil(frame) && in_prelude(pin, frame)) frame = field(pin, frame, FrameField::kCaller);
  if (is_nil(frame)) return "end";
  const Word closure = field(pin, frame, FrameField::kClosure);
  const std::int64_t at = small_int(field(pin, frame, FrameField::kSafePoint));
  const vm::Function function =
      vm::arity_of(pin, closure, static_cast<std::uint32_t>(at >> substrate::kFrameArityShift));
  const auto point = static_cast<std::size_t>(at & 0xffffffff);
  std::string text(vm::closure_name(pin, closure));
  if (point >= function.safe_points().size()) return text;
  const std::uint32_t entity = function.safe_points()[point].entity;
  const vm::ErrorPlace place = vm::place_of_node(pin, function.program(), entity);
  if (is_string(place.file)) text += " " + to_string(pin, place.file);
  if (substrate::is_small_int(place.line)) text += ":" + std::to_string(small_int(place.line));
  return text;
}

std::string state_name(AgentStatus status, bool running) {
  switch (status) {
    case AgentStatus::kReady:
    case AgentStatus::kRaise:
      return running ? "running" : "ready";
    case AgentStatus::kWaiting:
      return "waiting";
    case AgentStatus::kParked:
      return "parked";
    case AgentStatus::kDone:
      return "done";
    case AgentStatus::kFailed:
      return "failed";
    case AgentStatus::kEnding:
      return "ending";
  }
  return "unknown";
}

}  // namespace

std::vector<AgentReport> list_agents(const Pin& pin) {
  std::vector<AgentReport> reports;
  const substrate::Domain& domain = pin.worker().domain();
  // edge: slot-made
  const std::uint32_t slots = domain.state().next_slot.load_acquire();
  for (std::uint32_t i = 1; i < slots; ++i) {
    const substrate::SlotIndex slot{i};
    AgentReport report;
    const RootRead root = read_slot(pin, slot, RootKind::kAgent, report.ref);
    if (!root.ok() || !is_agent_record(root.value)) continue;
    const Agent agent = read_agent_record(pin, root.value);
    report.name = is_string(agent.name) ? to_string(pin, agent.name) : "";
    report.state = state_name(agent.status, (root_slot(domain, slot).running.load_relaxed() &
                                             substrate::kRunningWorker) != 0);  // a hint
    if (agent.status == AgentStatus::kFailed) {
      report.waits_on = vm::describe_error(pin, agent.value);
    } else {
      report.point = program_point(pin, agent.continuation);
    }
    const bool rests =
        agent.status == AgentStatus::kWaiting || agent.status == AgentStatus::kParked;
    if (rests && !is_nil(agent.effect))
      report.waits_on = describe_wait(pin, wait_from_word(pin, agent.effect));
    report.fuel_used = agent.fuel_used;
    report.steps = agent.steps;
    reports.push_back(std::move(report));
  }
  return reports;
}

namespace {

// A value longer than this is shown as the beginning of its text.
constexpr std::size_t kShownMax = 4096;
constexpr std::size_t kStepShownMax = 200;  // of a step's line
constexpr std::int64_t kMessagesShown = 100;
constexpr std::int64_t kFramesShown = 1000;

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// As much of a value's text as is shown: values that share their parts have texts of any length.
std::string shown(const Pin& pin, Word w, std::size_t most = kShownMax) {
  std::string text;
  if (print_to(text, pin, w, most) && text.size() <= most) return text;
  std::size_t cut = most;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return "#yin/cut " + quoted(text.substr(0, cut));
}

std::string vector_text(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += (text.size() == 1 ? "" : " ") + item;
  return text + "]";
}

// The facts of some agents, at one instant.
class Inspector {
 public:
  // Without a snapshot: as it is now.
  Inspector(const Pin& pin, const substrate::Snapshot* at) : pin_(pin), at_(at) {}

  bool add(substrate::RootRef ref) {
    const RootRead read = look(ref);
    if (!read.ok() || !is_agent_record(read.value)) return false;
    agent(ref, read_agent_record(pin_, read.value));
    return true;
  }

  std::vector<Fact> take() { return std::move(facts_); }

 private:
  [[nodiscard]] RootRead look(substrate::RootRef ref) const {
    return at_ != nullptr ? at_->read(pin_, ref) : read_root(pin_, ref);
  }
  std::int64_t entity() { return next_++; }
  void say(std::int64_t e, std::string_view attribute, std::string value) {
    facts_.push_back({e, std::string(attribute), std::move(value)});
  }
  void say_word(std::int64_t e, std::string_view attribute, Word value) {
    if (!is_nil(value)) say(e, attribute, shown(pin_, value));
  }
  void say_time(std::int64_t e, std::string_view attribute, std::uint64_t ms) {
    if (ms == 0) return;
    std::string text = "#inst \"";
    substrate::append_instant(text, static_cast<std::int64_t>(ms));
    say(e, attribute, text + '"');
  }

  void agent(substrate::RootRef ref, const Agent& agent) {
    const std::int64_t e = entity();
    say(e, "agent/ref", print(pin_, root_word(ref)));
    say_word(e, "agent/name", agent.name);
    const substrate::RootSlot& slot = root_slot(pin_.worker().domain(), ref.slot);
    const bool running = (slot.running.load_relaxed() & substrate::kRunningWorker) != 0;  // a hint
    say(e, "agent/state", ":" + state_name(agent.status, running));
    say(e, "agent/steps", std::to_string(agent.steps));
    say(e, "agent/fuel-used", std::to_string(agent.fuel_used));
    say_word(e, "agent/spawned-by", agent.parent);
    const bool rests =
        agent.status == AgentStatus::kWaiting || agent.status == AgentStatus::kParked;
    if (rests && !is_nil(agent.effect)) {
      const Wait wait = wait_from_word(pin_, agent.effect);
      say(e, "agent/waits-for", ":" + std::string(effect_name(wait.effect.kind)));
      say_word(e, "agent/waits-on", wait.effect.argument[0]);
      say_time(e, "agent/waits-until", wait.deadline_ms);
    }
    if (is_object(agent.value, substrate::ObjectKind::kError)) {
      say(e, "agent/error", quoted(vm::describe_error(pin_, agent.value)));
    } else {
      say_word(e, "agent/awaited-value", agent.value);
    }
    mailbox(e, agent.mailbox);
    ties(e, agent);
    frames(e, agent.continuation);
  }

  void mailbox(std::int64_t e, Word mailbox) {
    if (is_nil(mailbox)) return;
    const RootRead read = look(root_ref(mailbox));
    if (!read.ok()) return;
    const Stream stream = read_stream_record(pin_, read.value);
    const auto count = static_cast<std::int64_t>(stream.items.count(pin_));
    say(e, "agent/message-count", std::to_string(count));
    std::vector<std::string> messages;
    for (std::int64_t i = 0; i < std::min(count, kMessagesShown); ++i)
      messages.push_back(shown(pin_, stream.items.nth(pin_, static_cast<std::uint64_t>(i))));
    say(e, "agent/messages", vector_text(messages));
  }

  void ties(std::int64_t e, const Agent& agent) {
    if (is_nil(agent.ties)) return;
    const Ties ties = read_ties(pin_, agent.ties);
    if (ties.links.count(pin_) != 0) say_word(e, "agent/links", ties.links.word);
    if (ties.monitors.count(pin_) != 0) say_word(e, "agent/monitored-by", ties.monitors.word);
    if (ties.traps) say(e, "agent/traps-exits", "true");
    say_word(e, "agent/told-to-end", ties.signal);
    if (ties.fuel_limit != 0) say(e, "agent/fuel-limit", std::to_string(ties.fuel_limit));
    say_time(e, "agent/deadline", ties.deadline_ms);
  }

  // The innermost first.
  void frames(std::int64_t e, Word frame) {
    std::vector<std::string> all;
    std::vector<std::pair<std::int64_t, Word>> found;
    for (; !is_nil(frame) && std::ssize(found) < kFramesShown;
         frame = field(pin_, frame, FrameField::kCaller)) {
      found.emplace_back(entity(), frame);
      all.push_back(std::to_string(found.back().first));
    }
    say(e, "agent/frames", vector_text(all));
    if (!is_nil(frame)) say(e, "agent/more-frames", "true");
    for (const auto& [f, its_frame] : found) one_frame(f, its_frame);
  }

  void one_frame(std::int64_t e, Word frame) {
    const vm::FrameView view = vm::view_frame(pin_, frame);
    say(e, "frame/function", quoted(vm::closure_name(pin_, view.closure)));
    const vm::ErrorPlace place = vm::place_of_node(pin_, view.function.program(), view.entity());
    say_word(e, "frame/file", place.file);
    say_word(e, "frame/line", place.line);
    say_word(e, "frame/column", place.column);
    say(e, "frame/node", std::to_string(view.entity()));
    if (view.is_prompt()) say(e, "frame/prompt", "true");
    std::vector<std::string> ids;
    const std::vector<vm::Local> locals = vm::locals_of(pin_, frame);
    const std::int64_t first = next_;
    next_ += std::ssize(locals);
    for (std::int64_t i = 0; i < std::ssize(locals); ++i) ids.push_back(std::to_string(first + i));
    say(e, "frame/locals", vector_text(ids));
    for (std::int64_t i = 0; i < std::ssize(locals); ++i) {
      const vm::Local& local = locals[static_cast<std::size_t>(i)];
      say_word(first + i, "local/name", local.name);
      say(first + i, "local/slot", std::to_string(local.slot));
      say(first + i, "local/value", shown(pin_, local.value));
    }
  }

  const Pin& pin_;
  const substrate::Snapshot* at_;
  std::int64_t next_ = dao::kFirstUserEntity;
  std::vector<Fact> facts_;
};

}  // namespace

substrate::StatusOr<Inspection> inspect(substrate::Worker& worker,
                                        std::optional<substrate::RootRef> agent) {
  const substrate::Domain& domain = worker.domain();
  const Pin pin(worker);
  std::optional<substrate::Snapshot> at;
  Inspection inspection;
  if (!domain.read_only()) {
    auto taken = substrate::Snapshot::take(pin);
    if (!taken.ok()) return taken.status();
    at.emplace(*std::move(taken));
    inspection.clock = at->clock();
  } else {
    inspection.clock = visible_clock(domain);
  }
  Inspector inspector(pin, at ? &*at : nullptr);
  if (agent) {
    if (!inspector.add(*agent))
      return substrate::not_found("there is no agent " + print(pin, root_word(*agent)));
  } else {
    // edge: slot-made
    const std::uint32_t slots = domain.state().next_slot.load_acquire();
    for (std::uint32_t i = 1; i < slots; ++i) {
      substrate::RootRef ref{};
      if (!read_slot(pin, substrate::SlotIndex{i}, RootKind::kAgent, ref).ok()) continue;
      (void)inspector.add(ref);  // what was no agent then is none
    }
  }
  if (pin.expired()) return why_not(pin, substrate::CommitOutcome::kExpired);
  inspection.facts = inspector.take();
  return inspection;
}

std::optional<substrate::RootRef> find_agent(std::string_view number) {
  const std::size_t dot = number.find('.');
  std::uint32_t slot = 0;
  std::uint32_t generation = 1;
  const auto parse = [](std::string_view text, std::uint32_t& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc() && end == text.data() + text.size();
  };
  if (!parse(number.substr(0, dot), slot)) return std::nullopt;
  if (dot != std::string_view::npos && !parse(number.substr(dot + 1), generation))
    return std::nullopt;
  return substrate::RootRef{RootKind::kAgent, substrate::SlotIndex{slot}, generation};
}

std::string describe_step(const Pin& pin, Word before, Word after) {
  const auto record = [&](Word w) {
    return is_agent_record(w) ? read_agent_record(pin, w) : Agent{};
  };
  const Agent was = record(before);
  if (!is_agent_record(after)) return "ended";
  const Agent is = record(after);
  std::string text = "step " + std::to_string(is.steps) + ", " + state_name(is.status, false);
  if (is.fuel_used != was.fuel_used)
    text += ", fuel " + std::to_string(is.fuel_used - was.fuel_used);
  if (is.steps == was.steps) text += ", changed by another";
  if (Vector::is(is.effect)) {
    text += ", " + describe_wait(pin, wait_from_word(pin, is.effect));
  } else if (is_object(is.value, substrate::ObjectKind::kError)) {
    text += ", " + vm::describe_error(pin, is.value);
  } else {
    text += ", gets " + shown(pin, is.value, kStepShownMax);
  }
  if (!is_nil(is.continuation)) text += ", in " + program_point(pin, is.continuation);
  return text;
}

}  // namespace yin::scheduler
