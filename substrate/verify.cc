#include "substrate/verify.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <span>
#include <unordered_map>

#include "substrate/checkpoint_record.h"
#include "substrate/elements.h"
#include "substrate/hold.h"
#include "substrate/int_map.h"
#include "substrate/internal/btree.h"
#include "substrate/internal/hasher.h"
#include "substrate/internal/object_bounds.h"
#include "substrate/internal/radix.h"
#include "substrate/internal/raw_record.h"
#include "substrate/internal/sorted_root.h"
#include "substrate/internal/trace.h"
#include "substrate/internal/trie.h"
#include "substrate/list.h"
#include "substrate/literal.h"
#include "substrate/map.h"
#include "substrate/metadata.h"
#include "substrate/number.h"
#include "substrate/queue.h"
#include "substrate/redo_log.h"
#include "substrate/slab.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/struct.h"
#include "substrate/table.h"
#include "substrate/tensor.h"
#include "substrate/value.h"
#include "substrate/vector.h"

namespace yin::substrate {

namespace {

constexpr std::size_t kFindingsKept = 20;

class Verifier {
 public:
  Verifier(Worker& worker, const Pin& pin, const CodeCheck& check = {})
      : check_(check),
        domain_(worker.domain()),
        state_(domain_.state()),
        pin_(pin),
        map_(domain_),
        // edge: clock (behind the pin, so that T0 of the cycle it is labelled with is less)
        since_(state_.clock.load_seq() - 1),
        // edge: gc-start (any cycle that begins from here on sees the holds that we see)
        idle_(gc_cycle(state_.gc.load_seq()) == gc_done(state_.gc.load_seq())) {
    look_again();
  }

  VerifyReport run_value(Word value) {
    where_ = "the value";
    check_names();
    push(value, Part::kValue, 0, 0);
    drain();
    check_meaning();
    return std::move(report_);
  }

  VerifyReport run() {
    where_ = "the domain";
    check_slabs();
    check_names();
    check_holds();
    check_checkpoints();
    const std::uint32_t slots = slots_;
    for (std::uint32_t i = 0; i < slots; ++i) {
      const auto* slot = table_find<RootSlot>(domain_, state_.slots, kSlotTable, i);
      where_ = "slot " + std::to_string(i);
      if (slot == nullptr) {
        find("it has no place in the table");
        break;
      }
      // edge: head
      check_log(slot->head.load_acquire(), i == kRegistrySlot,
                idle_ && wishes_.contains(i) ? wishes_[i] : LogWish{});
      drain();
    }
    check_meaning();
    return std::move(report_);
  }

 private:
  enum class Part : std::uint8_t {
    kValue,
    kTrieNode,
    kVectorNode,
    kListRest,
    kSortedNode,
    kIntMapNode,
    kQueueNode,
    kLeave
  };
  struct Pending {
    Word word;
    Part part;
    std::uint8_t level;   // trie node: levels above; others: levels below
    std::uint64_t place;  // trie node: hash bits of the path to it; vector node, list: elements it
                          // must have; sorted node: its tree's order and width; int map node: bits
                          // of its keys; queue node: the position its items end at
    std::uint64_t first = 0;  // sorted node: rows it must have; queue node: position of its first
                              // item
    bool edge = false;        // sorted node: on the right edge of its tree
  };
  struct Place {  // what must be the same wherever a part is met
    std::uint64_t place;
    std::uint64_t first;
    std::uint8_t level;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct SortedNode {
    Word word;
    Word order;
    std::uint8_t level;
    bool map;
  };
  struct IntKey {  // a boxed key, and the bits it must have
    Word key;
    std::uint64_t bits;
    std::uint64_t mask;
  };
  struct Key {  // that its hash leads to where it stands
    Word key;
    std::uint64_t hash;
    std::uint64_t mask;
  };

  void find(const std::string& what) {
    ++report_.finding_count;
    if (report_.findings.size() < kFindingsKept) report_.findings.push_back(where_ + ": " + what);
  }

  // How far things reach. Others go on meanwhile: before anything is called out of reach, it is
  // looked at again.
  void look_again() {
    // edge: slot-made
    slots_ = state_.next_slot.load_acquire();
    names_ = state_.next_name.load_relaxed();  // ids below exist or are holes
    // edge: committed
    const std::uint64_t slabs = state_.next_slab.load_acquire();
    // edge: committed
    limit_ = std::min(state_.committed_bytes.load_acquire(), slabs * kSlabBytes);
    seen_.resize(limit_ / kGranule / 64 + 1);
    open_.resize(seen_.size());
  }
  template <class Reached>
  bool reaches(Reached reached) {
    if (reached()) return true;
    look_again();
    return reached();
  }

  using Bits = std::vector<std::uint64_t>;
  static bool bit(const Bits& bits, std::uint64_t at) {
    return (bits[at / kGranule / 64] >> at / kGranule % 64 & 1) != 0;
  }
  static void set_bit(Bits& bits, std::uint64_t at, bool on) {
    const std::uint64_t mask = std::uint64_t{1} << at / kGranule % 64;
    bits[at / kGranule / 64] =
        on ? bits[at / kGranule / 64] | mask : bits[at / kGranule / 64] & ~mask;
  }
  // True the first time; offsets were checked.
  bool first_visit(std::uint64_t at) {
    const bool fresh = !bit(seen_, at);
    set_bit(seen_, at, true);
    return fresh;
  }

  [[nodiscard]] bool in_slab_of(SlabKind kind, std::uint64_t at, std::uint64_t bytes) {
    if (at % kGranule != 0 || !reaches([&] { return at < limit_ && bytes <= limit_ - at; }))
      return false;
    const auto slab = static_cast<std::uint32_t>(at / kSlabBytes);
    return !map_.is_lead(slab) && shape_kind(shape(slab)) == kind;
  }
  [[nodiscard]] std::uint32_t shape(std::uint64_t slab) const {
    return map_.descriptor(static_cast<std::uint32_t>(slab))
        .shape.load_relaxed();  // what we read in it was published
  }
  // Whole cells of one stride.
  [[nodiscard]] bool is_cell(std::uint64_t at, std::uint64_t bytes_min, std::uint64_t bytes_max) {
    if (!in_slab_of(SlabKind::kCells, at, bytes_min)) return false;
    const std::uint16_t stride = shape_stride(shape(at / kSlabBytes));
    return stride >= bytes_min && stride <= bytes_max && at % kSlabBytes % stride == 0 &&
           at % kSlabBytes + stride <= kSlabBytes;
  }

