#pragma once

// Linearizability: is there one order of a history's operations that explains every result?
//
// A history is what several threads or processes asked and were told, each operation with the
// instants it began and ended at. It is linearizable (Herlihy & Wing, TOPLAS 1990) when every
// operation can be given one instant between those two so that a sequential model, run in that
// order, gives the same results. The search is Wing and Gong's (JPDC 1993) with the memoisation of
// Lowe (CCPE 2017): a set of operations done and the state they led to is tried once only.
//
// An operation that never ended (its process died in it) may have happened at any time since it
// began, or not at all; it is tried last. A search that takes too long is given up and says so.
//
//   History<AtomOperation> history;
//   const auto id = history.begin(process, {AtomOperation::commit({{slot, 1, 2}}), now()});
//   history.end(id, now()).outcome = ...;
//   const auto verdict = check_linearizable(history, AtomModel{{{0, 1}}});
//
// Not thread-safe: each process keeps its own part; `add` puts parts together.

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace yin::tests {

template <class Operation>
class History {
 public:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  struct Event {
    int process;
    std::uint64_t began;
    std::uint64_t ended;  // kNever: nobody was told a result
    Operation operation;
  };

  std::size_t begin(int process, Operation operation, std::uint64_t now) {
    events_.push_back({process, now, kNever, std::move(operation)});
    return events_.size() - 1;
  }
  // The operation, for its result to be filled in.
  Operation& end(std::size_t id, std::uint64_t now) {
    events_[id].ended = now;
    return events_[id].operation;
  }
  void add(Event event) { events_.push_back(std::move(event)); }
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }

 private:
  std::vector<Event> events_;
};

struct Linearizability {
  enum class Verdict { kYes, kNo, kGivenUp };
  Verdict verdict;
  std::uint64_t states;  // looked at
  std::vector<std::size_t>
      order;              // kYes: the events in an order that explains them; kNo: the longest found
  std::size_t stuck = 0;  // kNo: an event that ends next and fits nowhere behind `order`
  [[nodiscard]] bool ok() const { return verdict == Verdict::kYes; }
};

// Model: a copyable state with `bool apply(const Operation&)`: false, and any state, if the
// operation cannot have had its result here; and `std::string key() const`, equal for equal states.
template <class Operation, class Model>
class LinearizabilitySearch {
 public:
  LinearizabilitySearch(const History<Operation>& history, Model initial, std::uint64_t states_max)
      : events_(history.events()), state_(std::move(initial)), states_max_(states_max) {
    std::multimap<std::uint64_t, Entry> by_time;  // of equal times the calls come first
    for (std::size_t i = 0; i < events_.size(); ++i)
      by_time.emplace(events_[i].began, Entry{i, false});
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if (pending(i)) continue;
      by_time.emplace(events_[i].ended, Entry{i, true});
      ++left_;
    }
    entries_.push_back({});  // the list's head
    call_at_.resize(events_.size());
    return_at_.resize(events_.size());
    for (auto& [time, entry] : by_time) {
      (entry.is_return ? return_at_ : call_at_)[entry.event] = entries_.size();
      entries_.push_back(entry);
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      entries_[i].next = i + 1 < entries_.size() ? i + 1 : 0;
      entries_[i].previous = i == 0 ? entries_.size() - 1 : i - 1;
    }
    done_.assign(events_.size(), '0');
  }

  Linearizability run() {
    using Verdict = Linearizability::Verdict;
    std::size_t at = entries_[0].next;
    bool pending_ones = false;  // second look at the same candidates: those that never ended
    while (left_ > 0) {
      if (at != 0 && !entries_[at].is_return) {
        if (pending(entries_[at].event) == pending_ones && take(at)) {
          at = entries_[0].next;
          pending_ones = false;
        } else {
          at = entries_[at].next;
        }
        if (states_ > states_max_) return {Verdict::kGivenUp, states_, longest_, stuck_};
        continue;
      }
      if (order_.size() >= longest_.size() && at != 0) {
        longest_ = order_;
        stuck_ = entries_[at].event;
      }
      if (!pending_ones) {  // nothing that ended fits before this end
        pending_ones = true;
        at = entries_[0].next;
        continue;
      }
      if (undo_.empty()) return {Verdict::kNo, states_, longest_, stuck_};
      at = give_back(pending_ones);
    }
    return {Verdict::kYes, states_, order_, 0};
  }

 private:
  struct Entry {
    std::size_t event = 0;
    bool is_return = false;
    std::size_t next = 0;
    std::size_t previous = 0;
  };

  [[nodiscard]] bool pending(std::size_t event) const {
    return events_[event].ended == History<Operation>::kNever;
  }
  void unlink(std::size_t at) {
    entries_[entries_[at].previous].next = entries_[at].next;
    entries_[entries_[at].next].previous = entries_[at].previous;
  }
  void link(std::size_t at) {
    entries_[entries_[at].previous].next = at;
    entries_[entries_[at].next].previous = at;
  }

  bool take(std::size_t at) {
    const std::size_t event = entries_[at].event;
    Model next = state_;
    ++states_;
    if (!next.apply(events_[event].operation)) return false;
    done_[event] = '1';
    if (!seen_.insert(done_ + next.key()).second) {
      done_[event] = '0';
      return false;
    }
    undo_.push_back(std::exchange(state_, std::move(next)));
    order_.push_back(event);
    unlink(at);
    if (!pending(event)) {
      unlink(return_at_[event]);
      --left_;
    }
    return true;
  }

  // Undoes the last one taken; the entry to go on with, behind it.
  std::size_t give_back(bool& pending_ones) {
    const std::size_t event = order_.back();
    order_.pop_back();
    state_ = std::move(undo_.back());
    undo_.pop_back();
    done_[event] = '0';
    pending_ones = pending(event);
    if (!pending_ones) {
      link(return_at_[event]);
      ++left_;
    }
    link(call_at_[event]);
    return entries_[call_at_[event]].next;
  }

  const std::vector<typename History<Operation>::Event>& events_;
  Model state_;
  std::uint64_t states_max_;
  std::uint64_t states_ = 0;
  std::vector<Entry> entries_;  // a circle of calls and returns by time; 0 is its head
  std::vector<std::size_t> call_at_, return_at_;
  std::size_t left_ = 0;  // of those that ended
  std::string done_;
  std::vector<std::size_t> order_, longest_;
  std::vector<Model> undo_;
  std::size_t stuck_ = 0;
  std::unordered_set<std::string> seen_;
};

