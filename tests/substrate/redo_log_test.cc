#include "substrate/redo_log.h"

#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>
#include <sys/resource.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <xxhash.h>

#include "substrate/array.h"
#include "substrate/checkpoint.h"
#include "substrate/checkpoint_record.h"
#include "substrate/collector.h"
#include "substrate/map.h"
#include "tests/substrate/atoms.h"
#include "tests/substrate/checked_tree.h"
#include "tests/substrate/durable.h"
#include "tests/support/child.h"
#include "tests/support/effort.h"
#include "tests/support/random.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

std::uint64_t sequence_of(const Domain& domain) { return domain.state().durable_seq.load_seq(); }
std::uint64_t last_entry(const Domain& domain) { return domain.state().redo_last.load_seq(); }
std::uint64_t last_entry_bytes(const Domain& domain) {
  return domain.at<RedoEntry>(offset_of(last_entry(domain)))->bytes;
}

void wait(Durable& d) { REQUIRE(wait_durable(*d.worker, visible_clock(*d.domain)).ok()); }
void set_durably(Durable& d, RootRef ref, std::string_view edn) {
  d.set(ref, edn);
  wait(d);
}

RedoEntry entry_in(const std::vector<char>& file, std::uint64_t at) {
  RedoEntry entry;
  std::memcpy(&entry, file.data() + at, sizeof entry);
  return entry;
}
// Changed by who knows the format.
void put_entry(std::vector<char>& file, std::uint64_t at, RedoEntry entry) {
  std::memcpy(file.data() + at, &entry, sizeof entry);
  entry.checksum = XXH3_64bits(file.data() + at + sizeof entry.checksum,
                               static_cast<std::size_t>(entry.bytes) - sizeof entry.checksum);
  std::memcpy(file.data() + at, &entry.checksum, sizeof entry.checksum);
}

Word map_of(Edit& edit, std::int64_t entries) {
  Map map;
  for (std::int64_t i = 0; i < entries; ++i) map = map.assoc(edit, int_word(i), int_word(i));
  return map.word;
}

}  // namespace

TEST_CASE("who waits for a commit writes one entry, and a copy opens with it") {
  Durable d;
  const RootRef a = d.atom("a", "1");
  d.atom("b", "[:other]");
  wait(d);
  const std::uint64_t sequence = sequence_of(*d.domain);
  for (int i = 2; i < 30; ++i) {
    set_durably(d, a, std::to_string(i));
  }
  CHECK(sequence_of(*d.domain) == sequence);
  CHECK(last_entry_bytes(*d.domain) < 2 * kRedoPage);
  expect_clean(*d.worker);
  d.set(a, "[:not :yet]");

  const std::string path = d.copy();
  {
    const Copy copy(path);
    CHECK(copy.get("a") == "29");
    CHECK(copy.get("b") == "[:other]");
    CHECK(sequence_of(*copy.domain) == sequence + 1);  // the log became a checkpoint
    expect_clean(*copy.worker);
  }
  const Copy again(path);
  CHECK(again.get("a") == "29");
}

TEST_CASE("an entry has what changed: new values, names and atoms, whatever they replace") {
  Durable d;
  const RootRef a = d.atom("a", "{:a 1}");
  const RootRef b = d.atom("b", "nil");
  wait(d);
  const std::uint64_t sequence = sequence_of(*d.domain);
  const char* const texts[] = {
      "[:a-new-name a/nother \"a string of some length\"]",
      "{:a {:b {:c [1 2 3 \"another string of some length\"]}}}",
      "123456789012345678901234567890N",
      "#{:x}",
      "[[1 2.5 -1.5e+300] (a b c) #inst \"2026-11-21T12:00:00.000-00:00\"]",
      "\"\"",
  };
  for (const char* text : texts) {
    set_durably(d, a, text);
    CHECK(Copy(d.copy()).get("a") == text);
    {
      const Pin pin(*d.worker);  // moves over
      REQUIRE(reset_root(pin, b, read_root(pin, a).value).ok());
    }
    d.set(a, "nil");
    d.atom("named " + std::string(text), text);
    wait(d);
    const Copy copy(d.copy());
    CHECK(copy.get("a") == "nil");
    CHECK(copy.get("b") == text);
    CHECK(copy.get("named " + std::string(text)) == text);
    expect_clean(*copy.worker);
  }
  CHECK(sequence_of(*d.domain) == sequence);
}

