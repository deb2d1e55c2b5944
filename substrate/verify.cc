#include "substrate/verify.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "substrate/internal/trace.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/value.h"

namespace yin::substrate {

namespace {

constexpr std::size_t kFindingsKept = 20;

class Verifier {
 public:
  Verifier(Worker& worker, const Pin& pin)
      : domain_(worker.domain()),
        pin_(pin),
        map_(domain_),
        // edge: committed
        limit_(std::min(domain_.state().committed_bytes.load_acquire(),
                        domain_.state().next_slab.load_acquire() * kSlabBytes)),  // edge: committed
        names_(domain_.state().next_name.load_relaxed()),  // ids below exist or are holes
        seen_(limit_ / kGranule / 64 + 1) {}

  VerifyReport run() {
    // edge: slot-made
    const std::uint32_t slots = domain_.state().next_slot.load_acquire();
    slots_ = slots;
    for (std::uint32_t i = 0; i < slots; ++i) {
      const auto* slot = table_find<RootSlot>(domain_, domain_.state().slots, kSlotTable, i);
      if (slot == nullptr) {
        find("slot " + std::to_string(i) + " has no place in the table");
        break;
      }
      where_ = "slot " + std::to_string(i);
      // edge: head
      check_log(slot->head.load_acquire());
      drain();
    }
    return std::move(report_);
  }

 private:
  // A trie node knows where it stands by its level and the hash bits of the path to it.
  struct Pending {
    Word word;
    int level;  // trie nodes: 0 for a root; vector nodes: their shift; -1: whatever it is
    std::uint64_t path;
  };

  void find(const std::string& what) {
    ++report_.finding_count;
    if (report_.findings.size() < kFindingsKept) report_.findings.push_back(where_ + ": " + what);
  }

  // True the first time; offsets were checked.
  bool first_visit(std::uint64_t at) {
    std::uint64_t& word = seen_[at / kGranule / 64];
    const std::uint64_t bit = std::uint64_t{1} << at / kGranule % 64;
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }

  [[nodiscard]] bool in_slab_of(SlabKind kind, std::uint64_t at, std::uint64_t bytes) const {
    if (at % kGranule != 0 || at >= limit_ || bytes > limit_ - at) return false;
    const auto slab = static_cast<std::uint32_t>(at / kSlabBytes);
    return !map_.is_lead(slab) && shape_kind(map_.descriptor(slab).shape.load_relaxed()) == kind;
  }