template <class Operation, class Model>
Linearizability check_linearizable(const History<Operation>& history, Model initial,
                                   std::uint64_t states_max = 1'000'000) {
  return LinearizabilitySearch<Operation, Model>(history, std::move(initial), states_max).run();
}

// ---- atoms: root slots with numbers in them -------------------------------------------------------

struct AtomOperation {
  enum class Kind { kRead, kCommit, kReset };
  enum class Outcome { kUnknown, kDone, kConflict };
  struct Part {
    std::uint32_t slot;
    std::int64_t expected;  // commit: what the slot must hold. Of a read: what it returned
    std::int64_t value;     // commit and reset: what it holds then
  };
  Kind kind;
  std::vector<Part> parts;  // several: all at one instant
  Outcome outcome = Outcome::kUnknown;

  static AtomOperation read(std::uint32_t slot) { return {Kind::kRead, {{slot, 0, 0}}}; }
  static AtomOperation commit(std::vector<Part> parts) { return {Kind::kCommit, std::move(parts)}; }
};

// Commits compare versions, the model values: let every commit write numbers of its own, or a
// conflict of equal numbers counts as one that nothing explains.
struct AtomModel {
  std::map<std::uint32_t, std::int64_t> slots;

  bool apply(const AtomOperation& operation) {
    bool matches = true;
    if (operation.kind != AtomOperation::Kind::kReset)
      for (const auto& part : operation.parts)
        matches = matches && slots[part.slot] == part.expected;
    if (operation.kind == AtomOperation::Kind::kRead)
      return matches || operation.outcome == AtomOperation::Outcome::kUnknown;
    if (operation.outcome == AtomOperation::Outcome::kConflict) return !matches;
    if (!matches) return false;
    for (const auto& part : operation.parts) slots[part.slot] = part.value;
    return true;
  }
  [[nodiscard]] std::string key() const {
    std::string text;
    for (const auto& [slot, value] : slots) text += std::to_string(value) + ",";
    return text;
  }
};

// For people.
inline std::string show(const History<AtomOperation>& history) {
  constexpr const char* kKinds[] = {"read", "commit", "reset"};
  std::string text;
  for (const auto& event : history.events()) {
    const AtomOperation& op = event.operation;
    text +=
        "  p" + std::to_string(event.process) + " [" + std::to_string(event.began) + ", " +
        (event.ended == History<AtomOperation>::kNever ? "never" : std::to_string(event.ended)) +
        "] " + kKinds[static_cast<int>(op.kind)];
    for (const auto& part : op.parts) {
      text += " " + std::to_string(part.slot) + ":";
      if (op.kind != AtomOperation::Kind::kReset) text += " " + std::to_string(part.expected);
      if (op.kind != AtomOperation::Kind::kRead) text += "->" + std::to_string(part.value);
    }
    if (op.outcome == AtomOperation::Outcome::kConflict) text += " conflict";
    if (op.outcome == AtomOperation::Outcome::kUnknown) text += " outcome unknown";
    text += "\n";
  }
  return text;
}

}  // namespace yin::tests
