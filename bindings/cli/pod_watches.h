#pragma once

// PodWatches: the watches that a pod's client has on atoms of one domain, and the thread that tells
// them.
//
// Each watch is a call that goes on: its messages bear the call's id, first {:watch NUMBER}, then
// {:before .. :after ..} for each change, until it is stopped or the atom is deleted. A client that
// does not read holds up this thread, not the domain: a watch of every change keeps the versions
// meanwhile, one of the latest passes over them.
//
// The thread alone touches a yin_watch once it is added. The rest is for one thread
// beside it. Destroying ends all watches.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bindings/cli/pod_support.h"

namespace yin::cli {

class PodWatches {
 public:
  PodWatches(yin_domain* domain, PodOutput& output) : domain_(domain), output_(output) {}
  ~PodWatches();
  PodWatches(const PodWatches&) = delete;
  PodWatches& operator=(const PodWatches&) = delete;

  // Takes a watch over, for the call of that id. Neither this nor stop() may be called under a pin.
  void add(yin_watch* watch, const std::string& id);
  // No message of that watch follows. False: it was over before.
  bool stop(std::int64_t number);

 private:
  struct Entry {
    std::int64_t number;
    std::string id;
    yin_watch* watch;
    bool stopped = false;
  };
  enum class Told { kSome, kNone, kLast };

  void run();
  // Makes the thread look at the list again, and waits until `is_done`.
  template <class Condition>
  void await(std::unique_lock<std::mutex>& lock, const Condition& is_done);
  Told tell(const Entry& entry);
  void end(const Entry& entry);

  yin_domain* domain_;
  PodOutput& output_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> entries_;  // changed by add() at the end, else by the thread
  std::int64_t last_number_ = 0;
  std::int64_t seen_number_ = 0;  // of the last watch that the thread knows
  bool leaving_ = false;
  std::thread thread_;
};

}  // namespace yin::cli
