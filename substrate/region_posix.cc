// Files and private memory on POSIX. The only file of the core that is compiled with exceptions:
// Boost.Interprocess throws, and what it throws is caught here.

#include "substrate/region.h"

#include <cstdio>
#include <utility>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>

namespace yin::substrate {

namespace bip = boost::interprocess;

namespace {

constexpr std::uint64_t kZoneBytes = std::uint64_t{4}
                                     << 30;  // of addresses; memory comes when touched
constexpr std::uint32_t kZoneCount = 64;
constexpr std::uint64_t kHugePage = std::uint64_t{2} << 20;
constexpr std::uint64_t kPageBytes = 4096;  // or less than the system's: it rounds by itself

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14; a C library may be older
#endif

std::string descriptor_path(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status system_status(const std::string& what, int error) {
  const std::string message = what + ": " + ::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return not_found(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return permission_denied(message);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return resource_exhausted(message);
    case EISDIR:
      return invalid_argument(message);
    default:
      return internal_error(message);
  }
}

struct flock byte_lock(std::uint64_t byte) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(byte);
  lock.l_len = 1;
  return lock;
}

Status refuse_unusual_file(const std::string& path, int descriptor) {
  struct stat s = {};
  if (::fstat(descriptor, &s) != 0) return system_status("open domain " + path, errno);
  if (!S_ISREG(s.st_mode))
    return invalid_argument("open domain " + path + ": it is not a regular file");
  if ((s.st_mode & 0222) == 0) {
    return permission_denied("open domain " + path +
                             ": the file is read-only; a domain is written by all who join it");
  }
  return {};
}

}  // namespace

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}
FileLock::FileLock(FileLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), held_(std::exchange(other.held_, false)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(held_, other.held_);
  return *this;
}

// The reservation around the mapped file; Boost unmaps the file's own part.
struct Region::Mapping {
  bip::mapped_region file;
  struct Range {
    std::byte* from = nullptr;
    std::uint64_t bytes = 0;
  };
  Range before, behind;
  ~Mapping() {
    for (const Range& r : {before, behind}) {
      if (r.bytes != 0) ::munmap(r.from, r.bytes);
    }
  }
};

Region::~Region() {
  mapping_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
}

