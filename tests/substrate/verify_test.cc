#include "substrate/verify.h"

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "substrate/array.h"
#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/int_map.h"
#include "substrate/intern.h"
#include "substrate/internal/btree.h"
#include "substrate/internal/radix.h"
#include "substrate/internal/trie.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/queue.h"
#include "substrate/read.h"
#include "substrate/set.h"
#include "substrate/slab.h"
#include "substrate/sorted_map.h"
#include "substrate/sorted_set.h"
#include "substrate/struct.h"
#include "substrate/table.h"
#include "substrate/tensor.h"
#include "substrate/vector.h"
#include "tests/substrate/dying_commit.h"
#include "tests/substrate/random_value.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"
#include "tests/support/test_domain.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

constexpr int kAtoms = 24;

RootRef atom(Worker& worker, const std::string& name) {
  const Pin pin(worker);
  const auto ref = open_atom(pin, name, kNil);
  check(ref.ok(), "no atom");
  return *ref;
}
RootRef numbered(Worker& worker, int i) { return atom(worker, "atom number " + std::to_string(i)); }

// An array, a tensor of it and a struct.
Word numbers(Edit& edit, Random& random) {
  const std::uint64_t rows = 1 + random.below(100);
  const auto type = static_cast<ElementType>(1 + random.below(10));
  const Array array = *Array::make(edit, type, 4 * rows);
  const std::uint64_t sizes[] = {4, rows};
  const FieldSpec fields[] = {
      {keyword(edit.pin(), "x"), type},
      {keyword(edit.pin(), "of"), ElementType::kWord, FieldAccess::kImmutable}};
  const Word values[] = {int_word(1), array.word};
  const Struct s =
      *Struct::make(edit, *Layout::declare(edit, fields), Arrangement::kColumns, rows, values);
  const Word all[] = {Tensor::of(edit, array, sizes)->word, s.word};
  return Vector::from(edit, all).word;
}

