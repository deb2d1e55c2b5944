#pragma once

// What damaged bytes may do to whoever opens a domain: findings, never undefined behaviour.
//
// An input is a list of edits of five bytes each: a place (32 bits, little-endian) and the byte that
// goes there. The place counts the bytes of a small domain that stand on lines with anything in
// them, around, so that an edit hits something that matters. The domain is made anew for each
// process, with everything in it that a domain may have, and from fixed seeds, so that an input
// means the same every time. Then: open, join, verify; and if verify has no finding, all that a
// process does with values: print, hash, compare, copy, commit, collect.
//
// It is opened in its place, as the machine knows it, or as a copy: that is recovered from its
// checkpoint and its redo log, whose checksums are made right, as who means harm would.
//
// Called by the fuzzers (open_fuzz.cc, recover_fuzz.cc) and, for the edits that are kept, by an
// ordinary test (tests/substrate/corpus_test.cc). One thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/checkpoint.h"
#include "substrate/checkpoint_record.h"
#include "substrate/collector.h"
#include "substrate/domain.h"
#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/nursery.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "substrate/set.h"
#include "substrate/table.h"
#include "substrate/value.h"
#include "substrate/vector.h"
#include "substrate/verify.h"
#include "tests/substrate/dying_commit.h"
#include "tests/support/scratch.h"

namespace yin::fuzz {

using namespace yin::substrate;

enum class Opened { kInPlace, kAsACopy };

class OpenTarget {
 public:
  explicit OpenTarget(Opened opened) : opened_(opened) {
    make();
    if (opened_ == Opened::kInPlace) whole_ = tests::bytes_of(path_);
    constexpr std::size_t kLine = 64;
    for (std::size_t line = 0; line + kLine <= whole_.size(); line += kLine) {
      const auto first = whole_.begin() + static_cast<std::ptrdiff_t>(line);
      if (std::all_of(first, first + kLine, [](char c) { return c == 0; })) continue;
      for (std::size_t i = 0; i < kLine; ++i) places_.push_back(line + i);
    }
  }

  // How many places there are to edit.
  [[nodiscard]] std::size_t places() const { return places_.size(); }

  // Was the damaged domain opened, and found clean?
  bool run(std::span<const std::uint8_t> edits) {
    std::vector<char> bytes = whole_;
    for (; edits.size() >= kEditBytes; edits = edits.subspan(kEditBytes)) {
      std::uint32_t place = 0;
      std::memcpy(&place, edits.data(), sizeof(place));
      bytes[places_[place % places_.size()]] = static_cast<char>(edits[sizeof(place)]);
    }
    if (opened_ == Opened::kAsACopy) make_checksums_right(bytes);
    const std::string& path = opened_ == Opened::kAsACopy ? copy_ : path_;
    tests::write_bytes(path, bytes);
    const auto domain = Domain::open({.path = path, .mode = OpenMode::kJoin});
    if (!domain.ok()) return false;
    const auto worker = Worker::join(**domain);
    if (!worker.ok() || !verify(**worker).clean()) return false;
    use(**worker);
    return true;
  }

 private:
  static constexpr std::size_t kEditBytes = 5;
  static constexpr std::size_t kPrintedMax = std::size_t{1} << 20;
  static constexpr std::uint64_t kSeed = 0x59494e;

  // A domain whose random parts are not random.
  void make() {
    { const auto fresh = tests::open_domain({.path = path_, .capacity_bytes = kCapacityMin}); }
    std::vector<char> bytes = tests::bytes_of(path_);
    auto& identity = *reinterpret_cast<DomainIdentity*>(bytes.data());
    identity.hash_seed = kSeed;
    identity.domain_id[0] = identity.domain_id[1] = kSeed;
    identity.created_ns = kSeed;
    identity.checksum = hash_bytes({bytes.data(), offsetof(DomainIdentity, checksum)}, 0);
    tests::write_bytes(path_, bytes);
    const auto domain = tests::open_domain({.path = path_, .mode = OpenMode::kJoin});
    const auto worker = tests::join(*domain);
    fill(*worker);
    if (opened_ == Opened::kInPlace) return;
    log(*worker);
    whole_ = tests::bytes_of(path_);  // before it is closed: that makes a checkpoint
  }

  // A checkpoint, and entries behind it.
  void log(Worker& worker) {
    const auto base = make_durable(worker);
    check(base.ok(), "no checkpoint");
    for (const std::string_view text : kTexts) {
      put(worker, [&](Edit& edit) { return *read(edit, text); });
      const auto made = make_durable(worker);
      check(made.ok() && made->sequence == base->sequence, "no entry");
      entries_.push_back(worker.domain().state().redo_last.load_relaxed());  // we are alone
    }
  }
  void make_checksums_right(std::vector<char>& bytes) const {
    std::uint64_t newest = 0;
    std::uint64_t previous = 0;
    for (std::uint32_t place = 0; place < kCheckpointRecords; ++place) {
      auto& record = *reinterpret_cast<CheckpointRecord*>(bytes.data() + kCheckpointsAt +
                                                          kCheckpointStride * place);
      if (record.sequence == 0) continue;
      record = with_checksum(record);
      if (record.sequence < newest) continue;
      newest = record.sequence;
      previous = record.checksum;
    }
    for (const std::uint64_t at : entries_) {
      auto& entry = *reinterpret_cast<RedoEntry*>(bytes.data() + at);
      if (entry.bytes < sizeof entry || entry.bytes > bytes.size() - at) return;
      entry.record = with_checksum(entry.record);
      entry.previous = previous;
      constexpr std::size_t kBehind = sizeof entry.checksum;
      entry.checksum = hash_bytes({bytes.data() + at + kBehind, entry.bytes - kBehind}, 0);
      previous = entry.checksum;
    }
  }

