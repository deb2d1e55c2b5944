// Files and private memory on POSIX. The only file of the core that is compiled with exceptions:
// Boost.Interprocess throws, and what it throws is caught here.

#include "substrate/region.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
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

// Where the file of a path is. glibc and musl keep POSIX shared memory as files of this directory;
// going there ourselves gives it all that files have, a name for a whole domain only above all.
constexpr std::string_view kSharedPrefix = "shm:";
constexpr std::string_view kSharedDirectory = "/dev/shm/";

bool is_shared(const std::string& path) { return path.starts_with(kSharedPrefix); }

StatusOr<std::string> file_of(const std::string& path) {
  if (path.find('\0') != std::string::npos)
    return invalid_argument("open domain " + path + ": a path has no zero byte in it");
  if (!is_shared(path)) return path;
  const std::string name = path.substr(kSharedPrefix.size());
  if (name.empty() || name.size() > NAME_MAX || name.find('/') != std::string::npos ||
      name == "." || name == "..") {
    return invalid_argument(
        "open domain " + path + ": shared memory has a name of 1 to " + std::to_string(NAME_MAX) +
        " bytes without a slash, as in shm:jobs; a file of this name is ./" + path);
  }
  return std::string(kSharedDirectory) + name;
}

struct flock byte_lock(std::uint64_t byte, short type = F_WRLCK) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(byte);
  lock.l_len = 1;
  return lock;
}

Status refuse_unusual_file(const std::string& path, int descriptor, OpenMode mode) {
  struct stat s = {};
  if (::fstat(descriptor, &s) != 0) return system_status("open domain " + path, errno);
  if (!S_ISREG(s.st_mode))
    return invalid_argument("open domain " + path + ": it is not a regular file");
  if (is_shared(path) && s.st_uid != ::geteuid()) {
    // Everybody may make names there, also one that we are about to use.
    return permission_denied("open domain " + path + ": it is another user's; if you trust it, " +
                             "name its file: " + std::string(kSharedDirectory) +
                             path.substr(kSharedPrefix.size()));
  }
  if (mode != OpenMode::kReadOnly && (s.st_mode & 0222) == 0) {
    return permission_denied("open domain " + path +
                             ": the file is read-only; a domain is written by all who join it");
  }
  return {};
}

