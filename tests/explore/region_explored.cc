// The explored world's memory and locks, in the place of files.

#include <cstring>
#include <utility>

#include "substrate/region.h"
#include "tests/explore/world.h"

namespace yin::substrate {

using explore::World;

struct Region::Mapping {};

FileLock::~FileLock() {
  if (held_) World::get().unlock(descriptor_);
}
FileLock::FileLock(FileLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), held_(std::exchange(other.held_, false)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(held_, other.held_);
  return *this;
}

Region::~Region() = default;

StatusOr<std::unique_ptr<Region>> Region::open(const std::string& path, OpenMode) {
  std::unique_ptr<Region> region(new Region);
  region->path_ = path;
  region->descriptor_ = World::get().current();
  region->created_ = !World::get().has_file();
  return region;
}

Status Region::unlink(const std::string&) { return {}; }

Status Region::rename(const std::string&, const std::string&) { return {}; }

Status Region::publish_name() {
  World::get().name_file();
  return {};
}

StatusOr<std::size_t> Region::peek(void* into, std::size_t bytes) const {
  std::memcpy(into, World::get().at(0), bytes);
  return bytes;
}

std::uint64_t Region::zone_bytes() { return explore::kZoneBytes; }
std::uint32_t Region::zone_count() { return explore::kZoneCount; }

Status Region::map(std::uint64_t capacity) {
  base_ = World::get().map(descriptor_, capacity);
  return {};
}

Status Region::allocate(std::uint64_t from, std::uint64_t bytes) const {
  if (bytes == 0) return {};
  explore::system_call("fallocate");
  World::get().allocate(from, bytes);
  return {};
}

bool Region::is_on_disk() const { return true; }
Status Region::sync() { return {}; }
Status Region::write_through(std::uint64_t at, const std::byte* from, std::size_t bytes) const {
  explore::system_call("write");
  std::memcpy(base_ + at, from, bytes);
  return {};
}
void Region::populate(std::uint64_t, std::uint64_t) const {}

bool Region::punch(std::uint64_t from, std::uint64_t bytes) const {
  explore::system_call("punch a hole");
  World::get().punch(from, bytes);
  return true;
}

void Region::discard(std::byte*, std::uint64_t) {}

std::uint64_t Region::file_bytes() const { return World::get().file_bytes(); }

FileIdentity Region::identity() const { return {{1, 2}, 3, 4}; }

bool Region::has_its_name() const { return true; }
StatusOr<bool> Region::meets_others(std::uint64_t, std::uint64_t) const { return false; }

bool Region::use_alone(std::uint64_t, bool) const { return true; }

StatusOr<FileLock> Region::try_lock(std::uint64_t byte) const {
  explore::system_call("lock");
  FileLock lock;
  lock.descriptor_ = World::get().lock(byte);
  lock.held_ = lock.descriptor_ >= 0;
  return lock;
}

bool Region::lock_is_free(std::uint64_t byte) const {
  explore::system_call("look at a lock");
  return World::get().lock_is_free(byte);
}

}  // namespace yin::substrate
