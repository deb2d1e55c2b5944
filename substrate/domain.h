#pragma once

// Domain: what processes join. One file (or a private or wasm region), one id, one format.
//
// Opening maps the whole capacity once; growth only extends the file below the mapping, with
// allocated blocks, so no process ever remaps, no handle moves and no store can fault. The same
// file opened twice in one process is one domain for all that matters, since everything shared
// stands in the file itself.
//
// A file that this machine has not known since it was started, or that lies elsewhere (a power cut, a
// copy), is opened at its last checkpoint if it has one (recover.h), else as it is.
//
// Thread-safe after open(). The Domain must outlive its workers.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "substrate/format.h"
#include "substrate/offset.h"
#include "substrate/region.h"
#include "substrate/status.h"

namespace yin::substrate {

struct DomainOptions {
  std::string path;  // a file's, or shm:NAME, or empty: private memory (region.h)
  OpenMode mode = OpenMode::kCreateOrJoin;
  std::uint64_t capacity_bytes = kCapacityDefault;  // of a new domain; rounded up to segments
  std::uint64_t durability = kDurabilityNone;       // of a new domain (checkpoint.h)
  // Of a domain that is to take in what another one holds: its seed, and no name before publish().
  std::optional<std::uint64_t> hash_seed = std::nullopt;
  // Goes on from the last checkpoint, whatever stands in the file besides. Nobody may have joined.
  bool from_checkpoint = false;
  // Private memory that begins as a copy of these, a whole domain at rest. `path` is for messages.
  std::span<const std::byte> bytes = {};
};

class Domain {
 public:
  // Errors: kNotFound, kAlreadyExists, kPermissionDenied, kDataLoss (not a domain, damaged,
  // truncated), kUnimplemented (another format version), kResourceExhausted (disk full, address
  // space), kUnavailable (read-only while others write it, or the other way round).
  //
  // OpenMode::kReadOnly is for a domain at rest, also on media or with permissions that allow no
  // write: not one byte of it changes, and nobody may have it open for writing meanwhile. Its
  // workers read, take snapshots, verify and print; what they store (pins, leases) stays in this
  // Domain. A commit, and whatever would make the domain grow, is told kPermissionDenied.
  static StatusOr<std::unique_ptr<Domain>> open(const DomainOptions& options);
  // Takes the name of a domain away. Who has it open goes on; the space comes back when the last of
  // them leaves. kNotFound; kDataLoss: that is no domain, and it stays.
  static Status unlink(const std::string& path);
  ~Domain();
  Domain(const Domain&) = delete;
  Domain& operator=(const Domain&) = delete;

  [[nodiscard]] std::byte* base() const { return base_; }
  [[nodiscard]] std::uint64_t capacity() const { return identity().capacity_bytes; }
  [[nodiscard]] const DomainIdentity& identity() const {
    return *at<DomainIdentity>(offset_of(kIdentityAt));
  }
  [[nodiscard]] DomainState& state() const { return *at<DomainState>(offset_of(kStateAt)); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Region& region() const { return *region_; }
  [[nodiscard]] bool created() const { return created_; }  // by this open
  [[nodiscard]] bool read_only() const { return region_->read_only(); }
  // Did a process of this machine make or accept this very file since the last boot? Then only
  // those it trusts have written it. Not so a copy, or a file from before a power cut: verify it,
  // then accept().
  [[nodiscard]] bool known_here() const;
  void accept();
  // Gives a domain made with a hash_seed its name. kAlreadyExists.
  Status publish();
  // The state of a domain without content, with so many slabs in use: by create() and recovery.
  void lay_out(std::uint32_t slabs);

  template <class T>
  [[nodiscard]] T* at(Offset offset) const {
    return reinterpret_cast<T*>(base_ + raw(offset));
  }
  // Has the offset left what the domain can hold? Then it is private to this process.
  [[nodiscard]] bool is_private(Offset offset) const { return raw(offset) >= capacity_; }

  // A piece of the private zone behind the capacity (Region::zone_bytes), null when all are taken.
  [[nodiscard]] std::byte* take_private_zone();
  void give_private_zone(std::byte* zone);
  // May this Domain take `slabs` more into use, fresh or swept? Asked by whoever opens some, so it
  // costs nothing where objects are made. kPermissionDenied: read-only; kResourceExhausted: its
  // ration is used up.
  [[nodiscard]] Status admit_slabs(std::uint64_t slabs);
  // From now on, so many and no more; kNoRation: as many as there are. For a host that shares a
  // domain out, and for tests of what happens when memory runs out at any place.
  void ration_slabs(std::uint64_t slabs) { ration_ = slabs; }
  static constexpr std::uint64_t kNoRation = ~std::uint64_t{0};
  // One collector at a time among the threads of this Domain. False: another has the turn.
  [[nodiscard]] bool take_collector_turn();
  void give_collector_turn();

 private:
  Domain() = default;
  [[nodiscard]] Status announce_use() const;
  Status create(const DomainOptions& options);
  Status join(const DomainOptions& options);
  Status take_in(std::span<const std::byte> bytes);
  Status settle(bool from_checkpoint);
  Status recover_from(CheckpointRecord record);
  [[nodiscard]] bool is_same_file() const;
  void note_file(bool verified);

  std::unique_ptr<Region> region_;
  std::byte* base_ = nullptr;
  std::uint64_t capacity_ = 0;
  std::string path_;
  bool created_ = false;
  bool foreign_ = false;  // private memory, but what is in it comes from elsewhere
  bool recovered_ = false;
  std::atomic<std::uint64_t> ration_{kNoRation};  // process-private
  struct Zones;
  std::unique_ptr<Zones> zones_;
  std::uint32_t zones_taken_ = 0;
  std::uint64_t opened_by_ = 0;  // the process; a fork of it has no mapping
};

}  // namespace yin::substrate