// A tree of one of the kinds that keep an order, small or of several levels.
Word ordered_value(Edit& edit, Random& random, int kind) {
  const std::uint64_t size = random.below(random.one_in(2) ? 20 : 4'000);
  std::vector<Word> items;
  std::vector<MapEntry> entries;
  IntMap ints;
  for (std::uint64_t i = 0; i < size; ++i) {
    const Word item = random.one_in(9) ? from_string(edit, "item number " + std::to_string(i))
                                       : int_word(static_cast<std::int64_t>(i));
    items.push_back(item);
    entries.push_back({item, item});
    if (kind == 2) ints = ints.assoc(edit, static_cast<std::int64_t>(random.bits() >> 40), item);
  }
  if (kind == 0) return SortedMap::from(edit, entries).word;
  if (kind == 1) return SortedSet::from(edit, items, reverse_order()).word;
  if (kind == 2) return ints.word;
  return Queue::from(edit, items).drop(edit, random.below(size / 2 + 1)).word;
}

// Values of every kind, old versions, a deleted root.
void enrich(Worker& worker, Random& random) {
  for (int i = 0; i < kAtoms; ++i) {
    const RootRef ref = numbered(worker, i);
    for (int version = 0; version < 2; ++version) {
      const Pin pin(worker);
      const auto swapped = swap(pin, ref, [&](Edit& edit, Word) {
        if (i == 0) return from_string(edit, std::string(100'000, 'x'));
        if (i == 1) return numbers(edit, random);
        if (i % 6 == 5) return ordered_value(edit, random, i % 4);
        return random_value(edit, random, i % 5);
      });
      check(swapped.ok(), swapped.status().message().c_str());
    }
  }
  const Pin pin(worker);
  const auto gone = new_root(pin, RootKind::kAtom);
  check(gone.ok(), "no root");
  const Change made[] = {{gone->ref, gone->expected, int_word(1)}};
  if (commit(pin, made) == CommitOutcome::kCommitted)
    check(reset_root(pin, gone->ref, kTombstone).ok(), "not deleted");
}

// A domain that has one of each thing to be damaged, and where it stands.
struct Rich {
  TestDomain t;
  Pin pin{*t.worker};
  Edit edit = Edit::in_slab(pin);
  Word string = from_string(edit, "a string of some length");
  Word map, set, vector, list;
  RootRef a = atom(*t.worker, "a");
  RootRef b = atom(*t.worker, "b");

  Rich() {
    std::vector<MapEntry> entries;
    std::vector<Word> items;
    for (int i = 0; i < 2'000; ++i) {
      entries.push_back(
          {i % 3 == 0 ? from_string(edit, "key number " + std::to_string(i)) : int_word(i),
           int_word(i)});
      items.push_back(i % 100 == 0 ? string : keyword(pin, "k" + std::to_string(i)));
    }
    map = Map::from(edit, entries).word;
    set = Set::from(edit, items).word;
    vector = Vector::from(edit, items).word;
    list = List::from(edit, items).word;
    const Word all[] = {
        string, map, set, vector, list, from_double(edit, 1e300), from_int(edit, kIntMax + 1)};
    check(reset_root(pin, a, Vector::from(edit, all).word).ok(), "no room");
    check(reset_root(pin, b, int_word(1)).ok(), "no room");
    check(reset_root(pin, b, int_word(2)).ok(), "no room");
  }

  [[nodiscard]] ObjectHeader* header(Word w) const { return header_of(pin, w); }
  [[nodiscard]] VersionNode* version(RootRef ref) const {
    return pin.at<VersionNode>(read_root(pin, ref).version);
  }
  [[nodiscard]] Word all() const { return *deref(pin, a); }

  // Puts `value` at `at`, has the domain verified, and takes it back. What is said of it.
  template <class T>
  std::string damage(T* at, T value) {
    T before;
    std::memcpy(&before, at, sizeof(T));
    REQUIRE(std::memcmp(&before, &value, sizeof(T)) != 0);
    std::memcpy(at, &value, sizeof(T));
    const VerifyReport report = verify(*t.worker);
    std::memcpy(at, &before, sizeof(T));
    return report.clean() ? "" : report.findings.front();
  }
};

Word child_of(const Rich& r, Word trie) { return children_of(trie_node(r.pin, trie))[0]; }

}  // namespace

TEST_CASE("a rich domain is clean, before and after cycles and when it is opened again") {
  const Scratch scratch;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int round = 0; round < yin::test::effort(10); ++round) {
    const auto domain = open_domain({.path = scratch.file("a.yin")});
    const auto worker = join(*domain);
    enrich(*worker, random);
    for (int i = 0; i < 2; ++i) {
      const VerifyReport report = verify(*worker);
      INFO((report.clean() ? "" : report.findings.front()));
      REQUIRE(report.clean());
      REQUIRE(report.slots > kAtoms);
      REQUIRE(report.objects > 20);
      REQUIRE(collect(*worker).ok());
    }
  }
}

TEST_CASE("a domain is clean at any moment while others write and collect") {
  const TestDomain t;
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  SharedHalf stop{};
  std::vector<std::thread> threads;
  for (std::uint64_t self = 0; self < 2; ++self) {
    threads.emplace_back([&, self] {
      const auto worker = join(*t.domain);
      Random random(seed + self);
      while (stop.load_seq() == 0) {
        while (stop.load_seq() == 0 && collection_overdue(*t.domain)) park_on(stop, 0, 1);
        enrich(*worker, random);
        const Pin pin(*worker);
        (void)keyword(pin, "key" + std::to_string(random.bits()));
        (void)new_root(pin, RootKind::kAtom).ok();
      }
    });
  }
  threads.emplace_back([&] {
    const auto worker = join(*t.domain);
    while (stop.load_seq() == 0) (void)collect(*worker).ok();
  });
  std::vector<std::string> findings;
  for (int i = 0; i < yin::test::effort(60) && findings.empty(); ++i)
    findings = verify(*t.worker).findings;
  stop.store_seq(1);
  for (std::thread& thread : threads) thread.join();
  INFO((findings.empty() ? "" : findings.front()));
  CHECK(findings.empty());
}

TEST_CASE("damaged versions are found") {
  Rich r;
  RootSlot& slot = root_slot(*r.t.domain, r.b.slot);
  VersionNode* node = r.version(r.b);
  REQUIRE(verify(*r.t.worker).clean());
  const std::uint64_t head = slot.head.load_seq();
  auto* head_word = reinterpret_cast<std::uint64_t*>(&slot.head);
  CHECK(r.damage(head_word, head + 16) != "");
  CHECK(r.damage(head_word, head + 8) != "");
  CHECK(r.damage(head_word, raw(object_offset(r.string))) != "");
  CHECK(r.damage(head_word, std::uint64_t{1} << 60) != "");
  CHECK(r.damage(head_word, root_slot(*r.t.domain, r.a.slot).head.load_seq()) !=
        "");  // in two logs
  auto* words = reinterpret_cast<std::uint64_t*>(node);
  CHECK(r.damage(words + 0, std::uint64_t{1} << 40) != "");  // stamp
  CHECK(r.damage(words + 2, std::uint64_t{12'345}) != "");   // record, of no use any more
  CHECK(r.damage(words + 2, std::uint64_t{1} << 45) != "");
  CHECK(r.damage(words + 3, std::uint64_t{12'345}) != "");  // base
  CHECK(r.damage(words + 4, head) != "");                   // prev: a circle
  CHECK(r.damage(&node->generation, kGenerationMax + 1) != "");
  CHECK(r.damage(&node->value, kAbsent.bits + 16) != "");
  auto* registry = reinterpret_cast<VersionNode*>(
      r.t.domain->base() + root_slot(*r.t.domain, SlotIndex{0}).head.load_seq());
  CHECK(r.damage(&registry->value, int_word(1).bits) != "");
  CHECK(verify(*r.t.worker).clean());
}

TEST_CASE("damage in versions that are only kept for retention is found") {
  TestDomain t;
  const RootRef ref = numbered(*t.worker, 0);
  {
    const Pin pin(*t.worker);
    REQUIRE(retain(pin, ref, 3).ok());
  }
  for (int i = 0; i < 6; ++i) {
    {
      const Pin pin(*t.worker);
      Edit edit = Edit::in_slab(pin);
      REQUIRE(reset_root(pin, ref, from_string(edit, "text " + std::to_string(i))).ok());
    }
    REQUIRE(collect(*t.worker).ok());
  }
  REQUIRE(verify(*t.worker).clean());
  const auto older_than = [&](const VersionNode& node) {
    return reinterpret_cast<VersionNode*>(t.domain->base() + node.prev.load_seq());
  };
  const auto* newest = reinterpret_cast<VersionNode*>(
      t.domain->base() + root_slot(*t.domain, ref.slot).head.load_seq());
  VersionNode* oldest = older_than(*older_than(*newest));
  oldest->value = kAbsent.bits + 16;
  CHECK_FALSE(verify(*t.worker).clean());
}

TEST_CASE("a damaged undecided commit is found") {
  Rich r;
  DyingCommit dying(r.pin, {{r.a, read_root(r.pin, r.a).version, int_word(5)},
                            {r.b, read_root(r.pin, r.b).version, r.string}});
  dying.install(0);
  REQUIRE(verify(*r.t.worker).clean());
  auto* record = r.pin.at<CommitRecord>(dying.at());
  auto* entries = reinterpret_cast<CommitEntry*>(record + 1);
  CHECK(r.damage(&record->entry_count, 1u) != "");
  CHECK(r.damage(&record->entry_count, 60'000u) != "");
  CHECK(r.damage(&entries[1].slot, 4'000'000'000u) != "");
  CHECK(r.damage(&entries[1].slot, entries[0].slot) != "");
  CHECK(r.damage(&entries[1].value, r.string.bits + 16) != "");
  CHECK(r.damage(reinterpret_cast<std::uint64_t*>(record), std::uint64_t{1} << 40) != "");
  const std::uint64_t head = root_slot(*r.t.domain, r.a.slot).head.load_seq();
  CHECK(r.damage(reinterpret_cast<std::uint64_t*>(r.t.domain->base() + head) + 2,
                 raw(object_offset(r.string))) != "");
}

TEST_CASE("damaged objects are found") {
  Rich r;
  REQUIRE(verify(*r.t.worker).clean());
  for (const Word w : {r.string, r.map, r.set, r.vector, r.list}) {
    INFO(kind_name(w));
    ObjectHeader* h = r.header(w);
    CHECK(r.damage(&h->kind, static_cast<std::uint8_t>(ObjectKind::kClosure)) != "");
    CHECK(r.damage(&h->kind, std::uint8_t{0}) != "");
    CHECK(r.damage(&h->kind, std::uint8_t{200}) != "");
    CHECK(r.damage(&h->granules, std::uint16_t{0}) != "");
    CHECK(r.damage(&h->granules, std::uint16_t{60'000}) != "");
    CHECK(r.damage(&h->count, h->count + 1) != "");
    CHECK(r.damage(&h->count, h->count - 1) != "");
    CHECK(r.damage(&h->count, ~0u) != "");
    if (w != r.string)
      CHECK(r.damage(&h->flags, static_cast<std::uint8_t>(h->flags ^ kFlagNoReferences)) != "");
    for (const std::uint8_t flag : {kFlagOwned, kFlagIntegerKeys})
      CHECK(r.damage(&h->flags, static_cast<std::uint8_t>(h->flags | flag)) != "");
  }
  CHECK(r.damage(reinterpret_cast<char*>(r.header(r.string)) + 20, '!') != "");
  CHECK(r.damage(reinterpret_cast<std::uint64_t*>(r.header(r.string)) + 1, std::uint64_t{7}) != "");
}

TEST_CASE("damaged words are found") {
  Rich r;
  REQUIRE(verify(*r.t.worker).clean());
  Word* words = record_words(r.header(r.all()));
  Word& word = words[VectorField::kTail + 1];  // of the map
  REQUIRE(word == r.map);
  constexpr std::uint64_t kLeafBit = std::uint64_t{1} << 57;
  CHECK(r.damage(&word.bits, word.bits ^ kLeafBit) != "");
  CHECK(r.damage(&word.bits, word.bits + kGranule) != "");
  CHECK(r.damage(&word.bits, word.bits ^ std::uint64_t{3} << 58) != "");
  CHECK(r.damage(&word.bits, word.bits + (std::uint64_t{1} << 48)) != "");
  CHECK(r.damage(&word.bits, word.bits & ~(std::uint64_t{0x1ff} << 48)) != "");
  CHECK(r.damage(&word.bits, word.bits | kOffsetMask) != "");
  CHECK(r.damage(&word.bits, r.all().bits) != "");  // holds itself
  for (const Word bad :
       {kTombstone, immediate(Immediate::kBoolean, 2), immediate(Immediate::kCharacter, 0x110000),
        keyword_word(NameId{1'000'000}), symbol_word(NameId{0}), immediate(Immediate::kEmpty, 1),
        immediate(static_cast<Immediate>(15)),
        root_word({RootKind::kAtom, SlotIndex{1'000'000}, 1}), child_of(r, r.map),
        record_words(r.header(r.vector))[VectorField::kRoot]}) {
    CHECK(r.damage(&word, bad) != "");
  }
}

TEST_CASE("damaged collections are found") {
  Rich r;
  REQUIRE(verify(*r.t.worker).clean());
  for (const Word trie : {r.map, r.set}) {
    auto* root = reinterpret_cast<TrieNode*>(r.header(trie));
    auto* inner = reinterpret_cast<TrieNode*>(r.header(child_of(r, trie)));
    CHECK(r.damage(&inner->header.count, inner->header.count + 1) != "");
    CHECK(r.damage(&inner->data_map, inner->data_map << 1 | inner->data_map >> 31) != "");
    CHECK(r.damage(&inner->data_map, inner->data_map | (inner->node_map & (0 - inner->node_map))) !=
          "");
    Word* children = words_of(root);
    CHECK(r.damage(&children[0], children[1]) != "");
    CHECK(r.damage(&children[0], int_word(1)) != "");
    CHECK(r.damage(&children[0], trie) != "");
    Word* entries = words_of(inner) + bit_count(inner->node_map);
    CHECK(r.damage(&entries[0], int_word(123'456)) != "");
    CHECK(r.damage(&entries[0], r.string) != "");
    CHECK(r.damage(&entries[0], keyword(r.pin, "k1")) != "");
    CHECK(r.damage(&entries[0], r.list) != "");
  }
  Word* fields = record_words(r.header(r.vector));
  for (const std::int64_t change : {1, -1, 256, -256, 5 << 8, 5, -5, 32 << 8}) {
    CHECK(r.damage(&fields[VectorField::kMeta],
                   int_word(small_int(fields[VectorField::kMeta]) + change)) != "");
  }
  CHECK(r.damage(&fields[VectorField::kMeta], kNil) != "");
  CHECK(r.damage(&fields[VectorField::kRoot], kNil) != "");
  ObjectHeader* node = r.header(fields[VectorField::kRoot]);
  CHECK(r.damage(&node->count, node->count - 1) != "");
  Word* inner = record_words(node);
  CHECK(r.damage(&inner[0], int_word(1)) != "");
  CHECK(r.damage(&inner[0], fields[VectorField::kRoot]) != "");
  ObjectHeader* leaf = r.header(inner[0]);
  CHECK(r.damage(&leaf->count, leaf->count - 1) != "");

  Word* chunk = record_words(r.header(r.list));
  CHECK(r.damage(&chunk[ListField::kCount], int_word(small_int(chunk[ListField::kCount]) + 1)) !=
        "");
  CHECK(r.damage(&chunk[ListField::kCount], kNil) != "");
  CHECK(r.damage(&chunk[ListField::kNext], kNil) != "");
  CHECK(r.damage(&chunk[ListField::kNext], r.list) != "");
  CHECK(r.damage(&chunk[ListField::kNext], r.vector) != "");
}

TEST_CASE("damaged literals are found") {
  Rich r;
  const auto literal = [&](std::string_view text) {
    const auto made = read(r.edit, text);
    REQUIRE(made.ok());
    REQUIRE(reset_root(r.pin, r.b, *made).ok());
    REQUIRE(verify(*r.t.worker).clean());
    return *made;
  };
  const auto words = [&](Word w) { return record_words(r.header(w)); };

  const Word big = literal("123456789012345678901234567890");
  auto* limbs = reinterpret_cast<std::uint64_t*>(record_raw(r.header(big)));
  for (const std::int64_t count : {0, 3, 4'096, 5'000, -3}) {
    CHECK(r.damage(&words(big)[0], int_word(count)) != "");
  }
  CHECK(r.damage(&words(big)[0], int_word(kIntMin)) != "");
  CHECK(r.damage(&words(big)[0], kNil) != "");
  CHECK(r.damage(&limbs[1], std::uint64_t{0}) != "");
  CHECK(r.damage(&r.header(big)->count, 2u) != "");
  const Word least = literal("9223372036854775808");
  limbs = reinterpret_cast<std::uint64_t*>(record_raw(r.header(least)));
  CHECK(r.damage(&limbs[0], (std::uint64_t{1} << 63) - 1) != "");
  CHECK(r.damage(&words(least)[0], int_word(-1)) != "");  // fits 64 bits

  const Word ratio = literal("4/9");
  for (const std::int64_t below : {1, 0, -9, 6, 2}) {
    CHECK(r.damage(&words(ratio)[RatioField::kDenominator], int_word(below)) != "");
  }
  CHECK(r.damage(&words(ratio)[RatioField::kNumerator], int_word(0)) != "");
  CHECK(r.damage(&words(ratio)[RatioField::kNumerator], int_word(6)) != "");
  CHECK(r.damage(&words(ratio)[RatioField::kNumerator], kTrue) != "");
  CHECK(r.damage(&words(ratio)[RatioField::kNumerator], r.string) != "");
  CHECK(r.damage(&words(ratio)[RatioField::kNumerator], ratio) != "");

  const Word bytes = literal("#yin/bytes \"AQIDBAUGBwgJCgsMDQ4P\"");
  for (const std::int64_t length : {-1, 17, 1'000'000}) {
    CHECK(r.damage(&words(bytes)[0], int_word(length)) != "");
  }
  CHECK(r.damage(&words(bytes)[0], r.string) != "");
  const Word instant = literal("#inst \"2026\"");
  CHECK(r.damage(&words(instant)[0], int_word(kInstantMax + 1)) != "");
  CHECK(r.damage(&words(instant)[0], int_word(kInstantMin - 1)) != "");
  CHECK(r.damage(&words(instant)[0], kNil) != "");
  const Word uuid = literal("#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"");
  CHECK(r.damage(&r.header(uuid)->count, 1u) != "");
  CHECK(r.damage(&r.header(uuid)->granules, std::uint16_t{1}) != "");
  const Word tagged = literal("#t [1]");
  CHECK(r.damage(&words(tagged)[TaggedField::kTag], keyword(r.pin, "t")) != "");
  CHECK(r.damage(&words(tagged)[TaggedField::kTag], r.string) != "");
  CHECK(r.damage(&words(tagged)[TaggedField::kValue], tagged) != "");
  CHECK(r.damage(&words(tagged)[TaggedField::kValue], kTombstone) != "");
  const Word annotated = literal("^{:a 1} [1]");
  CHECK(r.damage(&words(annotated)[AnnotatedField::kValue], int_word(1)) != "");
  CHECK(r.damage(&words(annotated)[AnnotatedField::kValue], kNil) != "");
  CHECK(r.damage(&words(annotated)[AnnotatedField::kValue], annotated) != "");
  CHECK(r.damage(&words(annotated)[AnnotatedField::kMetadata], r.list) != "");
  CHECK(r.damage(&words(annotated)[AnnotatedField::kMetadata], kNil) != "");
  CHECK(verify(*r.t.worker).clean());
}

TEST_CASE("a million keys in one another are verified in linear time") {
  Rich r;
  const int depth = yin::test::effort(300'000);
  for (const auto& [open, close] : {std::pair{"#{", "}"}, {"{", " 1}"}, {"#t [^:a (", ")]"}}) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += open;
    text += "nil";
    for (int i = 0; i < depth; ++i) text += close;
    const auto deep = read(r.edit, text);
    INFO(open);
    REQUIRE(deep.ok());
    REQUIRE(reset_root(r.pin, r.b, *deep).ok());
    REQUIRE(verify(*r.t.worker).clean());
  }
}

TEST_CASE("damaged sorted maps and sets are found") {
  Rich r;
  std::vector<MapEntry> entries;
  std::vector<Word> items;
  for (int i = 0; i < 5'000; ++i) {
    entries.push_back(
        {i < 100 ? from_string(r.edit, "key number " + std::to_string(i)) : int_word(i),
         int_word(i)});
    items.push_back(int_word(2 * i));
  }
  const Word map = SortedMap::from(r.edit, entries).word;
  const Word set = SortedSet::from(r.edit, items, reverse_order()).word;
  const Word named =
      SortedSet::from(r.edit, items, {natural_order().compare, 0, keyword(r.pin, "k1")}).word;
  const Word all[] = {map, set, named};
  REQUIRE(reset_root(r.pin, r.b, Vector::from(r.edit, all).word).ok());
  REQUIRE(verify(*r.t.worker).clean());
  for (const Word w : {map, set, named}) {
    INFO(kind_name(w));
    Word* fields = record_words(r.header(w));
    const std::int64_t meta = small_int(fields[SortedField::kMeta]);
    for (const std::int64_t change : {1, -1, 256, -256, 100}) {
      CHECK(r.damage(&fields[SortedField::kMeta], int_word(meta + change)) != "");
    }
    CHECK(r.damage(&fields[SortedField::kMeta], kNil) != "");
    CHECK(r.damage(&fields[SortedField::kMeta], int_word(-1)) != "");
    CHECK(r.damage(&fields[SortedField::kOrder], int_word(3)) != "");
    CHECK(r.damage(&fields[SortedField::kOrder], kNil) != "");
    CHECK(r.damage(&fields[SortedField::kOrder], keyword_word(NameId{1'000'000})) != "");
    if (w != named) CHECK(r.damage(&fields[SortedField::kOrder], int_word(w == map ? 1 : 0)) != "");
    CHECK(r.damage(&fields[SortedField::kRoot], kNil) != "");
    CHECK(r.damage(&fields[SortedField::kRoot], w) != "");
    CHECK(r.damage(&fields[SortedField::kRoot], r.map) != "");

    using Layout = BtreeLayout<1, 1>;
    ObjectHeader* root = r.header(fields[SortedField::kRoot]);
    Word* children = Layout::child(root, 0);
    ObjectHeader* inner = r.header(children[0]);
    CHECK(r.damage(&fields[SortedField::kRoot], children[0]) != "");
    CHECK(r.damage(&children[0], children[1]) != "");
    CHECK(r.damage(&children[0], fields[SortedField::kRoot]) != "");
    CHECK(r.damage(&children[0], int_word(1)) != "");
    CHECK(r.damage(&children[1], r.vector) != "");
    for (ObjectHeader* node : {root, inner}) {
      CHECK(r.damage(&node->count, node->count - 2) != "");
      CHECK(r.damage(&node->count, 2u) != "");
      CHECK(r.damage(&node->count, node->count + 1) != "");
      CHECK(r.damage(&Layout::ends(node)[0], Layout::ends(node)[0] + 1) != "");
      CHECK(r.damage(&Layout::ends(node)[0], 0u) != "");
      CHECK(r.damage(&Layout::ends(node)[Layout::children(node) - 1], ~0u) != "");
      CHECK(r.damage(&Layout::key(node, 1)[0], int_word(-5)) != "");
      CHECK(r.damage(&Layout::key(node, 0)[0], r.string) != "");
      CHECK(r.damage(&node->flags, static_cast<std::uint8_t>(node->flags ^ kFlagIntegerKeys)) !=
            "");
    }
    ObjectHeader* leaf = r.header(*Layout::child(inner, 1));
    Word* rows = record_words(leaf);
    const std::size_t width = w == map ? 2 : 1;
    CHECK(r.damage(&leaf->count, static_cast<std::uint32_t>(leaf->count - width)) != "");
    CHECK(r.damage(&leaf->count, 1u) != "");
    if (w != named) {
      CHECK(r.damage(&rows[3 * width], rows[5 * width]) != "");
      CHECK(r.damage(&rows[3 * width], rows[2 * width]) != "");
      CHECK(r.damage(&rows[leaf->count - width], int_word(w == map ? 1'000'000 : -5)) != "");
    }
    CHECK(r.damage(&rows[0], int_word(-77)) != "");
    CHECK(r.damage(&rows[0], kTombstone) != "");
    CHECK(r.damage(&leaf->flags, static_cast<std::uint8_t>(leaf->flags ^ kFlagIntegerKeys)) != "");
    CHECK(r.damage(&leaf->flags, static_cast<std::uint8_t>(leaf->flags | kFlagOwned)) != "");
  }
  CHECK(verify(*r.t.worker).clean());
}

TEST_CASE("damaged int maps and queues are found") {
  Rich r;
  IntMap map;
  Queue queue;
  for (int i = 0; i < 5'000; ++i) {
    map = map.assoc(r.edit, i % 10 == 0 ? INT64_MAX - i : i * 3, i % 7 == 0 ? r.string : kNil);
    queue = queue.conj(r.edit, i % 7 == 0 ? r.string : int_word(i));
  }
  queue = queue.drop(r.edit, 1'500);
  const Word all[] = {map.word, queue.word};
  REQUIRE(reset_root(r.pin, r.b, Vector::from(r.edit, all).word).ok());
  REQUIRE(verify(*r.t.worker).clean());

  for (auto* node = reinterpret_cast<IntMapNode*>(r.header(map.word));;) {
    CHECK(r.damage(&node->header.count, node->header.count + 1) != "");
    CHECK(r.damage(&node->place, node->place + 1) != "");
    CHECK(r.damage(&node->place, node->place | 31) != "");
    CHECK(r.damage(&node->place, node->place ^ std::uint64_t{1} << 58) != "");
    CHECK(r.damage(&node->data_map, node->data_map | (node->node_map & (0 - node->node_map)) |
                                        (node->node_map == 0 ? ~0u : 0u)) != "");
    CHECK(r.damage(&node->data_map, ~0u) != "");
    if (node->node_map == 0) {
      Word* entries = words_of(node);
      CHECK(r.damage(&entries[0], int_word(123'456'789)) != "");
      CHECK(r.damage(&entries[0], r.string) != "");
      CHECK(r.damage(&entries[0], kNil) != "");
      break;
    }
    Word* children = words_of(node);
    CHECK(r.damage(&children[0], map.word) != "");
    CHECK(r.damage(&children[0], int_word(1)) != "");
    CHECK(r.damage(&children[0], r.map) != "");
    if (bit_count(node->node_map) > 1) CHECK(r.damage(&children[0], children[1]) != "");
    node = reinterpret_cast<IntMapNode*>(r.header(children[0]));
  }

  Word* fields = record_words(r.header(queue.word));
  for (const std::int64_t change : {1, -1, 256, -256, 5, -5, 32 << 8}) {
    CHECK(r.damage(&fields[QueueField::kMeta],
                   int_word(small_int(fields[QueueField::kMeta]) + change)) != "");
  }
  const std::int64_t head = small_int(fields[QueueField::kHead]);
  for (const std::int64_t other : {head - 32, head + 32, head + 1, std::int64_t{-1}, kIntMax}) {
    CHECK(r.damage(&fields[QueueField::kHead], int_word(other)) != "");
  }
  CHECK(r.damage(&fields[QueueField::kHead], kNil) != "");
  CHECK(r.damage(&fields[QueueField::kRoot], kNil) != "");
  CHECK(r.damage(&fields[QueueField::kRoot], r.vector) != "");
  ObjectHeader* root = r.header(fields[QueueField::kRoot]);
  CHECK(r.damage(&root->count, root->count - 1) != "");
  Word* children = record_words(root);
  REQUIRE(is_nil(children[0]));
  CHECK(r.damage(&children[0], children[root->count - 1]) != "");
  CHECK(r.damage(&children[root->count - 1], kNil) != "");
  CHECK(r.damage(&children[root->count - 2], children[root->count - 1]) != "");
  CHECK(verify(*r.t.worker).clean());
}

TEST_CASE("damaged tables are found") {
  Rich r;
  REQUIRE(verify(*r.t.worker).clean());
  const Domain& domain = *r.t.domain;
  const NameId id = name_id(keyword(r.pin, "k7"));
  auto* at = reinterpret_cast<std::uint64_t*>(
      &table_at<SharedWord>(domain, domain.state().names, kNameTable, raw(id)));
  auto* entry = domain.at<NameEntry>(offset_of(*at));
  CHECK(r.damage(at, *at + 16) != "");
  CHECK(r.damage(at, std::uint64_t{1} << 50) != "");
  CHECK(r.damage(&entry->length, 1'000'000u) != "");
  CHECK(r.damage(&entry->length, 1u) != "");
  CHECK(r.damage(reinterpret_cast<char*>(entry + 1), '?') != "");

  const SlabMap map(domain);
  const auto value_slab = static_cast<std::uint32_t>(raw(object_offset(r.string)) / kSlabBytes);
  const auto cell_slab =
      static_cast<std::uint32_t>(raw(read_root(r.pin, r.b).version) / kSlabBytes);
  for (const std::uint32_t slab : {value_slab, cell_slab}) {
    SlabDescriptor& d = map.descriptor(slab);
    auto* shape = reinterpret_cast<std::uint32_t*>(&d.shape);
    for (const SlabKind kind :
         {SlabKind::kFree, SlabKind::kTable, SlabKind::kLargeRest, static_cast<SlabKind>(77)}) {
      CHECK(r.damage(shape, shape_word(kind, 48)) != "");
    }
  }
  auto* shape = reinterpret_cast<std::uint32_t*>(&map.descriptor(cell_slab).shape);
  CHECK(r.damage(shape, shape_word(SlabKind::kCells, 144)) != "");
  // Nobody's slabs, whose words only a sweep reads.
  const auto free = take_fresh_slabs(*r.t.domain, 1);
  SlabDescriptor& d = map.descriptor(*free);
  CHECK(r.damage(reinterpret_cast<std::uint64_t*>(&d.state), pack({0, 0, 1'000'000})) != "");
  d.state.store_seq(pack({0, 0, 1}));
  CHECK(r.damage(reinterpret_cast<std::uint32_t*>(&d.shape), shape_word(SlabKind::kLargeRest)) !=
        "");
  CHECK(r.damage(reinterpret_cast<std::uint32_t*>(&d.shape), shape_word(SlabKind::kCells, 50)) !=
        "");
}

namespace {

// Everything a process may do with a domain that verify calls clean.
void use(Worker& worker) {
  for (int i = 0; i < kAtoms; ++i) {
    const Pin pin(worker);
    const Word ref = find_named_root(pin, "atom number " + std::to_string(i));
    if (!is_root(ref)) continue;
    const RootRead read = read_root(pin, root_ref(ref));
    if (!read.ok()) continue;
    (void)print(pin, read.value);
    (void)hash(pin, read.value);
    (void)equal(pin, read.value, read.value);
    Word copied[] = {read.value};
    publish(pin, copied);
    Edit edit = Edit::in_slab(pin);
    (void)reset_root(pin, root_ref(ref), Map().assoc(edit, int_word(1), read.value).word).ok();
  }
  (void)collect(worker).ok();
}

}  // namespace

TEST_CASE(
    "whatever bits are flipped, opening and verifying ends in a report, and what is called clean "
    "can be used") {
  const std::uint64_t seed = test_seed();
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  {
    const auto domain = open_domain({.path = path, .capacity_bytes = kCapacityMin});
    const auto worker = join(*domain);
    Random random(seed);
    enrich(*worker, random);
    (void)collect(*worker).ok();
    enrich(*worker, random);
  }
  const std::vector<char> whole = bytes_of(path);
  std::vector<std::size_t> used;  // where there is something to damage
  for (std::size_t i = 4096; i < whole.size(); ++i) {
    if (whole[i] != 0) used.push_back(i);
  }
  struct Page {
    SharedWord tries, refused, unclean;
  };
  SharedPage<Page> page;
  const int tries = yin::test::effort(1'000);
  while (page->tries.load_seq() < static_cast<std::uint64_t>(tries)) {
    const std::uint64_t first = page->tries.load_seq();
    Child child([&] {
      for (std::uint64_t n = first; n < static_cast<std::uint64_t>(tries); ++n) {
        page->tries.store_seq(n);
        Random random(seed + n);
        std::vector<char> bytes = whole;
        for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
          const std::size_t at =
              random.one_in(4) ? 4096 + random.below(16'384) : used[random.below(used.size())];
          bytes[at] = static_cast<char>(random.one_in(3) ? static_cast<char>(random.bits())
                                                         : bytes[at] ^ 1 << random.below(8));
        }
        write_bytes(path, bytes);
        ::alarm(20);
        const auto opened = Domain::open({.path = path, .mode = OpenMode::kJoin});
        if (!opened.ok()) {
          page->refused.add_seq(1);
          continue;
        }
        const auto worker = Worker::join(**opened);
        if (!worker.ok()) continue;
        if (!verify(**worker).clean()) {
          page->unclean.add_seq(1);
          continue;
        }
        use(**worker);
      }
      page->tries.store_seq(static_cast<std::uint64_t>(tries));
      return 0;
    });
    const int ended = child.wait();
    INFO("YIN_SEED=" << seed << ", try " << page->tries.load_seq());
    REQUIRE(ended == 0);
  }
  INFO(page->refused.load_seq() << " refused, " << page->unclean.load_seq() << " unclean of "
                                << tries);
  CHECK(page->unclean.load_seq() > 0);
}