  // What can only be asked when all that a key refers to is known to be sound.
  void check_meaning() {
    if (report_.clean()) check_ratios();
    if (report_.clean()) check_keys();
    if (report_.clean()) check_views();
    if (report_.clean()) check_sorted_nodes();
    if (report_.clean()) check_code();
  }

  void check_code() {
    for (const Word w : code_) {
      if (const std::string wrong = check_(pin_, w); !wrong.empty())
        find("the object at " + std::to_string(raw(object_offset(w))) + " is " + wrong);
    }
  }

  // ---- tables

  // Slabs that somebody owns change under our eyes; the others must make sense to whoever sweeps
  // them.
  void check_slabs() {
    // edge: gc-start
    const std::uint64_t gc = state_.gc.load_seq();
    if (gc_done(gc) > gc_cycle(gc)) find("more cycles are finished than were begun");
    for (std::uint64_t slab = map_.lead(); slab < limit_ / kSlabBytes; ++slab) {
      if (map_.is_lead(static_cast<std::uint32_t>(slab))) continue;
      const SlabDescriptor& d = map_.descriptor(static_cast<std::uint32_t>(slab));
      // edge: slab-owner
      const std::uint64_t before = d.state.load_acquire();
      const std::uint32_t what = d.shape.load_relaxed();  // between two looks at the state
      const std::uint64_t run = d.run_length.load_relaxed();
      // edge: slab-owner
      if (d.state.load_acquire() != before || unpack_slab(before).owner != 0) continue;
      // edge: gc-start
      const bool from_future = unpack_slab(before).tag > gc_cycle(state_.gc.load_seq());
      const SlabKind kind = shape_kind(what);
      const bool fits =
          kind == SlabKind::kLarge       ? run >= 1 && run <= limit_ / kSlabBytes - slab
          : kind == SlabKind::kLargeRest ? run >= 1 && run <= slab - map_.lead()
          : kind == SlabKind::kCells
              ? std::find(std::begin(kCellBytes), std::end(kCellBytes), shape_stride(what)) !=
                    std::end(kCellBytes)
              : kind == SlabKind::kFree || kind == SlabKind::kHole || kind == SlabKind::kValues;
      if (from_future || !fits)
        find("slab " + std::to_string(slab) + " is described as what it cannot be");
    }
  }

  void check_names() {
    for (std::uint32_t id = 1; id < names_; ++id) {
      const auto* word = table_find<SharedWord>(domain_, state_.names, kNameTable, id);
      if (word == nullptr) return;  // numbers that were given out when there was no room
      // edge: name
      const std::uint64_t at = word->load_acquire();
      if (at != 0 && !is_name(at)) find("name " + std::to_string(id) + " is damaged");
    }
  }
  bool is_name(std::uint64_t at) {
    const bool in_first = at >= kNameBytesAt && at < kSlabBytes && at % kGranule == 0;
    if (!in_first && !in_slab_of(SlabKind::kTable, at, sizeof(NameEntry))) return false;
    const auto& entry = *pin_.at<NameEntry>(offset_of(at));
    if (entry.length > kNameMaxBytes || sizeof entry + entry.length > kSlabBytes - at % kSlabBytes)
      return false;
    return entry.hash ==
           hash_bytes({reinterpret_cast<const char*>(&entry + 1), entry.length}, pin_.hash_seed());
  }

  // ---- holds

  void check_holds() {
    // edge: slot-made
    const std::uint32_t count = state_.next_hold.load_acquire();
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto* entry = table_find<RootHold>(domain_, state_.holds, kHoldTable, i);
      if (entry == nullptr) return;
      where_ = "hold " + std::to_string(i);
      // edge: hold
      const HoldState state = unpack_hold(entry->state.load_acquire());
      if (state.phase > HoldPhase::kLast) find("it is of no kind there is");
      if (state.dropped) continue;
      // edge: hold
      const std::uint64_t content = entry->content.load_acquire();
      if (state.phase == HoldPhase::kHandle) push(Word{content}, Part::kValue, 0, 0);
      if (state.phase == HoldPhase::kSnapshot) instants_.push_back(content);
      if (state.phase == HoldPhase::kSince || state.phase == HoldPhase::kLast)
        wishes_[entry->slot.load_relaxed()].add(state.phase, content);  // carried by the state
      drain();
    }
    std::ranges::sort(instants_);
  }

  // What a power cut would leave. Not while one is being made: its writer changes the roots.
  void check_checkpoints() {
    const auto lock = domain_.region().try_lock(kLockCheckpoint);
    if (!lock.ok() || !lock->held()) return;
    // edge: durable
    const std::uint64_t durable = state_.durable_seq.load_seq();
    for (std::uint32_t place = 0; place < kCheckpointRecords; ++place) {
      const auto record = load_checkpoint(domain_, place);
      if (!record || record->sequence < durable) continue;
      where_ = "checkpoint " + std::to_string(record->sequence);
      check_table(*record);
    }
    if (const auto logged = logged_checkpoint(domain_, durable)) {
      where_ = "the redo log";
      check_table(*logged);
    }
  }
  void check_table(const CheckpointRecord& record) {
    const Word table{record.table};
    if (!Vector::is(table)) find("its table is none");
    push(table, Part::kValue, 0, 0);
    drain();
  }

  // Was a version that was current from `from` until `until` so at the instant of a snapshot?
  [[nodiscard]] bool is_in_snapshot(std::uint64_t from, std::uint64_t until) const {
    const auto instant = std::ranges::lower_bound(instants_, from);
    return instant != instants_.end() && *instant < until;
  }

  // ---- versions

