// WebAssembly: a region is a piece of the module's shared linear memory. There are no files and no
// process deaths here; locks are granted and tell nothing, as for any private region.

#include "substrate/region.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace yin::substrate {

namespace {

constexpr std::uint64_t kZoneBytes = std::uint64_t{8} << 20;
constexpr std::uint32_t kZoneCount = 8;
constexpr std::size_t kAlignment = 65536;  // a wasm page

}  // namespace

FileLock::~FileLock() = default;
FileLock::FileLock(FileLock&& other) noexcept : held_(std::exchange(other.held_, false)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(held_, other.held_);
  return *this;
}

struct Region::Mapping {
  void* memory = nullptr;
  ~Mapping() { std::free(memory); }
};

Region::~Region() = default;

StatusOr<std::unique_ptr<Region>> Region::open(const std::string& path, OpenMode) {
  if (!path.empty())
    return unimplemented("open domain " + path +
                         ": this build has no files; load its bytes instead");
  std::unique_ptr<Region> region(new Region);
  region->created_ = true;
  return region;
}

Status Region::unlink(const std::string& path) {
  return unimplemented("unlink domain " + path + ": this build has no files");
}
Status Region::rename(const std::string& path, const std::string&) {
  return unimplemented("rename domain " + path + ": this build has no files");
}
Status Region::publish_name() { return {}; }
StatusOr<std::size_t> Region::peek(void*, std::size_t) const { return std::size_t{0}; }
std::uint64_t Region::zone_bytes() { return kZoneBytes; }
std::uint32_t Region::zone_count() { return kZoneCount; }

Status Region::map(std::uint64_t capacity) {
  const std::uint64_t bytes = capacity + kZoneBytes * kZoneCount;
  mapping_ = std::make_unique<Mapping>();
  if (bytes < SIZE_MAX)
    mapping_->memory = std::aligned_alloc(kAlignment, static_cast<std::size_t>(bytes));
  if (mapping_->memory == nullptr) {
    return resource_exhausted(
        "make a domain of " + std::to_string(capacity >> 20) +
        " MiB: the module's memory is too small; ask for less or give it a larger maximum");
  }
  std::memset(mapping_->memory, 0, static_cast<std::size_t>(capacity));
  base_ = static_cast<std::byte*>(mapping_->memory);
  return {};
}

Status Region::allocate(std::uint64_t, std::uint64_t) const { return {}; }
void Region::populate(std::uint64_t, std::uint64_t) const {}
bool Region::punch(std::uint64_t, std::uint64_t) const { return false; }
bool Region::is_on_disk() const { return false; }
Status Region::sync() { return invalid_argument("a sync of memory that is no file"); }
Status Region::write_through(std::uint64_t, const std::byte*, std::size_t) const {
  return invalid_argument("a write to memory that is no file");
}
void Region::discard(std::byte*, std::uint64_t) {}
std::uint64_t Region::file_bytes() const { return 0; }
FileIdentity Region::identity() const { return {}; }
bool Region::has_its_name() const { return true; }

StatusOr<bool> Region::meets_others(std::uint64_t, std::uint64_t) const { return false; }
bool Region::use_alone(std::uint64_t, bool) const { return true; }
StatusOr<FileLock> Region::try_lock(std::uint64_t) const {
  FileLock lock;
  lock.held_ = true;
  return lock;
}
bool Region::lock_is_free(std::uint64_t) const { return false; }

}  // namespace yin::substrate