  void fill(Worker& worker) {
    for (const std::string_view text : kTexts)
      put(worker, [&](Edit& edit) { return *read(edit, text); });
    put(worker, [](Edit& edit) { return from_string(edit, std::string(40'000, 'x')); });
    put(worker, [](Edit& edit) { return large_collections(edit); });
    put(worker, [](Edit& edit) { return program_state(edit); });
    (void)collect(worker).ok();
    for (int i = 0; i < 3; ++i) put(worker, [&](Edit&) { return int_word(i); });
    const Pin pin(worker);
    check(reset_root(pin, atom(pin, "atom1"), kTombstone).ok(), "not deleted");
    const RootRef a = atom(pin, "atom2");
    const RootRef b = atom(pin, "atom3");
    tests::DyingCommit dying(pin, {{a, read_root(pin, a).version, int_word(5)},
                                   {b, read_root(pin, b).version, kEmptyMap}});
    dying.install(0);
  }

  static RootRef atom(const Pin& pin, const std::string& name) {
    const auto ref = open_atom(pin, name, kNil);
    check(ref.ok(), "no atom");
    return *ref;
  }
  // A new atom with what `make` makes, by way of an older version.
  template <class Make>
  void put(Worker& worker, const Make& make) {
    const Pin pin(worker);
    const RootRef ref = atom(pin, "atom" + std::to_string(atoms_++));
    check(reset_root(pin, ref, kTrue).ok(), "no room");
    Edit edit = Edit::in_slab(pin);
    check(reset_root(pin, ref, make(edit)).ok(), "no room");
  }

  static constexpr std::string_view kTexts[] = {
      "[nil true false 1 -1 4611686018427387904 1.5 1e300 -0.0 ##NaN \\a \"short\" \"a longer "
      "string\"]",
      "{:a 1 b/c 2 \"key\" {:deep #{1 2 [3 4 (5 6)]}} [] {} #{} ()}",
      "[123456789012345678901234567890 -9223372036854775809 1/3 -123456789012345678901234567890/7]",
      "[#inst \"2026-03-01\" #uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\" #yin/bytes "
      "\"AQIDBAUGBwg=\"]",
      "[#my/tag [1 2] ^{:a 1} [1] ^:b sym ^:c {} #{^:d x}]",
      "(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30)",
  };

  static Word large_collections(Edit& edit) {
    std::vector<Word> items;
    std::vector<MapEntry> entries;
    for (int i = 0; i < 1'200; ++i) {
      items.push_back(i % 50 == 0 ? from_string(edit, "item number " + std::to_string(i))
                                  : int_word(i));
      if (i < 300) entries.push_back({items.back(), int_word(i)});
    }
    const Word all[] = {Vector::from(edit, items).word, Map::from(edit, entries).word,
                        Set::from(edit, std::span(items).first(200)).word,
                        List::from(edit, std::span(items).first(100)).word};
    return Vector::from(edit, all).word;
  }

  // Closures, frames, agents, streams, cursors and errors, as far as the substrate knows them.
  static Word program_state(Edit& edit) {
    const Pin& pin = edit.pin();
    std::vector<Word> made;
    const auto record = [&](ObjectKind kind, std::uint32_t count) {
      std::vector<Word> words(count, kNil);
      if (!made.empty()) words.back() = made.back();
      made.push_back(make_record(edit, kind, words.data(), count));
    };
    record(ObjectKind::kClosure, 3);
    record(ObjectKind::kFrame, 5);
    record(ObjectKind::kAgent, AgentField::kEnd);
    record(ObjectKind::kStream, StreamField::kEnd);
    record(ObjectKind::kCursor, CursorField::kEnd);
    record(ObjectKind::kError, ErrorField::kEnd);
    record(ObjectKind::kContinuation, ContinuationField::kEnd);
    made.push_back(root_word({RootKind::kAtom, SlotIndex{1}, 1}));
    made.push_back(primitive_word(3));
    made.push_back(keyword(pin, "a.name/space"));
    return Vector::from(edit, made).word;
  }

  static void use(Worker& worker) {
    const std::uint32_t slots = worker.domain().state().next_slot.load_relaxed();  // we are alone
    Word kept = kNil;
    for (std::uint32_t i = 0; i < slots; ++i) {
      const Pin pin(worker);
      RootRef ref{};
      const RootRead read = read_slot(pin, SlotIndex{i}, RootKind::kAtom, ref);
      if (!read.ok()) continue;
      std::string text;
      print_to(text, pin, read.value, kPrintedMax);
      print_with_meta_to(text, pin, read.value, kPrintedMax);
      (void)hash(pin, read.value);
      (void)compare(pin, read.value, kept);
      Word copied[] = {read.value};
      publish(pin, copied);
      if (i == kRegistrySlot) continue;
      Edit edit = Edit::in_slab(pin);
      kept = Map().assoc(edit, int_word(1), read.value).word;
      check(equal(pin, kept, kept), "not equal to itself");
      (void)reset_root(pin, ref, kept).ok();
      kept = kNil;
    }
    (void)collect(worker).ok();
  }

  const Opened opened_;
  tests::Scratch scratch_;
  std::string path_ = scratch_.file("a.yin");
  std::string copy_ = scratch_.file("copy.yin");
  std::vector<std::uint64_t> entries_;  // where the log's stand
  int atoms_ = 0;
  std::vector<char> whole_;
  std::vector<std::size_t> places_;
};

}  // namespace yin::fuzz