  // From the head down to the newest version of before our pin, as far as a cycle keeps the log: what
  // hangs below it waits to be cut, nobody goes there, and the pin protects nothing of it, but for
  // what snapshots show and what the slot is asked to keep. (Of which a cycle that ran when we pinned
  // may not have known: then only the log above.)
  void check_log(std::uint64_t at, bool registry, LogWish wish) {
    bool any = false;
    bool old = false;  // below the newest version of before our pin
    std::uint64_t replaced = ~std::uint64_t{0};
    for (bool newest = true; at != 0;) {
      if (!is_cell(at, sizeof(VersionNode), sizeof(VersionNode))) {
        find("a version at " + std::to_string(at) + " stands where no version can");
        return;
      }
      if (!first_visit(at)) {
        find("the version at " + std::to_string(at) + " is in two logs, or in a circle");
        return;
      }
      const auto& node = *pin_.at<VersionNode>(offset_of(at));
      ++report_.versions;
      report_.bytes += sizeof(VersionNode);
      // edge: stamp
      const std::uint64_t ts = node.ts.load_acquire();
      check_stamp(ts);
      check_record(node, ts == kStampPending);
      // edge: base
      if (const std::uint64_t base = node.base.load_acquire();
          base != 0 && !is_cell(base, sizeof(VersionNode), sizeof(VersionNode))) {
        find("the version at " + std::to_string(at) + " has a base where no version can stand");
      }
      if (node.generation > kGenerationMax) find("a version of a generation that cannot be");
      const Word value{node.value};
      const std::uint64_t stamp = ts >= kStampFirst ? ts - kStampFirst : 0;
      const bool shown =
          !old || replaced >= wish.since || wish.last > 0 || is_in_snapshot(stamp, replaced);
      if (ts != kStampAborted && value != kTombstone && shown) {
        push(value, Part::kValue, 0, 0);
        if (registry && newest && value != kEmptyMap && !is_object(value, ObjectKind::kMapNode)) {
          find("the registry is no map");
        }
        newest = false;
      }
      any = any || value != kTombstone;
      if (ts >= kStampFirst) {
        replaced = stamp;
        old = old || stamp <= since_;
        wish.last -= std::min<std::uint64_t>(wish.last, 1);
        const bool in_no_snapshot = instants_.empty() || stamp <= instants_.front();
        if (old && in_no_snapshot && stamp < wish.since && wish.last == 0) break;
      }
      // edge: log
      at = node.prev.load_acquire();
    }
    report_.slots += any ? 1 : 0;
  }

  void check_stamp(std::uint64_t ts) {
    if (ts < kStampFirst) return;
    // edge: clock (read behind the stamp)
    if (ts - kStampFirst > state_.clock.load_seq()) find("a stamp that lies in the future");
  }

  // The undecided commit of one that died, which whoever comes next will finish. Of a final version
  // only the place: a cycle marks it.
  void check_record(const VersionNode& node, bool undecided) {
    // edge: record
    const std::uint64_t at = node.record.load_acquire();
    if (at == 0) return;
    if (!is_cell(at, kCellBytes[1], kCellBytes[std::size(kCellBytes) - 1])) {
      find("a version whose record at " + std::to_string(at) + " stands where no record can");
      return;
    }
    if (!undecided) return;
    const auto& record = *pin_.at<CommitRecord>(offset_of(at));
    const std::uint64_t room =
        (shape_stride(shape(at / kSlabBytes)) - sizeof record) / sizeof(CommitEntry);
    if (record.entry_count < 2 || record.entry_count > room) {
      find("a commit record of " + std::to_string(record.entry_count) + " slots");
      return;
    }
    // edge: stamp
    check_stamp(record.decision.load_acquire());
    const auto* entries = reinterpret_cast<const CommitEntry*>(&record + 1);
    for (std::uint32_t i = 0; i < record.entry_count; ++i) {
      const CommitEntry& entry = entries[i];
      const bool sorted = i == 0 || entries[i - 1].slot < entry.slot;
      if (!sorted || !reaches([&] { return entry.slot < slots_; }) ||
          entry.generation > kGenerationMax) {
        find("a commit record whose slots cannot be");
      }
      if (Word{entry.value} != kTombstone) push(Word{entry.value}, Part::kValue, 0, 0);
    }
  }

  // ---- values

  void drain() {
    while (!pending_.empty()) {
      const Pending p = pending_.back();
      pending_.pop_back();
      if (p.part == Part::kLeave) {
        set_bit(open_, raw(object_offset(p.word)), false);
      } else {
        check_object(p);
      }
    }
  }

  void push(Word w, Part part, unsigned level, std::uint64_t place, std::uint64_t first = 0,
            bool edge = false) {
    if (is_reference(w)) {
      pending_.push_back({w, part, static_cast<std::uint8_t>(level), place, first, edge});
    } else {
      check_immediate(w);
    }
  }
  void push_values(std::span<const Word> words) {
    for (const Word w : words) push(w, Part::kValue, 0, 0);
  }

  void check_immediate(Word w) {
    if (is_small_int(w) || is_flonum(w)) return;
    if (tag(w) == kTagShortString) return;  // its length has three bits
    const std::uint64_t what = payload(w);
    bool good = true;
    switch (static_cast<Immediate>(w.bits >> 4 & 0xf)) {
      case Immediate::kNil:
        good = what == 0;
        break;
      case Immediate::kBoolean:
        good = what <= 1;
        break;
      case Immediate::kCharacter:
        good = what <= 0x10ffff;
        break;
      case Immediate::kKeyword:
      case Immediate::kSymbol:
        good = what != 0 && reaches([&] { return what < names_; });
        break;
      case Immediate::kRoot:
        good = reaches([&] { return raw(root_ref(w).slot) < slots_; });
        break;
      case Immediate::kEmpty:
        good = w == kEmptyMap || w == kEmptySet || w == kEmptyVector || w == kEmptyList ||
               w == kEmptySortedMap || w == kEmptySortedSet || w == kEmptyIntMap ||
               w == kEmptyQueue;
        break;
      case Immediate::kPrimitive:
        break;  // the vm knows how many there are
      case Immediate::kAbsent:
        break;  // an unset slot of a frame
      default:
        good = false;
    }
    if (!good) find("a word that means nothing here: " + std::to_string(w.bits));
  }

