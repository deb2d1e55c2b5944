#pragma once

// PodWatches: the watches that a pod's client has on atoms of one domain, and the thread that tells
// them.
//
// Each watch is a call that goes on: its messages bear the call's id, first {:watch NUMBER}, then
// {:before .. :after ..} for each change, until it is stopped or the atom is deleted. A client that
// does not read holds up this thread, not the domain: a watch of every change keeps the versions
// meanwhile, one of the latest passes over them.
//
// The thread alone touches a yin_watch once it is added. add() and stop() may be called by one
// thread beside it. Destroying ends all watches.

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

  // `id`: of the call.
  yin_status add(yin_pin* pin, yin_word atom, yin_watch_mode mode, const std::string& id,
                 yin_error* error);
  // No message of that watch follows. False: it was over before. No pin may be open.
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
  Told tell(const Entry& entry);
  void end(const Entry& entry);

  yin_domain* domain_;
  PodOutput& output_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> entries_;  // changed by add() at the end, else by the thread
  std::int64_t last_number_ = 0;
  bool leaving_ = false;
  std::thread thread_;
};

}  // namespace yin::cli