// Beyond the limit the kernel would send SIGXFSZ, which ends the process.
Status may_write(const std::string& what, std::uint64_t end) {
  struct rlimit limit = {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || end <= limit.rlim_cur) return {};
  return resource_exhausted(what + ": this process may not write files of more than " +
                            std::to_string(limit.rlim_cur) + " bytes (see ulimit -f)");
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

StatusOr<std::unique_ptr<Region>> Region::open(const std::string& path, OpenMode mode) {
  std::unique_ptr<Region> region(new Region);
  region->path_ = path;
  region->read_only_ = mode == OpenMode::kReadOnly;
  if (path.empty()) {
    if (region->read_only_)
      return invalid_argument("open a domain for reading only: private memory is always new");
    region->created_ = true;
    return region;
  }
  auto file = file_of(path);
  if (!file.ok()) return file.status();
  region->file_ = *std::move(file);
  const int flags = (region->read_only_ ? O_RDONLY : O_RDWR) | (is_shared(path) ? O_NOFOLLOW : 0);
  region->descriptor_ = ::open(region->file_.c_str(), flags | O_CLOEXEC | O_NONBLOCK);
  if (region->descriptor_ >= 0) {
    if (mode == OpenMode::kCreate)
      return already_exists("create domain " + path + ": the file is there already");
    Status usual = refuse_unusual_file(path, region->descriptor_, mode);
    if (!usual.ok()) return usual;
    return region;
  }
  const bool may_create = mode == OpenMode::kCreateOrJoin || mode == OpenMode::kCreate;
  if (errno != ENOENT || !may_create) return system_status("open domain " + path, errno);
  struct stat s = {};
  if (::lstat(region->file_.c_str(), &s) == 0 && S_ISLNK(s.st_mode))
    return not_found("create domain " + path + ": it is a symbolic link that leads nowhere");
  region->descriptor_ =
      ::open(directory_of(region->file_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (region->descriptor_ < 0) return system_status("create domain " + path, errno);
  region->created_ = true;
  return region;
}

Status Region::unlink(const std::string& path) {
  auto file = file_of(path);
  if (!file.ok()) return file.status();
  if (::unlink(file->c_str()) == 0) return {};
  return system_status("unlink domain " + path, errno);
}

Status Region::rename(const std::string& path, const std::string& to) {
  auto from_file = file_of(path);
  if (!from_file.ok()) return from_file.status();
  auto to_file = file_of(to);
  if (!to_file.ok()) return to_file.status();
  if (::rename(from_file->c_str(), to_file->c_str()) == 0) return {};
  return system_status("rename domain " + path + " to " + to, errno);
}

Status Region::publish_name() {
  if (descriptor_ < 0) return {};
  const std::string from = descriptor_path(descriptor_);
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, file_.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    name_synced_ = false;
    return {};
  }
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
      const bip::file_mapping file(descriptor_path(descriptor_).c_str(),
                                   read_only_ ? bip::read_only : bip::read_write);
      mapping->file = bip::mapped_region(file, read_only_ ? bip::copy_on_write : bip::read_write, 0,
                                         capacity, base_, MAP_FIXED | MAP_NORESERVE);
      mapping->before.bytes = static_cast<std::uint64_t>(base_ - start);
      mapping->behind = {base_ + capacity, bytes - mapping->before.bytes - capacity};
    } catch (const bip::interprocess_exception& e) {
      return system_status("map domain " + path_, e.get_native_error());
    }
    if (read_only_) {  // behind the file's end there is nothing to copy on write
      const std::uint64_t end =
          std::min(capacity, (file_bytes() + kPageBytes - 1) / kPageBytes * kPageBytes);
      if (end < capacity &&
          ::mmap(base_ + end, capacity - end, PROT_READ | PROT_WRITE,
                 MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED)
        return system_status("map domain " + path_, errno);
    }
    ::madvise(base_, capacity,
              MADV_DONTFORK);  // a forked child must open again, not share its parent's worker
  }
  mapping_ = std::move(mapping);
  return {};
}

Status Region::allocate(std::uint64_t from, std::uint64_t bytes) const {
  if (descriptor_ < 0 || bytes == 0) return {};
  if (read_only_) return {};  // private memory all the way
  if (Status may = may_write("grow domain " + path_, from + bytes); !may.ok()) return may;
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

bool Region::is_on_disk() const { return is_file() && !is_shared(path_); }

Status Region::sync() {
  if (!is_on_disk()) return invalid_argument("a sync of memory that is no file");
  if (::fdatasync(descriptor_) != 0) return system_status("sync domain " + path_, errno);
  if (name_synced_.exchange(true)) return {};
  const int directory = ::open(directory_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return system_status("sync the directory of domain " + path_, errno);
  const int failed = ::fsync(directory) == 0 ? 0 : errno;
  ::close(directory);
  return failed == 0 ? Status{} : system_status("sync the directory of domain " + path_, failed);
}

Status Region::write_through(std::uint64_t at, const std::byte* from, std::size_t bytes) const {
  if (Status may = may_write("write domain " + path_, at + bytes); !may.ok()) return may;
  while (bytes > 0) {
    const iovec piece = {const_cast<std::byte*>(from), bytes};
    const ssize_t written = ::pwritev2(descriptor_, &piece, 1, static_cast<off_t>(at), RWF_DSYNC);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0)
      return system_status("write " + std::to_string(bytes) + " bytes to domain " + path_,
                           written < 0 ? errno : ENOSPC);
    at += static_cast<std::uint64_t>(written);
    from += written;
    bytes -= static_cast<std::size_t>(written);
  }
  return {};
}

void Region::populate(std::uint64_t from, std::uint64_t bytes) const {
  const std::uint64_t page = kPageBytes;
  const std::uint64_t start = from / page * page;
  const std::uint64_t end = (from + bytes + page - 1) / page * page;
  const std::uint64_t huge_start = (start + kHugePage - 1) / kHugePage * kHugePage;
  const std::uint64_t huge_end = end / kHugePage * kHugePage;
  // Not for the whole mapping at once: what is small stays small. And around a small step the system
  // would read ahead: megabytes of zeroes that nobody wants yet.
  if (huge_start < huge_end) {
    ::madvise(base_ + huge_start, huge_end - huge_start, MADV_HUGEPAGE);
  } else {
    ::madvise(base_ + start, end - start, MADV_RANDOM);
  }
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

bool Region::has_its_name() const {
  if (descriptor_ < 0) return true;
  struct stat opened = {}, named = {};
  return ::fstat(descriptor_, &opened) == 0 && ::stat(file_.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

StatusOr<bool> Region::meets_others(std::uint64_t mine, std::uint64_t others) const {
  if (descriptor_ < 0) return false;
  // On the region's own description: shared ones of one process are as good as one.
  struct flock held = byte_lock(mine, F_RDLCK);
  if (::fcntl(descriptor_, F_OFD_SETLK, &held) != 0) {
    if (errno == EAGAIN || errno == EACCES) return true;  // somebody uses it alone
    return system_status("lock domain " + path_, errno);
  }
  struct flock wanted = byte_lock(others);
  if (::fcntl(descriptor_, F_OFD_GETLK, &wanted) != 0)
    return system_status("lock domain " + path_, errno);
  return wanted.l_type != F_UNLCK;
}

bool Region::use_alone(std::uint64_t mine, bool alone) const {
  if (descriptor_ < 0 || read_only_) return true;
  struct flock wanted = byte_lock(mine, alone ? F_WRLCK : F_RDLCK);
  return ::fcntl(descriptor_, F_OFD_SETLK, &wanted) == 0;
}

StatusOr<FileLock> Region::try_lock(std::uint64_t byte) const {
  FileLock lock;
  if (descriptor_ < 0 || read_only_) {
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
  if (descriptor_ < 0 || read_only_) return false;
  struct flock range = byte_lock(byte);
  return ::fcntl(descriptor_, F_OFD_GETLK, &range) == 0 && range.l_type == F_UNLCK;
}

}  // namespace yin::substrate