  void check_object(const Pending& p) {
    const Word w = p.word;
    const std::uint64_t at = raw(object_offset(w));
    const bool large =
        at % kSlabBytes == 0 && in_slab_of(SlabKind::kLarge, at, sizeof(ObjectHeader));
    if (!large && !in_slab_of(SlabKind::kValues, at, kGranule)) {
      find("a reference to " + std::to_string(at) + ", where no object can stand");
      return;
    }
    ObjectHeader* h = header_of(pin_, w);
    const std::uint64_t bytes = object_bytes(*h);
    const std::uint64_t room = large ? large_room(at) : kSlabBytes - at % kSlabBytes;
    const ObjectKind kind = tag(w) == kTagString ? ObjectKind::kString : object_kind(w);
    if (h->kind != static_cast<std::uint8_t>(kind) || kind == ObjectKind::kNone ||
        kind >= ObjectKind::kKindEnd || (tag(w) == kTagObject && kind == ObjectKind::kString)) {
      find("the object at " + std::to_string(at) + " is of another kind than its reference says");
      return;
    }
    if (bytes == 0 || bytes > room || (large && bytes <= kSmallMaxBytes) ||
        word_granules(w) != granules_in_word(w, bytes)) {
      find("the object at " + std::to_string(at) + " has a size that cannot be");
      return;
    }
    if (!words_fit(*h, bytes)) {
      find("the object at " + std::to_string(at) + " holds more than its size");
      return;
    }
    if (!is_in_place(p, h, at)) return;
    if (!first_visit(at)) {
      if (bit(open_, at)) find("the value at " + std::to_string(at) + " holds itself");
      return;
    }
    ++report_.objects;
    report_.bytes += bytes;
    const bool is_code = kind == ObjectKind::kClosure || kind == ObjectKind::kFunction ||
                         kind == ObjectKind::kProgram || kind == ObjectKind::kFrame ||
                         kind == ObjectKind::kContinuation;
    if (is_code && check_) code_.push_back(w);
    check_kind(p, h, kind, at);
  }

  [[nodiscard]] std::uint64_t large_room(std::uint64_t at) const {
    const SlabDescriptor& d = map_.descriptor(static_cast<std::uint32_t>(at / kSlabBytes));
    return std::min(d.run_length.load_relaxed() * kSlabBytes,
                    limit_ - at);  // fixed as long as the object lives
  }

  // What an object that is part of another must be, at each place it is met; its parts follow from
  // it, so that they need only be looked at once.
  bool is_in_place(const Pending& p, const ObjectHeader* h, std::uint64_t at) {
    const auto kind = static_cast<ObjectKind>(h->kind);
    const bool part = kind == ObjectKind::kVectorNode || kind == ObjectKind::kRelaxedNode ||
                      kind == ObjectKind::kMapCollision || kind == ObjectKind::kSetCollision ||
                      kind == ObjectKind::kSortedNode;
    const bool trie = kind == ObjectKind::kMapNode || kind == ObjectKind::kSetNode;
    if (p.part == Part::kValue) {
      const bool whole = !part && !(trie && places_.contains(at));
      if (!whole)
        find("the object at " + std::to_string(at) +
             " is part of a collection, and used as a value");
      return whole;
    }
    if (p.part == Part::kListRest) {
      const Word count = record_words(h)[ListField::kCount];
      if (count == int_word(static_cast<std::int64_t>(p.place))) return true;
      find("a list whose count is not what it holds");
      return false;
    }
    if (p.part == Part::kIntMapNode) return is_int_map_in_place(p, h);
    if (p.part == Part::kSortedNode && !is_sorted_node(p, h)) return false;
    const bool met_as_value = trie && bit(seen_, at) && !places_.contains(at);
    const std::uint64_t first = p.part == Part::kQueueNode ? p.first / kRadixWidth : p.first;
    const Place place{p.place, first, p.level};
    const auto [known, fresh] = places_.try_emplace(at, place);
    if (!met_as_value && (fresh || known->second == place)) return true;
    find("the object at " + std::to_string(at) +
         " is part of two collections that cannot share it");
    return false;
  }

  void check_kind(const Pending& p, ObjectHeader* h, ObjectKind kind, std::uint64_t at) {
    const std::span<const Word> words = traced_words(h);
    const bool leaf =
        std::none_of(words.begin(), words.end(), [](Word w) { return is_reference(w); });
    if (kind != ObjectKind::kString &&
        (refers_to_leaf(p.word) != leaf || ((h->flags & kFlagNoReferences) != 0) != leaf)) {
      find("the object at " + std::to_string(at) +
           " is said to hold references and holds none, or the other way round");
    }
    const unsigned allowed =
        kind == ObjectKind::kSortedNode ? kFlagNoReferences | kFlagIntegerKeys : kFlagNoReferences;
    if ((h->flags & ~allowed & ((1U << kFlagScaleShift) - 1)) != 0) {
      find("the object at " + std::to_string(at) + " has flags that no value has");
    }
    if (!leaf) {
      set_bit(open_, at, true);
      pending_.push_back({p.word, Part::kLeave, 0, 0, 0, false});
    }
    switch (kind) {
      case ObjectKind::kDouble:
      case ObjectKind::kInt64:
        return;
      case ObjectKind::kString:
        check_string(p.word, h);
        return;
      case ObjectKind::kMapNode:
        check_trie<2>(p);
        return;
      case ObjectKind::kSetNode:
        check_trie<1>(p);
        return;
      case ObjectKind::kMapCollision:
        check_collision<2>(p);
        return;
      case ObjectKind::kSetCollision:
        check_collision<1>(p);
        return;
      case ObjectKind::kVector:
        check_vector(p.word, words);
        return;
      case ObjectKind::kVectorNode:
        if (p.part == Part::kQueueNode) {
          check_queue_node(p, words);
        } else {
          check_vector_node(p, words);
        }
        return;
      case ObjectKind::kSortedMap:
      case ObjectKind::kSortedSet:
        check_sorted(p.word, words);
        return;
      case ObjectKind::kSortedNode:
        check_sorted_node(p, h);
        return;
      case ObjectKind::kIntMap:
        check_int_map(p.word);
        return;
      case ObjectKind::kQueue:
        check_queue(p.word, words);
        return;
      case ObjectKind::kRelaxedNode:
        check_relaxed_node(p, words, relaxed_ends(h));
        return;
      case ObjectKind::kList:
        check_list(words);
        return;
      case ObjectKind::kBigInt:
      case ObjectKind::kRatio:
      case ObjectKind::kBytes:
      case ObjectKind::kInstant:
      case ObjectKind::kUuid:
      case ObjectKind::kTagged:
      case ObjectKind::kAnnotated:
        if (words.size() != record_words_min(kind)) {
          find("a literal with more words than it has use for");
        }
        check_literal(p.word, kind, words);
        push_values(words);
        return;
      case ObjectKind::kArray:
        check_array(words, *h);
        return;
      case ObjectKind::kLayout:
        if (!is_sound_layout(words)) find("a layout that nobody declared so");
        push_values(words);
        return;
      case ObjectKind::kStruct:
      case ObjectKind::kTensor:
        views_.push_back(h);
        push_values(words);
        return;
      default:
        push_values(words);
    }
  }