TEST_CASE("one key of a large map costs an entry of its path") {
  Durable d;
  const RootRef a = atom(*d.worker, "a", kEmptyMap);
  {
    const Pin pin(*d.worker);
    REQUIRE(swap(pin, a, [](Edit& edit, Word) { return map_of(edit, 50'000); }).ok());
  }
  wait(d);
  REQUIRE(checkpoint(*d.worker).ok());
  for (std::int64_t i = 0; i < 20; ++i) {
    {
      const Pin pin(*d.worker);
      REQUIRE(swap(pin, a, [i](Edit& edit, Word w) {
                return Map{w}.assoc(edit, int_word(i * 977), int_word(-1)).word;
              }).ok());
    }
    wait(d);
    CHECK(last_entry_bytes(*d.domain) < 3 * kRedoPage);
  }
  const Copy copy(d.copy());
  const Pin pin(*copy.worker);
  const Map map{read_root(pin, root_ref(find_named_root(pin, "a"))).value};
  CHECK(map.count(pin) == 50'000);
  for (std::int64_t i = 0; i < 20; ++i)
    CHECK(map.get(pin, int_word(i * 977), kNil) == int_word(-1));
}

TEST_CASE("what does not fit is a checkpoint, and the log begins anew behind it") {
  Durable d;
  const RootRef a = d.atom("a", "0");
  wait(d);
  const std::uint64_t log = d.domain->state().redo_log.load_seq();
  REQUIRE(log != 0);
  set_durably(d, a, "1");
  CHECK(last_entry(*d.domain) == log);
  const std::uint64_t sequence = sequence_of(*d.domain);
  set_durably(d, a, '"' + std::string(redo_log_bytes(Durable::kCapacity), 'x') + '"');
  CHECK(sequence_of(*d.domain) == sequence + 1);
  int entries = 0;
  for (; sequence_of(*d.domain) == sequence + 1; ++entries) {
    set_durably(d, a, "[" + std::to_string(entries) + "]");
    if (entries % 50 == 0) {
      CHECK(Copy(d.copy()).get("a") == "[" + std::to_string(entries) + "]");
    }
  }
  CHECK(static_cast<std::uint64_t>(entries) >= redo_log_bytes(Durable::kCapacity) / kRedoPage / 2);
  CHECK(Copy(d.copy()).get("a") == "[" + std::to_string(entries - 1) + "]");
  expect_clean(*d.worker);
}

TEST_CASE("random commits of several atoms are in the copy as they were waited for") {
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  Durable d;
  std::vector<RootRef> atoms;
  for (int i = 0; i < 5; ++i) atoms.push_back(atom(*d.worker, "tree " + std::to_string(i)));
  for (int round = 0; round < yin::test::effort(120); ++round) {
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n) {
      const Pin pin(*d.worker);
      const RootRef to = atoms[random.below(atoms.size())];
      if (random.one_in(4)) {  // shared by two, or moved
        const Word other = read_root(pin, atoms[random.below(atoms.size())]).value;
        REQUIRE(reset_root(pin, to, other).ok());
      } else {
        const std::uint64_t size = random.below(60);
        REQUIRE(swap(pin, to, [&](Edit& edit, Word) { return tree_of(edit, size); }).ok());
      }
    }
    if (random.one_in(8)) REQUIRE(collect(*d.worker).ok());
    if (random.one_in(12)) REQUIRE(checkpoint(*d.worker).ok());
    wait(d);
    const Copy copy(d.copy());
    std::error_code ignored;
    std::filesystem::remove(d.scratch.file("copy-" + std::to_string(d.copies) + ".yin"), ignored);
    const Pin theirs(*copy.worker);
    const Pin ours(*d.worker);
    for (std::size_t i = 0; i < atoms.size(); ++i) {
      const RootRef ref = root_ref(find_named_root(theirs, "tree " + std::to_string(i)));
      const Word value = read_root(theirs, ref).value;
      REQUIRE(print(theirs, value) == print(ours, read_root(ours, atoms[i]).value));
    }
  }
}

TEST_CASE("an entry that is damaged is passed over, with all behind it") {
  Durable d;
  const RootRef a = d.atom("a", "0");
  wait(d);
  std::vector<std::uint64_t> entries;
  for (int i = 1; i <= 6; ++i) {
    set_durably(d, a, "[" + std::to_string(i) + "]");
    entries.push_back(last_entry(*d.domain));
  }
  const std::vector<char> whole = bytes_of(d.path);
  const std::string path = d.scratch.file("damaged.yin");
  const std::uint64_t seed = test_seed();
  INFO("YIN_SEED=" << seed);
  Random random(seed);
  for (int i = 0; i < yin::test::effort(60); ++i) {
    const std::size_t k = random.below(entries.size());
    std::vector<char> bytes = whole;
    const std::uint64_t at = entries[k] + random.below(entry_in(whole, entries[k]).bytes);
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
    write_bytes(path, bytes);
    CHECK(Copy(path).get("a") == (k == 0 ? "0" : "[" + std::to_string(k) + "]"));
  }
}

TEST_CASE("an entry that says what cannot be is an error") {
  Durable d;
  const RootRef a = d.atom("a", "0");
  wait(d);
  set_durably(d, a, "[1]");
  const std::uint64_t at = last_entry(*d.domain);
  const std::uint64_t first_piece = at + sizeof(RedoEntry);
  const std::vector<char> whole = bytes_of(d.path);
  const std::string path = d.scratch.file("hostile.yin");
  const auto opened_with = [&](RedoPiece piece, std::uint64_t pieces) {
    std::vector<char> bytes = whole;
    std::memcpy(bytes.data() + first_piece, &piece, sizeof piece);
    RedoEntry entry = entry_in(whole, at);
    entry.pieces += pieces;
    put_entry(bytes, at, entry);
    write_bytes(path, bytes);
    return Domain::open({.path = path}).status();
  };
  const RedoPiece pieces[] = {
      {0, 16},                                   // what the domain is
      {kCheckpointsAt, 16},                      // the records
      {kSlabBytes, 16},                          // marks
      {at, 16},                                  // the log
      {whole.size(), 16},                        // behind the file
      {whole.size() - 8, 16},                    // over its end
      {~std::uint64_t{0} - 7, 16},               // around
      {kNamesAt, ~std::uint64_t{0} - kNamesAt},  // more than the entry has
      {kNamesAt, 0},
  };
  for (const RedoPiece& piece : pieces) {
    INFO(piece.at << " " << piece.bytes);
    const Status opened = opened_with(piece, 0);
    CHECK(opened.code() == StatusCode::kDataLoss);
    CHECK(opened.message().find("redo log") != std::string::npos);
  }
  RedoPiece first;
  std::memcpy(&first, whole.data() + first_piece, sizeof first);
  CHECK(opened_with(first, 1'000'000).code() == StatusCode::kDataLoss);
}

TEST_CASE("a copy with a log is looked at without a write") {
  Durable d;
  const RootRef a = d.atom("a", "0");
  wait(d);
  set_durably(d, a, "[:logged]");
  const std::string path = d.copy();
  const std::vector<char> before = bytes_of(path);
  {
    const auto domain = open_domain({.path = path, .mode = OpenMode::kReadOnly});
    const auto worker = join(*domain);
    const Pin pin(*worker);
    CHECK(print(pin, read_root(pin, root_ref(find_named_root(pin, "a"))).value) == "[:logged]");
  }
  CHECK(bytes_of(path) == before);
}

TEST_CASE("numbers that change in place are in a checkpoint") {
  Durable d;
  const RootRef a = atom(*d.worker, "a");
  const auto store = [&](std::int64_t n) {
    const Pin pin(*d.worker);
    REQUIRE(Array{read_root(pin, a).value}.set(pin, 0, int_word(n)).ok());
  };
  {
    const Pin pin(*d.worker);
    REQUIRE(swap(pin, a, [](Edit& edit, Word) {
              return Array::make(edit, ElementType::kI64, 4)->word;
            }).ok());
  }
  wait(d);
  store(7);
  REQUIRE(checkpoint(*d.worker).ok());
  const Copy copy(d.copy());
  const Pin pin(*copy.worker);
  Edit edit = Edit::in_slab(pin);
  const Array array{read_root(pin, root_ref(find_named_root(pin, "a"))).value};
  CHECK(array.get(edit, 0) == int_word(7));
}

TEST_CASE("a record whose sync did not come back is not what a log goes on from") {
  Durable d;
  const RootRef a = d.atom("a", "0");
  wait(d);
  set_durably(d, a, "[1]");
  // Died between the two syncs: the record stands in memory only.
  const std::uint64_t durable = sequence_of(*d.domain);
  auto record = logged_checkpoint(*d.domain, durable);
  REQUIRE(record);
  ++record->sequence;
  store_checkpoint(*d.domain, next_checkpoint_place(*d.domain), *record);
  const std::uint64_t entry = last_entry(*d.domain);
  REQUIRE(make_durable(*d.worker).ok());  // nothing changed, but what there is must reach the disk
  CHECK(sequence_of(*d.domain) == durable + 2);
  CHECK(last_entry(*d.domain) == entry);
  CHECK(Copy(d.copy()).get("a") == "[1]");
}

TEST_CASE("a process that may not write a file that long makes checkpoints instead") {
  Durable d;
  const RootRef a = d.atom("a", "0");
  wait(d);
  const std::uint64_t sequence = sequence_of(*d.domain);
  Child child([&] {
    const auto domain = open_domain({.path = d.path});
    const auto worker = join(*domain);
    {
      const Pin pin(*worker);
      check(swap(pin, a, inc).ok(), "no swap");
    }
    const rlimit limit = {kSlabBytes, kSlabBytes};
    check(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "no limit");
    check(wait_durable(*worker, visible_clock(*domain)).ok(), "not durable");
    return 0;
  });
  REQUIRE(child.wait() == 0);
  CHECK(sequence_of(*d.domain) == sequence + 1);
  CHECK(Copy(d.copy()).get("a") == "1");
}

TEST_CASE(
    "a checkpoint or an entry that finds no room changes nothing, and the next misses nothing") {
  using Make = StatusOr<CheckpointReport> (*)(Worker&);
  const Make make = GENERATE(Make{checkpoint}, Make{make_durable});
  const Make first = GENERATE(Make{checkpoint}, Make{make_durable});  // without a log, with one
  Durable d;
  const RootRef a = d.atom("a", "1");
  REQUIRE(first(*d.worker).ok());
  d.set(a, "2");
  int room = 0;
  for (bool made = false; !made; ++room) {
    INFO("with room for " << room << " slabs");
    REQUIRE(room < 100);
    const auto fresh = join(*d.domain);  // owns no slab yet
    d.domain->ration_slabs(static_cast<std::uint64_t>(room));
    const Status status = make(*fresh).status();
    d.domain->ration_slabs(Domain::kNoRation);
    made = status.ok();
    CHECK(fresh->space_status().ok());
    CHECK(Copy(d.copy()).get("a") == (made ? "2" : "1"));
    if (!made) CHECK(status.code() == StatusCode::kResourceExhausted);
  }
  CHECK(room > 1);
  expect_clean(*d.worker);
}