StatusOr<std::unique_ptr<Region>> Region::open(const std::string& path, bool may_create,
                                               bool must_create) {
  std::unique_ptr<Region> region(new Region);
  region->path_ = path;
  if (path.empty()) {
    region->created_ = true;
    return region;
  }
  const std::string what = "open domain " + path;
  region->descriptor_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (region->descriptor_ >= 0) {
    if (must_create) return already_exists("create domain " + path + ": the file is there already");
    Status usual = refuse_unusual_file(path, region->descriptor_);
    if (!usual.ok()) return usual;
    return region;
  }
  if (errno != ENOENT || !may_create) return system_status(what, errno);
  region->descriptor_ = ::open(directory_of(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (region->descriptor_ < 0) return system_status("create domain " + path, errno);
  region->created_ = true;
  return region;
}

Status Region::publish_name() {
  if (descriptor_ < 0) return {};
  const std::string from = descriptor_path(descriptor_);
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  if (errno == EEXIST)
    return already_exists("create domain " + path_ + ": somebody else just made it");
  return system_status("create domain " + path_, errno);
}

StatusOr<std::size_t> Region::peek(void* into, std::size_t bytes) const {
  std::size_t got = 0;
  while (got < bytes) {
    const ssize_t n =
        ::pread(descriptor_, static_cast<char*>(into) + got, bytes - got, static_cast<off_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_status("read domain " + path_, errno);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

std::uint64_t Region::zone_bytes() { return kZoneBytes; }
std::uint32_t Region::zone_count() { return kZoneCount; }

Status Region::map(std::uint64_t capacity) {
  const std::uint64_t zones = kZoneBytes * kZoneCount;
  const std::uint64_t bytes = capacity + zones + kHugePage;
  void* reserved =
      ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (reserved == MAP_FAILED) {
    return resource_exhausted("map domain " + path_ + ": no " + std::to_string(bytes >> 30) +
                              " GiB of address space (see ulimit -v): " + ::strerror(errno));
  }
  auto* start = static_cast<std::byte*>(reserved);
  const auto unaligned = reinterpret_cast<std::uintptr_t>(reserved);
  base_ = start + (((unaligned + kHugePage - 1) & ~(kHugePage - 1)) - unaligned);
  auto mapping = std::make_unique<Mapping>();
  mapping->before = {start, bytes};
  const bool anonymous = descriptor_ < 0;
  std::byte* usable = anonymous ? base_ : base_ + capacity;
  if (::mprotect(usable, zones + (anonymous ? capacity : 0), PROT_READ | PROT_WRITE) != 0) {
    return system_status("map the nurseries of domain " + path_, errno);
  }
  if (!anonymous) {
    try {
      const bip::file_mapping file(descriptor_path(descriptor_).c_str(), bip::read_write);
      mapping->file =
          bip::mapped_region(file, bip::read_write, 0, capacity, base_, MAP_FIXED | MAP_NORESERVE);
      mapping->before.bytes = static_cast<std::uint64_t>(base_ - start);
      mapping->behind = {base_ + capacity, bytes - mapping->before.bytes - capacity};
    } catch (const bip::interprocess_exception& e) {
      return system_status("map domain " + path_, e.get_native_error());
    }
    ::madvise(base_, capacity,
              MADV_DONTFORK);  // a forked child must open again, not share its parent's worker
  }
  mapping_ = std::move(mapping);
  return {};
}

Status Region::allocate(std::uint64_t from, std::uint64_t bytes) const {
  if (descriptor_ < 0 || bytes == 0) return {};
  // Beyond the limit the kernel would send SIGXFSZ, which ends the process.
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && from + bytes > limit.rlim_cur) {
    return resource_exhausted("grow domain " + path_ +
                              ": this process may not write files of more than " +
                              std::to_string(limit.rlim_cur) + " bytes (see ulimit -f)");
  }
  int failed = 0;
  do {
    failed = ::fallocate(descriptor_, 0, static_cast<off_t>(from), static_cast<off_t>(bytes)) == 0
                 ? 0
                 : errno;
  } while (failed == EINTR);
  if (failed == 0) return {};
  return system_status(
      "grow domain " + path_ + " by " + std::to_string(bytes) + " bytes at " + std::to_string(from),
      failed);
}

void Region::populate(std::uint64_t from, std::uint64_t bytes) const {
  const std::uint64_t page = kPageBytes;
  const std::uint64_t start = from / page * page;
  const std::uint64_t end = (from + bytes + page - 1) / page * page;
  const std::uint64_t huge_start = (start + kHugePage - 1) / kHugePage * kHugePage;
  const std::uint64_t huge_end = end / kHugePage * kHugePage;
  // Not for the whole mapping at once: what is small stays small.
  if (huge_start < huge_end) ::madvise(base_ + huge_start, huge_end - huge_start, MADV_HUGEPAGE);
  ::madvise(base_ + start, end - start, MADV_POPULATE_WRITE);
}

bool Region::punch(std::uint64_t from, std::uint64_t bytes) const {
  if (descriptor_ < 0) return ::madvise(base_ + from, bytes, MADV_DONTNEED) == 0;
  return ::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                     static_cast<off_t>(from), static_cast<off_t>(bytes)) == 0;
}

void Region::discard(std::byte* from, std::uint64_t bytes) {
  ::madvise(from, bytes, MADV_DONTNEED);
}

std::uint64_t Region::file_bytes() const {
  struct stat s = {};
  return descriptor_ >= 0 && ::fstat(descriptor_, &s) == 0 ? static_cast<std::uint64_t>(s.st_size)
                                                           : 0;
}

FileIdentity Region::identity() const {
  FileIdentity id = {};
  struct stat s = {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &s) != 0) return id;
  id.device = s.st_dev;
  id.inode = s.st_ino;
  if (std::FILE* f = std::fopen("/proc/sys/kernel/random/boot_id", "re")) {
    char text[64] = {};
    const std::size_t n = std::fread(text, 1, sizeof text - 1, f);
    (void)std::fclose(f);
    // 8-4-4-4-12 hexadecimal digits: take them in order, 16 to a word.
    unsigned digit = 0;
    for (std::size_t i = 0; i < n && digit < 32; ++i) {
      const char c = text[i];
      if (c == '-' || c == '\n') continue;
      const int value = c <= '9' ? c - '0' : c - 'a' + 10;
      id.boot_id[digit / 16] = id.boot_id[digit / 16] << 4 | static_cast<unsigned>(value & 15);
      ++digit;
    }
  }
  return id;
}

StatusOr<FileLock> Region::try_lock(std::uint64_t byte) const {
  FileLock lock;
  if (descriptor_ < 0) {
    lock.held_ = true;
    return lock;
  }
  // A description of its own: locks of one description do not exclude each other.
  lock.descriptor_ = ::open(descriptor_path(descriptor_).c_str(), O_RDWR | O_CLOEXEC);
  if (lock.descriptor_ < 0) return system_status("lock domain " + path_, errno);
  struct flock range = byte_lock(byte);
  if (::fcntl(lock.descriptor_, F_OFD_SETLK, &range) == 0) {
    lock.held_ = true;
  } else if (errno != EAGAIN && errno != EACCES) {
    return system_status("lock domain " + path_, errno);
  }
  return lock;
}

bool Region::lock_is_free(std::uint64_t byte) const {
  if (descriptor_ < 0) return false;
  struct flock range = byte_lock(byte);
  return ::fcntl(descriptor_, F_OFD_GETLK, &range) == 0 && range.l_type == F_UNLCK;
}

}  // namespace yin::substrate