  // What holds of the object alone; its words are checked as any others.
  void check_literal(Word w, ObjectKind kind, std::span<const Word> words) {
    switch (kind) {
      case ObjectKind::kBigInt:
        if (!is_canonical_big_int(words[BigIntField::kLimbs], record_raw(header_of(pin_, w))))
          find("a big integer that is not in its one form");
        return;
      case ObjectKind::kRatio:
        if (!is_integer(words[0]) || !is_integer(words[1])) {
          find("a ratio of what are no integers");
        } else {
          ratios_.push_back(w);
        }
        return;
      case ObjectKind::kBytes:
        if (small_int(words[BytesField::kLength]) < 0) find("bytes of a negative length");
        return;
      case ObjectKind::kInstant:
        if (!is_small_int(words[0]) || !is_instant_millis(small_int(words[0])))
          find("an instant that no text can say");
        return;
      case ObjectKind::kTagged:
        if (!is_symbol(words[TaggedField::kTag])) find("a tag that is no symbol");
        return;
      case ObjectKind::kAnnotated:
        if (!takes_meta(words[AnnotatedField::kValue])) find("metadata on what takes none");
        if (!Map::is(words[AnnotatedField::kMetadata])) find("metadata that is no map");
        return;
      default:
        return;
    }
  }

  static bool is_canonical_big_int(Word limbs, const std::byte* raw) {
    const std::int64_t said = small_int(limbs);
    const std::uint64_t count = static_cast<std::uint64_t>(said < 0 ? -said : said);
    if (count == 0 || count > kBigIntLimbsMax) return false;
    std::uint64_t top = 0;
    std::memcpy(&top, raw + (count - 1) * sizeof(top), sizeof(top));
    constexpr std::uint64_t kFits = std::uint64_t{1} << 63;  // as a negative one
    return count > 1 ? top != 0 : said < 0 ? top > kFits : top >= kFits;
  }

  void check_string(Word w, const ObjectHeader* h) {
    const auto& s = *reinterpret_cast<const StringObject*>(h);
    const std::uint64_t hash =
        hash_bytes({reinterpret_cast<const char*>(&s + 1), h->count}, pin_.hash_seed());
    if (s.hash != hash || w.bits >> 54 != hash >> 54)
      find("a string whose bytes do not hash to what it says");
    if (h->count <= kShortStringMax) find("a short string that stands outside its word");
  }

  template <unsigned kWidth>
  void check_trie(const Pending& p) {
    const TrieNode* node = trie_node(pin_, p.word);
    if ((node->data_map & node->node_map) != 0)
      find("a trie node with a child and an entry at one position");
    if (p.level >= kTrieLevels) {
      find("a trie deeper than a hash has bits");
      return;
    }
    const unsigned shift = kTrieBits * p.level;
    std::uint64_t count = bit_count(node->data_map);
    std::uint32_t left = node->node_map;
    for (const Word child : children_of(node)) {
      const auto digit = static_cast<std::uint64_t>(std::countr_zero(left));
      left &= left - 1;
      if ((!is_object(child, kTrieKind<kWidth>) && !is_object(child, kCollisionKind<kWidth>)) ||
          !in_slab_of(SlabKind::kValues, raw(object_offset(child)), kGranule)) {
        find("a trie node with a child that is none");
        continue;
      }
      count += header_of(pin_, child)->count;
      push(child, Part::kTrieNode, p.level + 1, p.place | digit << shift);
    }
    if (count != node->header.count) find("a trie node with a wrong count");
    if (count < (p.level == 0 ? 1 : 2))
      find("a trie node below the root with a single entry, or an empty one");
    left = node->data_map;
    const std::span<const Word> entries = entries_of<kWidth>(node);
    const std::uint64_t mask =
        p.level == kTrieLevels - 1 ? ~std::uint64_t{0} : (std::uint64_t{32} << shift) - 1;
    for (std::size_t i = 0; i < entries.size(); i += kWidth, left &= left - 1) {
      check_key({entries[i], p.place | static_cast<std::uint64_t>(std::countr_zero(left)) << shift,
                 mask});
    }
    push_values(entries);
  }

  template <unsigned kWidth>
  void check_collision(const Pending& p) {
    const CollisionNode* node = collision_node(pin_, p.word);
    if (p.level != kTrieLevels || node->hash != p.place || node->header.count < 2) {
      find("a collision node where none can be");
    }
    const std::span<const Word> entries = entries_of<kWidth>(node);
    for (std::size_t i = 0; i < entries.size(); i += kWidth)
      check_key({entries[i], node->hash, ~std::uint64_t{0}});
    push_values(entries);
  }

