#pragma once

// Region: one mapped byte range, and behind it a zone of addresses that only this process uses.
//
//   base                     base + capacity              + kPrivateZoneBytes
//   | file (or private memory)  |  private zone: nurseries |
//   |<-- allocated -->|  reserved, not there yet           |
//
// Its path says what is behind it:
//
//   dir/name.yin   a file, which outlives reboots. The one to take unless there is a reason: on
//                  ext4 it is populated faster than shared memory, and mapped by a second process
//                  much faster (docs/decisions/0011-backings.md)
//   shm:NAME       POSIX shared memory, as shm_open("/NAME"): gone after unlink() or a reboot
//   (empty)        private memory, for the threads of this process
//
// The contract of the platform files (region_posix.cc, region_emscripten.cc): bytes that were
// allocated can be stored to without a fault; allocate() has the blocks before it returns; the base
// never moves while the Region lives. Locks are byte-range locks of the open file description,
// given back by the kernel when the holder dies; a private region has no file, so its locks are
// granted always and tell nothing.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "substrate/status.h"

namespace yin::substrate {

// A lock on one byte of the domain's file, on an open file description of its own: threads of one
// process exclude each other too, and closing another descriptor of the file does not drop it.
// Move-only; gives back on destruction.
class FileLock {
 public:
  FileLock() = default;
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

  [[nodiscard]] bool held() const { return held_; }

 private:
  friend class Region;
  int descriptor_ = -1;
  bool held_ = false;
};

struct FileIdentity {
  std::uint64_t boot_id[2];
  std::uint64_t device;
  std::uint64_t inode;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

enum class OpenMode {
  kCreateOrJoin,  // make it if it is not there
  kCreate,        // fail if it is there
  kJoin,          // fail if it is not there
  kReadOnly,      // as kJoin, but for a look at a file that nobody writes: no byte of it changes
};

class Region {
 public:
  // Opens the file at `path`, or makes one (0600) that has no name until publish_name(), so that
  // nobody sees it half made. `created`: it is new and empty. An empty path: private memory, always
  // created. kInvalidArgument: no name of shared memory.
  static StatusOr<std::unique_ptr<Region>> open(const std::string& path, OpenMode mode);
  // Takes the name away, not what has it open; its space comes back when the last of those closes.
  static Status unlink(const std::string& path);
  // Gives a file the name of another one in its directory, at once.
  static Status rename(const std::string& path, const std::string& to);
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  // The file's first bytes, before it is mapped. Fewer than asked when it is shorter.
  [[nodiscard]] StatusOr<std::size_t> peek(void* into, std::size_t bytes) const;
  // Reserves and maps `capacity` bytes and the private zone behind it, once. Of a region that was
  // opened read-only, what is stored to stays this mapping's own.
  Status map(std::uint64_t capacity);
  // The private zone is cut in pieces, one a nursery.
  static std::uint64_t zone_bytes();
  static std::uint32_t zone_count();
  // Makes [from, from + bytes) exist with blocks behind it. kResourceExhausted when the disk, or a
  // limit, says no; kPermissionDenied when the region is read-only.
  Status allocate(std::uint64_t from, std::uint64_t bytes) const;
  // Brings the pages of [from, from + bytes), which were allocated, into this mapping, in large ones
  // where the system has them, so that first stores need no fault each (docs/decisions/0009). What
  // they hold stays. A wish: what the system refuses comes with the first store.
  void populate(std::uint64_t from, std::uint64_t bytes) const;
  // Gives the blocks behind [from, from + bytes) back to the file system; zeroes are read there
  // from now on, and allocate() comes before the next store. False: it cannot, all is as it was.
  [[nodiscard]] bool punch(std::uint64_t from, std::uint64_t bytes) const;
  // Waits until what was written before is on the disk, the file's name with it. kInvalidArgument:
  // it is no file. A failure is final: the system may have dropped what it could not write.
  [[nodiscard]] Status sync();
  // Stores `bytes` at `at`, allocated memory of a file, and waits until they are on the disk; nothing
  // else is. kResourceExhausted: this process may not write there. Any other failure is final, as
  // sync()'s.
  [[nodiscard]] Status write_through(std::uint64_t at, const std::byte* from,
                                     std::size_t bytes) const;
  // Gives pages of the private zone back to the system; what they held is gone.
  static void discard(std::byte* from, std::uint64_t bytes);
  // Gives a created file its name. kAlreadyExists: somebody else was faster.
  Status publish_name();

  [[nodiscard]] std::byte* base() const { return base_; }
  [[nodiscard]] std::uint64_t file_bytes() const;  // as the system says now
  [[nodiscard]] bool created() const { return created_; }
  [[nodiscard]] bool is_file() const { return descriptor_ >= 0; }  // or shared memory
  [[nodiscard]] bool is_on_disk() const;                           // a file that a sync can keep
  [[nodiscard]] bool read_only() const { return read_only_; }
  [[nodiscard]] FileIdentity identity() const;
  // Is what was opened still what its path names? False: another file has been put in its place.
  [[nodiscard]] bool has_its_name() const;

  // Holds a shared lock on the byte `mine` as long as the region lives, then looks: does anybody
  // have one on the byte `others`? Of two who do it crosswise at once, one at least sees the other.
  [[nodiscard]] StatusOr<bool> meets_others(std::uint64_t mine, std::uint64_t others) const;
  // Tries to lock one byte. Not held: somebody else has it. A private region grants everything, a
  // read-only one too: its other bytes are as private.
  [[nodiscard]] StatusOr<FileLock> try_lock(std::uint64_t byte) const;
  // Makes the shared lock of meets_others(), and with it the file, this region's alone, or shared
  // again. False: others have it too.
  [[nodiscard]] bool use_alone(std::uint64_t mine, bool alone) const;
  // Would try_lock() succeed? One system call, takes nothing.
  [[nodiscard]] bool lock_is_free(std::uint64_t byte) const;

 private:
  Region() = default;
  struct Mapping;
  std::unique_ptr<Mapping> mapping_;
  std::byte* base_ = nullptr;
  std::string path_;  // as given, for messages
  std::string file_;  // where the file is
  int descriptor_ = -1;
  bool created_ = false;
  bool read_only_ = false;
  std::atomic<bool> name_synced_ = false;  // process-private
};

}  // namespace yin::substrate
