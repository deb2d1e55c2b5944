#include "substrate/domain.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <xxhash.h>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "tests/support/child.h"
#include "tests/support/domain_place.h"
#include "tests/support/effort.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

StatusCode code_of_open(const std::string& path, OpenMode mode) {
  const auto opened = Domain::open({.path = path, .mode = mode});
  if (!opened.ok()) REQUIRE(opened.status().message().size() > 20);  // a sentence, not a word
  return opened.status().code();
}

void put(Worker& worker, std::string_view atom, Word value) {
  const Pin pin(worker);
  const auto ref = open_atom(pin, atom, kNil);
  REQUIRE(ref.ok());
  REQUIRE(reset_root(pin, *ref, value).ok());
}
Word get(Worker& worker, std::string_view atom) {
  const Pin pin(worker);
  const auto ref = open_atom(pin, atom, kNil);
  REQUIRE(ref.ok());
  return *deref(pin, *ref);
}

// A new domain with something in it.
std::string made(const Scratch& scratch) {
  const std::string path = scratch.file("made.yin");
  const auto domain = open_domain({.path = path, .mode = OpenMode::kCreate});
  put(*join(*domain), "answer", int_word(42));
  return path;
}

void write_at(const std::string& path, std::size_t at, const void* bytes, std::size_t count) {
  const int file = ::open(path.c_str(), O_WRONLY);
  REQUIRE(::pwrite(file, bytes, count, static_cast<off_t>(at)) == static_cast<ssize_t>(count));
  ::close(file);
}

// Puts strings of 100 kB into atoms until the domain says why not.
Status fill(Worker& worker) {
  const std::string text(100'000, 'x');
  for (int i = 0;; ++i) {
    const Pin pin(worker);
    const auto ref = open_atom(pin, "filler" + std::to_string(i), kNil);
    if (!ref.ok()) return ref.status();
    const auto swapped = swap(pin, *ref, [&](Edit& edit, Word) { return from_string(edit, text); });
    if (!swapped.ok()) return swapped.status();
  }
}

}  // namespace

TEST_CASE("create makes, join finds, create-or-join does either") {
  for (const Backing backing : kNamedBackings) {
    INFO(name_of(backing));
    const DomainPlace place(backing);
    CHECK(code_of_open(place.path(), OpenMode::kJoin) == StatusCode::kNotFound);
    CHECK(open_domain({.path = place.path(), .mode = OpenMode::kCreate})->created());
    CHECK(code_of_open(place.path(), OpenMode::kCreate) == StatusCode::kAlreadyExists);
    CHECK(!open_domain({.path = place.path(), .mode = OpenMode::kJoin})->created());
    CHECK(!open_domain({.path = place.path()})->created());
    CHECK(open_domain({.path = DomainPlace(backing).path()})->created());
  }
}

TEST_CASE("a domain's file is its owner's alone and small when it is empty") {
  for (const Backing backing : kNamedBackings) {
    const DomainPlace place(backing);
    const auto domain = open_domain({.path = place.path()});
    struct stat s = {};
    REQUIRE(::stat(place.file().c_str(), &s) == 0);
    CHECK((s.st_mode & 07777) == 0600);
    CHECK(s.st_blocks * 512 < 256 * 1024);
  }
}

TEST_CASE("capacities are rounded up to whole units, and too large ones refused") {
  const Scratch scratch;
  CHECK(open_domain({.path = scratch.file("a.yin"), .capacity_bytes = 1})->capacity() ==
        kCapacityMin);
  CHECK(open_domain({.path = scratch.file("b.yin"), .capacity_bytes = kCapacityMin + 1})
            ->capacity() == kCapacityMin + kCapacityUnit);
  CHECK(Domain::open({.path = scratch.file("c.yin"), .capacity_bytes = kCapacityMax + 1})
            .status()
            .code() == StatusCode::kInvalidArgument);
}

TEST_CASE("what was committed is there when the domain is opened again") {
  const Scratch scratch;
  const std::string path = made(scratch);
  for (int i = 0; i < 3; ++i) {
    const auto domain = open_domain({.path = path, .mode = OpenMode::kJoin});
    const auto worker = join(*domain);
    REQUIRE(get(*worker, "answer") == int_word(42 + i));
    put(*worker, "answer", int_word(43 + i));
  }
}

