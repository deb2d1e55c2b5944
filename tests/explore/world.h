#pragma once

// World: the machine that explored processes run on: memory, locks, processes and time, all in one
// thread of one real process, and the same in every run.
//
// Each explored process maps the domain's memory at an address of its own, as real ones do; its
// locks are free and it is gone as soon as the explorer kills it. Process 0 is the test itself: it
// sets up before and looks after the others. What a run allocates comes from an arena that the next
// run takes over whole, so that a process can be abandoned at any instruction. The platform files
// beside this one (region_, park_, process_, clock_explored.cc) put the substrate on it.

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace yin::explore {

inline constexpr int kProcesses = 8;
inline constexpr std::uint64_t kZoneBytes = std::uint64_t{1} << 20;
inline constexpr std::uint32_t kZoneCount = 4;

class World {
 public:
  static void make();  // once, before all else
  static World& get() { return *world_; }

  void reset();  // everything as before the first process

  // Of whoever runs now.
  [[nodiscard]] int current() const { return current_; }
  void set_current(int process) { current_ = process; }
  [[nodiscard]] bool alive(int process) const { return alive_[process]; }
  void kill(int process) { alive_[process] = false; }
  [[nodiscard]] bool stopped(int process) const { return (stopped_ >> process & 1) != 0; }
  void set_stopped(std::uint32_t processes) { stopped_ = processes; }  // bits

  // Memory. The capacity is fixed by the first region that maps.
  std::byte* map(int process, std::uint64_t capacity);
  void allocate(std::uint64_t from, std::uint64_t bytes);
  void punch(std::uint64_t from, std::uint64_t bytes);
  // Were the blocks there given back, and not allocated again?
  [[nodiscard]] bool is_hole(std::uint64_t offset) const { return holes_.test(offset / kPage); }
  [[nodiscard]] std::uint64_t file_bytes() const { return file_bytes_; }
  [[nodiscard]] bool has_file() const { return named_; }
  void name_file() { named_ = true; }
  // The offset of an address in any process's mapping; false: it is in none.
  [[nodiscard]] bool offset_of(const void* address, std::uint64_t& offset) const {
    const auto distance =
        static_cast<std::uint64_t>(static_cast<const std::byte*>(address) - start_);
    if (distance >= kStride * kProcesses) return false;
    offset = distance % kStride;
    return offset < capacity_;
  }
  [[nodiscard]] std::byte* at(std::uint64_t offset) const { return start_ + offset; }

  // Locks of one byte; those of a dead process are free. -1: somebody has it.
  int lock(std::uint64_t byte);
  [[nodiscard]] bool lock_is_free(std::uint64_t byte) const;
  void unlock(int lock);
  void lose_lock(std::uint64_t byte);  // by accident: its owner lives and does not know

  // Sleepers, by the word they wait on. False: the word is none of the domain's, so nobody wakes them.
  bool falls_asleep(const void* word, std::uint32_t seen);
  [[nodiscard]] bool asleep() const;  // the current one
  void wakes(const void* word);       // somebody else does
  // The current one, by itself. Did its word change all the same? Whoever changed it has died, or it
  // is a bug; then the sleeper is kept in mind.
  bool times_out();
  // The words of sleepers kept in mind whom nobody has woken since.
  template <class Visit>
  void each_overslept(Visit&& visit) const {
    for (std::size_t i = 0; i < sleeper_count_; ++i)
      if (sleepers_[i].process < 0) visit(sleepers_[i].offset);
  }

  // Time passes by waiting, and a little with every access.
  [[nodiscard]] std::uint64_t now_ns() const { return now_ns_; }
  void pass(std::uint64_t ns) { now_ns_ += ns; }

  static constexpr std::uint64_t kCapacity = std::uint64_t{16} << 20;

 private:
  World();
  static constexpr std::uint64_t kStride = kCapacity + kZoneBytes * kZoneCount;
  static constexpr int kLocks = 64;
  static constexpr std::uint64_t kPage = 4096;
  struct Lock {
    std::uint64_t byte;
    int owner;  // -1: free
  };

  struct Sleeper {
    std::uint64_t offset;
    std::uint32_t seen;
    int process;  // -1: it has timed out
  };
  static constexpr std::size_t kSleepers = 64;

  static World* world_;

  std::byte* start_ = nullptr;
  std::uint64_t capacity_ = kCapacity;
  std::uint64_t file_bytes_ = 0;
  bool named_ = false;
  int current_ = 0;
  bool alive_[kProcesses] = {};
  std::uint32_t stopped_ = 0;
  Lock locks_[kLocks] = {};
  Sleeper sleepers_[kSleepers] = {};
  std::size_t sleeper_count_ = 0;
  std::bitset<kCapacity / kPage> pages_;  // that exist, to be zeroed
  std::bitset<kCapacity / kPage> holes_;  // of them, those without blocks
  std::uint64_t now_ns_ = 0;
};

// Where a run's allocations come from while it is on; what is given back there is forgotten.
class Arena {
 public:
  static bool set_on(bool on);  // what it was
  static void reset();
};
// The scheduler's own work within a run.
class OutsideArena {
 public:
  OutsideArena() : was_(Arena::set_on(false)) {}
  ~OutsideArena() { Arena::set_on(was_); }
  OutsideArena(const OutsideArena&) = delete;
  OutsideArena& operator=(const OutsideArena&) = delete;

 private:
  bool was_;
};

// A point where others may go on that is no access to a shared word: a lock, a look at a process.
void system_call(const char* what);
// A bounded wait.
void wait_in_vain(const void* word, std::uint32_t timeout_ms);
// Does anybody do more than wait, or has he somebody to wait for?
bool others_go_on();
// Was a process killed in this run?
bool somebody_died();

}  // namespace yin::explore