  // Immediates now; what refers on when everything was looked at.
  void check_key(const Key& k) {
    if (is_reference(k.key)) {
      keys_.push_back(k);
    } else if (!is_name_word(k.key) && ((hash(pin_, k.key) ^ k.hash) & k.mask) != 0) {
      misplaced();
    } else if (is_name_word(k.key)) {
      keys_.push_back(k);
    }
  }
  static bool is_name_word(Word w) { return is_keyword(w) || is_symbol(w); }
  void misplaced() { find("a trie entry that stands where its key's hash does not lead"); }
  void check_keys() {
    Hasher hasher(pin_);
    for (const Key& k : keys_) {
      if (((hasher.hash(k.key) ^ k.hash) & k.mask) != 0) misplaced();
    }
    for (const IntKey& k : int_keys_) {
      if ((int_map_key(to_int(pin_, k.key)) & k.mask) != k.bits) misplaced();
    }
  }

  void check_ratios() {
    for (const Word w : ratios_) {
      if (!is_reduced(pin_, w)) find("a ratio that is not reduced");
    }
  }

  void check_vector(Word w, std::span<const Word> words) {
    const Word meta = words[VectorField::kMeta];
    const std::uint64_t tail = words.size() - VectorField::kTail;
    if (!is_small_int(meta) || small_int(meta) < 0 || tail > kRadixWidth) {
      find("a vector without its fields");
      return;
    }
    const VectorShape shape = vector_shape(pin_, w);
    const std::uint64_t below = shape.count - tail;
    if (shape.count < tail || !(shape.relaxed ? is_relaxed_shape(shape) : is_strict_shape(shape))) {
      find("a vector whose count is not what it holds");
      return;
    }
    if (below > 0) push(shape.root, Part::kVectorNode, shape.shift / kRadixBits, below);
    push_values(shape.tail);
  }

  // A tree of `below` elements can have that height.
  static bool is_tall_enough(const VectorShape& shape) {
    return shape.shift % kRadixBits == 0 && shape.shift > 0 && shape.shift < 60 &&
           shape.tail_start() <= std::uint64_t{kRadixWidth} << shape.shift;
  }
  static bool is_strict_shape(const VectorShape& shape) {
    const std::uint64_t below = shape.tail_start();
    if (below == 0) return is_nil(shape.root) && shape.shift == 0;
    return is_tall_enough(shape) && below % kRadixWidth == 0 &&
           (shape.shift == kRadixBits || below > std::uint64_t{1} << shape.shift) &&
           is_object(shape.root, ObjectKind::kVectorNode);
  }
  static bool is_relaxed_shape(const VectorShape& shape) {
    const bool broken_leaf =
        is_object(shape.root, ObjectKind::kVectorNode) && shape.tail_start() % kRadixWidth != 0;
    return is_tall_enough(shape) && shape.count > kRadixWidth &&
           (broken_leaf || is_object(shape.root, ObjectKind::kRelaxedNode));
  }

  void check_vector_node(const Pending& p, std::span<const Word> words) {
    const std::uint64_t full = std::uint64_t{1}
                               << (kRadixBits * p.level);  // elements below one word
    if (words.size() > kRadixWidth || words.size() != (p.place + full - 1) / full) {
      find("a vector node that holds not what its place asks for");
      return;
    }
    if (p.level == 0) {
      push_values(words);
      return;
    }
    std::uint64_t left = p.place;
    for (const Word w : words) {
      if (!is_object(w, ObjectKind::kVectorNode)) {
        find("a vector node with a child that is none");
        return;
      }
      push(w, Part::kVectorNode, p.level - 1U, std::min(left, full));
      left -= std::min(left, full);
    }
  }

  // The table must tell how many elements each child has; that they have them is found there.
  void check_relaxed_node(const Pending& p, std::span<const Word> words,
                          const std::uint64_t* ends) {
    const std::uint64_t full = std::uint64_t{1} << (kRadixBits * p.level);
    if (p.level == 0 || words.size() > kRadixWidth || ends[words.size() - 1] != p.place) {
      find("a relaxed vector node that holds not what its place asks for");
      return;
    }
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < words.size(); before = ends[i++]) {
      const bool node = is_object(words[i], ObjectKind::kVectorNode) ||
                        (p.level > 1 && is_object(words[i], ObjectKind::kRelaxedNode));
      if (!node || ends[i] <= before || ends[i] - before > full) {
        find("a relaxed vector node whose size table cannot be");
        return;
      }
      push(words[i], Part::kVectorNode, p.level - 1U, ends[i] - before);
    }
  }

  // ---- sorted maps and sets

  static std::uint64_t sorted_place(Word order, bool map) {
    return order.bits << 1 | (map ? 1 : 0);
  }
  static Word order_of_place(std::uint64_t place) { return {place >> 1}; }
  static bool is_map_place(std::uint64_t place) { return (place & 1) != 0; }

  void check_sorted(Word w, std::span<const Word> words) {
    const Word order = words[SortedField::kOrder];
    const Word meta = words[SortedField::kMeta];
    const Word root = words[SortedField::kRoot];
    const bool known = is_small_int(order) && small_int(order) >= 0 &&
                       small_int(order) <= static_cast<std::int64_t>(BuiltInOrder::kBytes);
    const bool named = is_keyword(order) || is_symbol(order);
    if (words.size() != SortedField::kEnd || (!known && !named) || !is_small_int(meta) ||
        small_int(meta) < 0) {
      find("a sorted collection without its fields");
      return;
    }
    if (named) check_immediate(order);
    const BtreeRoot tree = sorted_root(pin_, w);
    const bool holds = tree.height == 0
                           ? tree.count == 0 && is_nil(root) && order != natural_order().stored
                           : tree.count > 0 && tree.height <= kSortedHeightMax &&
                                 is_object(root, ObjectKind::kSortedNode);
    if (!holds) {
      find("a sorted collection whose count is not what it holds");
      return;
    }
    if (tree.height == 0) return;
    const bool map = object_kind(w) == ObjectKind::kSortedMap;
    push(root, Part::kSortedNode, tree.height - 1, sorted_place(order, map), tree.count, true);
  }

