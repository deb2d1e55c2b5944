#include "tests/explore/world.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

#include "substrate/check.h"

namespace yin::explore {

using substrate::check;

namespace {

constexpr std::size_t kArenaBytes = std::size_t{256} << 20;

std::byte* arena_start = nullptr;
std::byte* arena_next = nullptr;
bool arena_on = false;

}  // namespace

World* World::world_ = nullptr;

void World::make() {
  static World world;
  world_ = &world;
}

World::World() {
  const int file = ::memfd_create("explored", MFD_CLOEXEC);
  check(file >= 0 && ::ftruncate(file, static_cast<off_t>(kCapacity)) == 0, "no memory to explore");
  void* reserved = ::mmap(nullptr, kStride * kProcesses, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  check(reserved != MAP_FAILED, "no addresses to explore in");
  start_ = static_cast<std::byte*>(reserved);
  for (int i = 0; i < kProcesses; ++i) {
    void* mapped = ::mmap(start_ + kStride * static_cast<std::uint64_t>(i), kCapacity,
                          PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
    check(mapped != MAP_FAILED, "no mapping to explore in");
  }
  ::close(file);
  reset();
}

void World::reset() {
  for (std::uint64_t page = 0; page < pages_.size(); ++page) {
    if (pages_[page]) std::memset(start_ + page * kPage, 0, kPage);
  }
  pages_.reset();
  file_bytes_ = 0;
  holes_.reset();
  named_ = false;
  current_ = 0;
  stopped_ = 0;
  now_ns_ = 1'000'000'000;
  sleeper_count_ = 0;
  for (bool& alive : alive_) alive = true;
  for (Lock& lock : locks_) lock.owner = -1;
}

std::byte* World::map(int process, std::uint64_t capacity) {
  check(capacity == kCapacity, "the explored domain has the smallest capacity");
  return start_ + kStride * static_cast<std::uint64_t>(process);
}

void World::allocate(std::uint64_t from, std::uint64_t bytes) {
  if (from + bytes > file_bytes_) file_bytes_ = from + bytes;
  for (std::uint64_t page = from / kPage; page * kPage < from + bytes; ++page) {
    pages_.set(page);
    holes_.reset(page);
  }
}

void World::punch(std::uint64_t from, std::uint64_t bytes) {
  for (std::uint64_t page = from / kPage; page * kPage < from + bytes; ++page) holes_.set(page);
}

int World::lock(std::uint64_t byte) {
  if (!lock_is_free(byte)) return -1;
  for (int i = 0; i < kLocks; ++i) {
    if (locks_[i].owner >= 0) continue;
    locks_[i] = {byte, current_};
    return i;
  }
  check(false, "more locks than the explored world has");
  return -1;
}

bool World::lock_is_free(std::uint64_t byte) const {
  for (const Lock& lock : locks_) {
    if (lock.owner >= 0 && lock.byte == byte && alive_[lock.owner]) return false;
  }
  return true;
}

void World::unlock(int lock) { locks_[lock].owner = -1; }

void World::lose_lock(std::uint64_t byte) {
  for (Lock& lock : locks_) {
    if (lock.owner >= 0 && lock.byte == byte) lock.byte = ~std::uint64_t{0};
  }
}

bool World::falls_asleep(const void* word, std::uint32_t seen) {
  std::uint64_t offset = 0;
  if (!offset_of(word, offset) || sleeper_count_ == kSleepers) return false;
  sleepers_[sleeper_count_++] = {offset, seen, current_};
  return true;
}

bool World::asleep() const {
  return std::any_of(sleepers_, sleepers_ + sleeper_count_,
                     [this](const Sleeper& sleeper) { return sleeper.process == current_; });
}

void World::wakes(const void* word) {
  std::uint64_t offset = 0;
  if (!offset_of(word, offset)) return;
  Sleeper* end =
      std::remove_if(sleepers_, sleepers_ + sleeper_count_,
                     [offset](const Sleeper& sleeper) { return sleeper.offset == offset; });
  sleeper_count_ = static_cast<std::size_t>(end - sleepers_);
}

bool World::times_out() {
  for (std::size_t i = 0; i < sleeper_count_; ++i) {
    Sleeper& sleeper = sleepers_[i];
    if (sleeper.process != current_) continue;
    std::uint32_t now = 0;
    std::memcpy(&now, at(sleeper.offset), sizeof now);
    sleeper.process = -1;
    if (now != sleeper.seen) return true;
    sleeper = sleepers_[--sleeper_count_];
    return false;
  }
  return false;
}

bool Arena::set_on(bool on) {
  const bool was = arena_on;
  arena_on = on;
  return was;
}

void Arena::reset() {
  if (arena_start == nullptr) {
    void* mapped = ::mmap(nullptr, kArenaBytes, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    check(mapped != MAP_FAILED, "no arena");
    arena_start = static_cast<std::byte*>(mapped);
  }
  arena_next = arena_start;
}

}  // namespace yin::explore

// What a run allocates is never given back one by one: a killed process could not.
void* operator new(std::size_t bytes) {
  using namespace yin::explore;
  if (arena_on) {
    std::byte* at = arena_next;
    arena_next += (bytes + 15) / 16 * 16;
    if (arena_next <= arena_start + kArenaBytes) return at;
    std::fputs("explore: a run allocates too much\n", stderr);
    std::abort();
  }
  if (void* at = std::malloc(bytes)) return at;
  std::abort();
}
void operator delete(void* at) noexcept {
  using namespace yin::explore;
  const auto* byte = static_cast<std::byte*>(at);
  if (byte >= arena_start && byte < arena_start + kArenaBytes) return;
  std::free(at);
}
void operator delete(void* at, std::size_t) noexcept { operator delete(at); }