TEST_CASE("what is no domain is refused with a sentence") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  CHECK(code_of_open(scratch.file(""), OpenMode::kJoin) ==
        StatusCode::kInvalidArgument);  // a directory
  CHECK(code_of_open(scratch.file("no/such/a.yin"), OpenMode::kCreateOrJoin) ==
        StatusCode::kNotFound);
  write_bytes(path, {});
  CHECK(code_of_open(path, OpenMode::kCreateOrJoin) == StatusCode::kDataLoss);
  const std::string text = "this is a text of some length, and no domain";
  for (const std::size_t size :
       {std::size_t{1}, text.size(), std::size_t{4096}, std::size_t{100'000}}) {
    std::vector<char> bytes;
    while (bytes.size() < size) bytes.insert(bytes.end(), text.begin(), text.end());
    bytes.resize(size);
    write_bytes(path, bytes);
    CHECK(code_of_open(path, OpenMode::kCreateOrJoin) == StatusCode::kDataLoss);
  }
  REQUIRE(::mkfifo(scratch.file("fifo").c_str(), 0600) == 0);
  CHECK(code_of_open(scratch.file("fifo"), OpenMode::kCreateOrJoin) ==
        StatusCode::kInvalidArgument);
}

TEST_CASE("a file without write bits is refused, also to root") {
  const Scratch scratch;
  const std::string path = made(scratch);
  REQUIRE(::chmod(path.c_str(), 0400) == 0);
  CHECK(code_of_open(path, OpenMode::kJoin) == StatusCode::kPermissionDenied);
}

TEST_CASE("a domain cut off anywhere is refused") {
  const Scratch scratch;
  const std::string path = made(scratch);
  CHECK(code_of_open(path, OpenMode::kJoin) == StatusCode::kOk);
  const std::size_t whole = std::filesystem::file_size(path);
  std::vector<std::size_t> sizes = {whole - 1};
  for (std::size_t size = whole - kSlabBytes; size > 0; size -= kSlabBytes) sizes.push_back(size);
  for (const std::size_t size : {kSlabBytes + 1, kSlabBytes - 1, std::uint64_t{8193}})
    sizes.push_back(size);
  for (std::size_t size = 8192; size > 0; size = size > 4096 ? size - 1024 : size - 1)
    sizes.push_back(size);
  std::sort(sizes.rbegin(), sizes.rend());
  for (const std::size_t size : sizes) {
    INFO(size << " of " << whole);
    std::filesystem::resize_file(path, size);
    REQUIRE(code_of_open(path, OpenMode::kJoin) == StatusCode::kDataLoss);
  }
}

TEST_CASE("every flipped bit of the header page is seen") {
  const Scratch scratch;
  const std::string path = made(scratch);
  const std::vector<char> whole = bytes_of(path);
  for (std::size_t bit = 0; bit < 8 * sizeof(DomainIdentity); ++bit) {
    const char flipped = static_cast<char>(whole[bit / 8] ^ 1 << bit % 8);
    write_at(path, bit / 8, &flipped, 1);
    INFO("bit " << bit);
    REQUIRE(code_of_open(path, OpenMode::kJoin) == StatusCode::kDataLoss);
    write_at(path, bit / 8, &whole[bit / 8], 1);
  }
  CHECK(code_of_open(path, OpenMode::kJoin) == StatusCode::kOk);
}

TEST_CASE("another format version is named, not misread") {
  const Scratch scratch;
  const std::string path = made(scratch);
  DomainIdentity id;
  std::memcpy(&id, bytes_of(path).data(), sizeof id);
  id.format_version = kFormatVersion + 1;
  id.checksum = XXH3_64bits(&id, offsetof(DomainIdentity, checksum));
  write_at(path, 0, &id, sizeof id);
  CHECK(code_of_open(path, OpenMode::kJoin) == StatusCode::kUnimplemented);
}

TEST_CASE("many who create-or-join at one moment come together in one domain") {
  for (int round = 0; round < yin::test::effort(20); ++round) {
    const DomainPlace place(kNamedBackings[round % 2]);
    const std::string& path = place.path();
    SharedPage<SharedHalf> go;
    std::vector<Child> children;
    for (int i = 0; i < 6; ++i) {
      children.emplace_back([&] {
        await(*go, 1);
        const auto domain = open_domain({.path = path});
        const auto worker = join(*domain);
        const Pin pin(*worker);
        const auto counter = open_atom(pin, "counter", int_word(0));
        if (!counter.ok()) return 1;
        return swap(pin, *counter, [](Edit&, Word n) { return int_word(small_int(n) + 1); }).ok()
                   ? 0
                   : 1;
      });
    }
    announce(*go);
    for (Child& child : children) REQUIRE(child.wait() == 0);
    const auto domain = open_domain({.path = path, .mode = OpenMode::kJoin});
    REQUIRE(get(*join(*domain), "counter") == int_word(6));
  }
}

TEST_CASE("a domain may be joined while it grows") {
  const Scratch scratch;
  const std::string path = made(scratch);
  SharedPage<SharedHalf> stop;
  Child grower([&] {
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    for (int i = 0; (*stop).load_seq() == 0 && i < 20'000;
         ++i) {  // 64 kB each: some 1.3 GB at most
      const Pin pin(*worker);
      Edit edit = Edit::in_slab(pin);
      (void)from_string(edit, std::string(60'000, 'x'));
    }
    return 0;
  });
  for (int i = 0; i < yin::test::effort(1'000); ++i) {
    const auto opened = Domain::open({.path = path, .mode = OpenMode::kJoin});
    INFO(opened.status().message());
    REQUIRE(opened.ok());
  }
  announce(*stop);
  CHECK(grower.wait() == 0);
}

TEST_CASE("a file that may not grow is an error, and nothing is lost") {
  const Scratch scratch;
  const std::string path = made(scratch);
  Child child([&] {
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    const rlim_t limit = domain->region().file_bytes() + 3'000'000;
    const rlimit limits = {limit, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &limits) != 0) return 2;
    const Status full = fill(*worker);
    if (full.code() != StatusCode::kResourceExhausted || full.message().size() < 20) return 3;
    if (get(*worker, "answer") != int_word(42)) return 4;
    // With the limit gone it goes on.
    const rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    if (::setrlimit(RLIMIT_FSIZE, &none) != 0) return 5;
    put(*worker, "after", int_word(1));
    return 0;
  });
  REQUIRE(child.wait() == 0);
  const auto domain = open_domain({.path = path, .mode = OpenMode::kJoin});
  CHECK(get(*join(*domain), "answer") == int_word(42));
  CHECK(get(*join(*domain), "after") == int_word(1));
}

TEST_CASE("a full disk is an error, and nothing is lost") {
  const Scratch scratch;
  const std::string dir = scratch.file("small");
  std::filesystem::create_directory(dir);
  if (::mount("tmpfs", dir.c_str(), "tmpfs", 0, "size=6m") != 0)
    SKIP("mounting is not allowed here");
  {
    const std::string path = dir + "/a.yin";
    const auto domain = open_domain({.path = path});
    const auto worker = join(*domain);
    put(*worker, "answer", int_word(42));
    const Status full = fill(*worker);
    CHECK(full.code() == StatusCode::kResourceExhausted);
    CHECK(get(*worker, "answer") == int_word(42));
    const auto again = open_domain({.path = path, .mode = OpenMode::kJoin});
    CHECK(get(*join(*again), "answer") == int_word(42));
  }
  CHECK(::umount(dir.c_str()) == 0);
}

TEST_CASE("a copy that has holes gets its blocks when it is joined, or is refused") {
  const Scratch scratch;
  const std::string path = made(scratch);
  const std::string dir = scratch.file("small");
  std::filesystem::create_directory(dir);
  if (::mount("tmpfs", dir.c_str(), "tmpfs", 0, "size=2m") != 0)
    SKIP("mounting is not allowed here");
  const std::string copy = dir + "/a.yin";
  const std::vector<char> whole = bytes_of(path);
  write_bytes(copy, {});
  std::filesystem::resize_file(copy, whole.size());
  for (std::size_t at = 0; at < whole.size(); at += 4096) {
    const char* page = whole.data() + at;
    if (std::any_of(page, page + 4096, [](char c) { return c != 0; }))
      write_at(copy, at, page, 4096);
  }
  std::vector<char> rest(2 << 20);
  write_bytes(dir + "/rest", rest);
  CHECK(code_of_open(copy, OpenMode::kJoin) == StatusCode::kResourceExhausted);
  std::filesystem::remove(dir + "/rest");
  {
    const auto domain = open_domain({.path = copy, .mode = OpenMode::kJoin});
    write_bytes(dir + "/rest", rest);
    const auto worker = join(*domain);
    for (int i = 0; i < 3; ++i) CHECK(collect(*worker).ok());  // stores where the zeroes were
    put(*worker, "answer", int_word(43));
    CHECK(get(*worker, "answer") == int_word(43));
  }
  CHECK(::umount(dir.c_str()) == 0);
}

TEST_CASE("a domain that reached its capacity says so, and nothing is lost") {
  const Scratch scratch;
  const auto domain = open_domain({.path = scratch.file("a.yin"), .capacity_bytes = kCapacityMin});
  const auto worker = join(*domain);
  put(*worker, "answer", int_word(42));
  CHECK(fill(*worker).code() == StatusCode::kResourceExhausted);
  CHECK(get(*worker, "answer") == int_word(42));
}