  // As many rows as the node above says, and as many words as they take.
  bool is_sorted_node(const Pending& p, const ObjectHeader* h) {
    const bool good = is_map_place(p.place) ? has_rows<2>(p, h) : has_rows<1>(p, h);
    if (!good) find("a sorted node that holds not what its place asks for");
    return good;
  }
  template <unsigned kRow>
  static bool has_rows(const Pending& p, const ObjectHeader* h) {
    using Layout = BtreeLayout<1, kRow>;
    if (p.level == 0) {
      const std::uint32_t n = Layout::rows(h);
      return n * kRow == h->count && n == p.first && n <= Layout::kLeafMax &&
             n >= (p.edge ? 1 : Layout::kLeafMin);
    }
    const std::uint32_t n = Layout::children(h);
    return n * 2 == h->count && n <= Layout::kInnerMax && n >= (p.edge ? 2 : Layout::kInnerMin) &&
           object_bytes(*h) >= Layout::inner_bytes(n) && Layout::ends(h)[n - 1] == p.first;
  }

  void check_sorted_node(const Pending& p, const ObjectHeader* h) {
    const bool map = is_map_place(p.place);
    using Layout = BtreeLayout<1, 1>;  // inner nodes of maps are the same
    const unsigned stride = p.level == 0 && map ? 2 : 1;
    const std::uint32_t n = p.level == 0 ? h->count / stride : Layout::children(h);
    const Word* keys = record_words(h);
    bool integers = true;
    for (std::uint32_t i = 0; i < n; ++i)
      integers = integers && is_small_int(keys[std::size_t{i} * stride]);
    if (((h->flags & kFlagIntegerKeys) != 0) != integers)
      find(
          "a sorted node that is said to have integer keys and has others, or the other way round");
    sorted_nodes_.push_back({p.word, order_of_place(p.place), p.level, map});
    if (p.level == 0) {
      push_values({keys, h->count});
      return;
    }
    push_values({keys, n});
    std::uint64_t before = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const Word child = *Layout::child(h, i);
      const std::uint64_t end = Layout::ends(h)[i];
      if (end <= before || !is_object(child, ObjectKind::kSortedNode)) {
        find("a sorted node with a child that is none");
        return;
      }
      push(child, Part::kSortedNode, p.level - 1U, p.place, end - before, p.edge && i + 1 == n);
      before = end;
    }
  }

  // Once everything is known to be sound: that keys ascend, in each node and from child to child.
  // An order that this process does not know is not judged: nobody can search by it here.
  void check_sorted_nodes() {
    for (const SortedNode& node : sorted_nodes_) {
      const auto order = load_order(pin_, node.order);
      const bool good = node.map ? is_in_order<2>(node, order) : is_in_order<1>(node, order);
      if (!good) find("a sorted node whose keys do not ascend, or are not those of its children");
    }
  }
  template <unsigned kRow>
  bool is_in_order(const SortedNode& node, const StatusOr<Order>& order) {
    using Layout = BtreeLayout<1, kRow>;
    const auto ascend = [&](const Word* a, const Word* b) {
      return !order.ok() || (*order)(pin_, a, b) < 0;
    };
    const ObjectHeader* h = header_of(pin_, node.word);
    if (node.level == 0) {
      for (std::uint32_t i = 1; i < Layout::rows(h); ++i) {
        if (!ascend(Layout::row(h, i - 1), Layout::row(h, i))) return false;
      }
      return true;
    }
    for (std::uint32_t i = 0; i < Layout::children(h); ++i) {
      if (*record_words(header_of(pin_, *Layout::child(h, i))) != *Layout::key(h, i)) return false;
      if (i > 0 &&
          !ascend(last_row<kRow>(*Layout::child(h, i - 1), node.level - 1U), Layout::key(h, i)))
        return false;
    }
    return true;
  }
  template <unsigned kRow>
  const Word* last_row(Word w, unsigned level) const {
    using Layout = BtreeLayout<1, kRow>;
    const ObjectHeader* h = header_of(pin_, w);
    for (; level > 0; --level) h = header_of(pin_, *Layout::child(h, Layout::children(h) - 1));
    return Layout::row(h, Layout::rows(h) - 1);
  }

  // ---- int maps

  // As a child: below its parent's level, with the bits that lead there.
  bool is_int_map_in_place(const Pending& p, const ObjectHeader* h) {
    const auto* node = reinterpret_cast<const IntMapNode*>(h);
    const bool good = level_of(node) < p.level && node->header.count >= 2 &&
                      (prefix_of(node) & ~std::uint64_t{0} << (kTrieBits * p.level)) == p.place;
    if (!good) find("an int map node where its keys do not lead");
    return good;
  }

  void check_int_map(Word w) {
    const IntMapNode* node = int_map_node(pin_, w);
    const unsigned level = level_of(node);
    const std::uint32_t all = node->data_map | node->node_map;
    if ((node->data_map & node->node_map) != 0 || level >= kIntMapLevels ||
        int_map_prefix(prefix_of(node), level) != prefix_of(node) ||
        (level + 1 == kIntMapLevels && all >> 16 != 0)) {
      find("an int map node that is none");
      return;
    }
    const bool single = node->data_map == all && std::has_single_bit(all) && level == 0;
    if (!single && (all & (all - 1)) == 0) find("an int map node with a single position");
    std::uint64_t count = bit_count(node->data_map);
    for (std::uint32_t left = all; left != 0; left &= left - 1) {
      const std::uint32_t bit = left & -left;
      const std::uint64_t place =
          prefix_of(node) | static_cast<std::uint64_t>(std::countr_zero(bit))
                                << (kTrieBits * level);
      if ((node->data_map & bit) != 0) {
        check_int_key(int_map_entry(node, bit)[0], place, level);
        push_values({int_map_entry(node, bit), 2});
        continue;
      }
      const Word child = *int_map_child(node, bit);
      if (!is_object(child, ObjectKind::kIntMap) ||
          !in_slab_of(SlabKind::kValues, raw(object_offset(child)), kGranule)) {
        find("an int map node with a child that is none");
        continue;
      }
      count += header_of(pin_, child)->count;
      push(child, Part::kIntMapNode, level, place);
    }
    if (count != node->header.count) find("an int map node with a wrong count");
  }

  void check_int_key(Word key, std::uint64_t place, unsigned level) {
    const std::uint64_t mask = ~std::uint64_t{0} << (kTrieBits * level);
    if (is_object(key, ObjectKind::kInt64)) {
      int_keys_.push_back({key, place, mask});
    } else if (!is_small_int(key) || (int_map_key(small_int(key)) & mask) != place) {
      misplaced();
    }
  }