  void check_log(std::uint64_t at) {
    bool any = false;
    while (at != 0) {
      if (!in_slab_of(SlabKind::kCells, at, sizeof(VersionNode))) {
        find("a version at " + std::to_string(at) + " stands outside the slabs of cells");
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
      if (node.ts.load_acquire() != kStampAborted) push(Word{node.value}, -1, 0);
      any = any || node.value != kTombstone.bits;
      // edge: log
      at = node.prev.load_acquire();
    }
    report_.slots += any ? 1 : 0;
  }

  void drain() {
    while (!pending_.empty()) {
      const Pending p = pending_.back();
      pending_.pop_back();
      check_object(p);
    }
  }

  void push(Word w, int level, std::uint64_t path) {
    if (is_reference(w)) {
      pending_.push_back({w, level, path});
    } else {
      check_immediate(w);
    }
  }

  void check_immediate(Word w) {
    if (is_small_int(w) || (w.bits & 3) == 2) return;
    if (tag(w) == kTagShortString) {
      if ((w.bits >> 4 & 0xf) > kShortStringMax) find("a short string of more than 7 bytes");
      return;
    }
    const auto which = static_cast<Immediate>(w.bits >> 4 & 0xf);
    if (which > Immediate::kAbsent) find("a word of no known kind: " + std::to_string(w.bits));
    if ((which == Immediate::kKeyword || which == Immediate::kSymbol) && payload(w) >= names_) {
      find("a name that was never interned: " + std::to_string(payload(w)));
    }
    if (which == Immediate::kRoot && raw(root_ref(w).slot) >= slots_) {
      find("a reference to slot " + std::to_string(raw(root_ref(w).slot)) +
           ", which was never used");
    }
  }

  void check_object(const Pending& p) {
    const Word w = p.word;
    const std::uint64_t at = raw(object_offset(w));
    const bool large =
        in_slab_of(SlabKind::kLarge, at, sizeof(ObjectHeader)) && at % kSlabBytes == 0;
    if (!large && !in_slab_of(SlabKind::kValues, at, kGranule)) {
      find("a reference to " + std::to_string(at) + ", where no object can stand");
      return;
    }
    ObjectHeader* h = header_of(pin_, w);
    const std::uint64_t bytes = object_bytes(*h);
    const std::uint64_t room =
        large ? std::min(std::uint64_t{map_.descriptor(static_cast<std::uint32_t>(at / kSlabBytes))
                                           .run_length.load_relaxed()} *
                             kSlabBytes,
                         limit_ - at)
              : kSlabBytes - at % kSlabBytes;
    const ObjectKind kind = tag(w) == kTagString ? ObjectKind::kString : object_kind(w);
    if (h->kind != static_cast<std::uint8_t>(kind) || kind == ObjectKind::kNone ||
        kind >= ObjectKind::kKindEnd) {
      find("the object at " + std::to_string(at) + " is of another kind than its reference says");
      return;
    }
    if (bytes == 0 || bytes > room ||
        (word_granules(w) != 0 && word_granules(w) * kGranule != bytes)) {
      find("the object at " + std::to_string(at) + " has a size that cannot be");
      return;
    }
    // Trie nodes are checked for the place they are met at; everything else once.
    if (!first_visit(at)) return;
    ++report_.objects;
    report_.bytes += bytes;
    if (!words_fit(*h, bytes)) {
      find("the object at " + std::to_string(at) + " holds more than its size");
      return;
    }
    check_kind(p, h, kind, bytes);
  }

  static bool words_fit(const ObjectHeader& h, std::uint64_t bytes) {
    const auto kind = static_cast<ObjectKind>(h.kind);
    switch (kind) {
      case ObjectKind::kDouble:
      case ObjectKind::kInt64:
        return bytes >= sizeof(NumberObject);
      case ObjectKind::kString:
        return bytes >= sizeof(StringObject) + std::uint64_t{h.count};
      case ObjectKind::kMapNode:
      case ObjectKind::kSetNode: {
        const auto& node = *reinterpret_cast<const TrieNode*>(&h);
        const unsigned width = kind == ObjectKind::kMapNode ? 2 : 1;
        return bytes >=
               sizeof(TrieNode) + 8 * (static_cast<unsigned>(std::popcount(node.node_map)) +
                                       width * static_cast<unsigned>(std::popcount(node.data_map)));
      }
      case ObjectKind::kMapCollision:
        return bytes >= sizeof(CollisionNode) + 16 * std::uint64_t{h.count};
      case ObjectKind::kSetCollision:
        return bytes >= sizeof(CollisionNode) + 8 * std::uint64_t{h.count};
      default:
        return bytes >= sizeof(ObjectHeader) + 8 * std::uint64_t{h.count};
    }
  }

  void check_kind(const Pending& p, ObjectHeader* h, ObjectKind kind, std::uint64_t) {
    const auto words = traced_words(h);
    const bool leaf =
        std::none_of(words.begin(), words.end(), [](Word w) { return is_reference(w); });
    if (kind != ObjectKind::kString && refers_to_leaf(p.word) && !leaf) {
      find("an object marked as holding no references holds one");
    }
    switch (kind) {
      case ObjectKind::kString:
        check_string(p.word, h);
        return;
      case ObjectKind::kMapNode:
      case ObjectKind::kSetNode:
        check_trie(p, h, kind == ObjectKind::kMapNode ? 2 : 1);
        return;
      case ObjectKind::kVector:
        check_vector(h);
        return;
      default:
        for (const Word w : words) push(w, -1, 0);
    }
  }

  void check_string(Word w, const ObjectHeader* h) {
    const auto& s = *reinterpret_cast<const StringObject*>(h);
    const std::uint64_t hash =
        hash_bytes({reinterpret_cast<const char*>(&s + 1), h->count}, pin_.hash_seed());
    if (s.hash != hash || w.bits >> 54 != hash >> 54)
      find("a string whose bytes do not hash to what it says");
    if (h->count <= kShortStringMax) find("a short string that stands outside its word");
  }

  void check_trie(const Pending& p, ObjectHeader* h, unsigned width) {
    const auto& node = *reinterpret_cast<const TrieNode*>(h);
    const auto words = traced_words(h);
    const int level = std::max(p.level, 0);
    if ((node.data_map & node.node_map) != 0)
      find("a trie node with a child and an entry at one position");
    if (level >= static_cast<int>(kTrieLevels)) {
      find("a trie deeper than a hash has bits");
      return;
    }
    const auto children = static_cast<std::size_t>(std::popcount(node.node_map));
    std::uint64_t count = static_cast<std::uint64_t>(std::popcount(node.data_map));
    if (level > 0 && children == 0 && count < 2)
      find("a trie node below the root with a single entry");
    std::uint32_t positions = node.node_map;
    for (std::size_t i = 0; i < children; ++i, positions &= positions - 1) {
      const auto position = static_cast<std::uint64_t>(std::countr_zero(positions));
      const Word child = words[i];
      const ObjectKind own = static_cast<ObjectKind>(h->kind);
      const auto collision = static_cast<ObjectKind>(static_cast<int>(own) + 1);
      if (!is_object(child, own) && !is_object(child, collision)) {
        find("a trie node with a child that is none");
        continue;
      }
      if (!in_slab_of(SlabKind::kValues, raw(object_offset(child)), kGranule)) {
        find("a trie node with a child where no object can stand");
        continue;
      }
      count += header_of(pin_, child)->count;
      push(child, level + 1, p.path | position << (kTrieBits * static_cast<unsigned>(level)));
    }
    if (count != h->count) find("a trie node with a wrong count");
    positions = node.data_map;
    for (std::size_t at = children; at < words.size(); at += width, positions &= positions - 1) {
      for (unsigned i = 0; i < width; ++i) push(words[at + i], -1, 0);
      const Word key = words[at];
      if (is_reference(key))
        continue;  // its hash is looked at only through lookups: it may not be checked yet
      const auto position = static_cast<std::uint64_t>(std::countr_zero(positions));
      const unsigned shift = kTrieBits * static_cast<unsigned>(level);
      const std::uint64_t below = hash(pin_, key) & ((std::uint64_t{1} << shift) - 1);
      if ((hash(pin_, key) >> shift & 31) != position || (p.level > 0 && below != p.path)) {
        find("a trie entry that stands where its key's hash does not lead");
      }
    }
  }

  void check_vector(ObjectHeader* h) {
    const auto words = traced_words(h);
    if (words.size() < VectorField::kTail + 1 || !is_small_int(words[VectorField::kMeta])) {
      find("a vector without its fields");
      return;
    }
    const std::int64_t meta = small_int(words[VectorField::kMeta]);
    const std::int64_t count = meta >> 8;
    const auto tail = static_cast<std::int64_t>(words.size() - VectorField::kTail);
    const bool has_root = is_object(words[VectorField::kRoot], ObjectKind::kVectorNode);
    if (tail > 32 || count < tail || (count - tail) % 32 != 0 || (count > tail) != has_root) {
      find("a vector whose count is not what it holds");
    }
    for (std::size_t i = VectorField::kRoot; i < words.size(); ++i) push(words[i], -1, 0);
  }

  Domain& domain_;
  const Pin& pin_;
  SlabMap map_;
  std::uint64_t limit_;
  std::uint32_t names_;
  std::uint32_t slots_ = 0;
  std::vector<std::uint64_t> seen_;
  std::vector<Pending> pending_;
  std::string where_;
  VerifyReport report_;
};

}  // namespace

VerifyReport verify(Worker& worker) {
  const Pin pin(worker);
  return Verifier(worker, pin).run();
}

}  // namespace yin::substrate