  // ---- queues

  void check_queue(Word w, std::span<const Word> words) {
    const Word meta = words[QueueField::kMeta];
    const Word head = words[QueueField::kHead];
    const std::uint64_t tail = words.size() - QueueField::kTail;
    if (!is_small_int(meta) || small_int(meta) < 0 || !is_small_int(head) || small_int(head) < 0 ||
        tail > kRadixWidth) {
      find("a queue without its fields");
      return;
    }
    const QueueShape shape = queue_shape(pin_, w);
    const std::uint64_t below = shape.count - tail;
    const std::uint64_t end = shape.head + below;
    const bool tree = shape.shift % kRadixBits == 0 && shape.shift > 0 && shape.shift < 55 &&
                      end % kRadixWidth == 0 && end >> shape.shift <= kRadixWidth &&
                      end <= std::uint64_t{kRadixWidth} << shape.shift &&
                      is_object(shape.root, ObjectKind::kVectorNode);
    const bool holds =
        below == 0 ? is_nil(shape.root) && shape.shift == 0 && shape.head == 0 : tree;
    if (shape.count < tail || !holds) {
      find("a queue whose count is not what it holds");
      return;
    }
    if (below > 0) push(shape.root, Part::kQueueNode, shape.shift / kRadixBits, end, shape.head);
    push_values(shape.tail);
  }

  void check_queue_node(const Pending& p, std::span<const Word> words) {
    const std::uint64_t full = std::uint64_t{1} << (kRadixBits * p.level);
    if (words.size() > kRadixWidth || words.size() != (p.place + full - 1) / full) {
      find("a queue's node that holds not what its place asks for");
      return;
    }
    if (p.level == 0) {
      push_values(words);
      return;
    }
    for (std::uint64_t i = 0; i < words.size(); ++i) {
      const Word child = words[static_cast<std::size_t>(i)];
      const std::uint64_t start = i * full;
      const bool dropped = start + full <= p.first;
      if (dropped ? !is_nil(child) : !is_object(child, ObjectKind::kVectorNode)) {
        find("a queue's node that has lost a child, or kept one");
        return;
      }
      if (!dropped)
        push(child, Part::kQueueNode, p.level - 1U, std::min(p.place - start, full),
             p.first > start ? p.first - start : 0);
    }
  }

  void check_list(std::span<const Word> words) {
    const Word count = words[ListField::kCount];
    const Word next = words[ListField::kNext];
    const std::uint64_t here = words.size() - ListField::kItems;
    if (!is_small_int(count) || small_int(count) < static_cast<std::int64_t>(here) ||
        here > kListChunk ||
        is_nil(next) != (small_int(count) == static_cast<std::int64_t>(here)) ||
        (!is_nil(next) && !is_object(next, ObjectKind::kList))) {
      find("a list whose count is not what it holds");
      return;
    }
    push_values(words.subspan(ListField::kItems));
    push(next, Part::kListRest, 0, static_cast<std::uint64_t>(small_int(count)) - here);
  }

  // Elements are any numbers, and change meanwhile: they are not looked at.
  void check_array(std::span<const Word> words, const ObjectHeader& h) {
    const Word type = words[ArrayField::kType];
    const Word count = words[ArrayField::kCount];
    const bool fields = is_small_int(type) && small_int(type) > 0 &&
                        small_int(type) < static_cast<std::int64_t>(ElementType::kEnd) &&
                        is_small_int(count) && small_int(count) >= 0 &&
                        is_small_int(words[ArrayField::kIdentity]);
    if (!fields || static_cast<std::uint64_t>(small_int(count)) > kCapacityMax ||
        !raw_record_fits(h, ArrayField::kEnd,
                         static_cast<std::uint64_t>(small_int(count)) *
                             element_bytes(static_cast<ElementType>(small_int(type))))) {
      find("an array that is longer than its object, or of no element type");
    }
  }

  // What these hold follows from a layout or an array, which is only known to be one at the end.
  void check_views() {
    for (const ObjectHeader* h : views_) {
      if (h->kind == static_cast<std::uint8_t>(ObjectKind::kStruct)) {
        if (!is_sound_struct(pin_, *h)) find("a struct that is not as its layout says");
      } else if (!is_sound_tensor(pin_, {record_words(h), h->count})) {
        find("a tensor that sees more than its array");
      }
    }
  }

  const CodeCheck& check_;
  std::vector<Word> code_;  // what it is asked about
  Domain& domain_;
  const DomainState& state_;
  const Pin& pin_;
  SlabMap map_;
  std::uint64_t since_;
  bool idle_;  // no cycle ran when we pinned
  std::uint64_t limit_ = 0;
  std::uint32_t names_ = 0;
  std::uint32_t slots_ = 0;
  Bits seen_;  // a bit a granule: an object or a version starts there and was met
  Bits open_;  // ... and we are inside of it
  std::unordered_map<std::uint64_t, Place> places_;    // of parts of collections
  std::vector<std::uint64_t> instants_;                // of snapshots, sorted
  std::unordered_map<std::uint64_t, LogWish> wishes_;  // by slot
  std::vector<Pending> pending_;
  std::vector<Key> keys_;
  std::vector<Word> ratios_;
  std::vector<const ObjectHeader*> views_;
  std::vector<IntKey> int_keys_;
  std::vector<SortedNode> sorted_nodes_;
  std::string where_;
  VerifyReport report_;
};

}  // namespace

VerifyReport verify_value(const Pin& pin, Word value) {
  return Verifier(pin.worker(), pin).run_value(value);
}

VerifyReport verify(Worker& worker, const CodeCheck& check) {
  const Pin pin(worker);
  return Verifier(worker, pin, check).run();
}

Status trust(Worker& worker, const CodeCheck& check) {
  Domain& domain = worker.domain();
  if (domain.known_here()) return {};
  const VerifyReport report = verify(worker, check);
  if (!report.clean()) {
    return data_loss("open domain " + domain.path() +
                     ": it is damaged: " + report.findings.front() + "; yin verify says more");
  }
  domain.accept();
  return {};
}

}  // namespace yin::substrate
