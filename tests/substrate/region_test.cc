#include "substrate/region.h"

#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/collector.h"
#include "substrate/hold.h"
#include "substrate/intern.h"
#include "substrate/print.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "tests/substrate/atoms.h"
#include "tests/substrate/dying_commit.h"
#include "tests/support/child.h"
#include "tests/support/domain_place.h"
#include "tests/support/effort.h"

namespace {

using namespace yin::substrate;
using namespace yin::tests;

StatusCode code_of_open(const std::string& path, OpenMode mode = OpenMode::kCreateOrJoin) {
  const auto opened = Domain::open({.path = path, .mode = mode});
  if (!opened.ok()) REQUIRE(opened.status().message().size() > 20);  // a sentence, not a word
  return opened.status().code();
}

std::int64_t count_of(Worker& worker, RootRef ref) {
  const Pin pin(worker);
  return small_int(*deref(pin, ref));
}
void count_up(Worker& worker, RootRef ref, int times) {
  for (int i = 0; i < times; ++i) {
    const Pin pin(worker);
    check(swap(pin, ref, inc).ok(), "a swap");
  }
}

// Runs as a process that has /dev/shm or a directory to itself, `bytes` large.
bool mount_small(const std::string& directory, const char* size) {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", directory.c_str(), "tmpfs", 0, size) == 0;
}

struct stat stat_of(const std::string& path) {
  struct stat s = {};
  REQUIRE(::stat(path.c_str(), &s) == 0);
  return s;
}

// A domain at rest: the atom "answer" is [42 "text"], and 1,000 more.
std::string at_rest(const DomainPlace& place) {
  const auto domain = open_domain({.path = place.path(),
                                   .mode = OpenMode::kCreate,
                                   .capacity_bytes = 16 * kCapacityUnit});  // small to compare
  const auto worker = join(*domain);
  const RootRef ref = atom(*worker, "answer");
  const Pin pin(*worker);
  REQUIRE(swap(pin, ref, [](Edit& edit, Word) {
            const Word items[] = {int_word(42), from_string(edit, "a longer text")};
            return Vector::from(edit, items).word;
          }).ok());
  for (int i = 0; i < 1'000; ++i) (void)atom(*worker, "atom " + std::to_string(i), int_word(i));
  return place.path();
}
std::string answer_in(Worker& worker) {
  const Pin pin(worker);
  return print(pin, *deref(pin, root_ref(find_named_root(pin, "answer"))));
}

}  // namespace

// ---- shared memory ------------------------------------------------------------------------------

TEST_CASE("shared memory has a name without a slash, of 1 to 255 bytes") {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("/a"),
        std::string(256, 'x'), std::string("a\0b", 3)}) {
    CHECK(code_of_open("shm:" + name) == StatusCode::kInvalidArgument);
    CHECK(Domain::unlink("shm:" + name).code() == StatusCode::kInvalidArgument);
  }
  const DomainPlace place(Backing::kShared);
  const std::string longest = place.path() + std::string(4 + 255 - place.path().size(), 'x');
  CHECK(code_of_open(longest) == StatusCode::kOk);
  CHECK(Domain::unlink(longest).ok());
}

TEST_CASE("a file may be called as shared memory is, behind a dot and a slash") {
  const Scratch scratch;
  const std::string path = scratch.file("shm:jobs");  // the prefix counts at the start only
  CHECK(open_domain({.path = path})->created());
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("a domain that was unlinked is another's name, and goes on for those who have it open") {
  for (const Backing backing : kNamedBackings) {
    INFO(name_of(backing));
    const DomainPlace place(backing);
    CHECK(Domain::unlink(place.path()).code() == StatusCode::kNotFound);
    const auto old = open_domain({.path = place.path(), .mode = OpenMode::kCreate});
    CHECK(code_of_open(place.path(), OpenMode::kCreate) == StatusCode::kAlreadyExists);
    const auto worker = join(*old);
    const RootRef counter = yin::tests::counter(*worker, "counter");
    REQUIRE(Domain::unlink(place.path()).ok());
    CHECK(code_of_open(place.path(), OpenMode::kJoin) == StatusCode::kNotFound);
    const auto young = open_domain({.path = place.path(), .mode = OpenMode::kCreate});
    CHECK(std::memcmp(old->identity().domain_id, young->identity().domain_id,
                      sizeof old->identity().domain_id) != 0);
    count_up(*worker, counter, 10);
    CHECK(count_of(*worker, counter) == 10);
    expect_clean(*worker);
  }
}

TEST_CASE("what is no domain is not unlinked") {
  const Scratch scratch;
  const std::string path = scratch.file("letter");
  write_bytes(path, std::vector<char>(10'000, 'x'));
  CHECK(Domain::unlink(path).code() == StatusCode::kDataLoss);
  CHECK(std::filesystem::exists(path));
  CHECK(Domain::unlink("").code() == StatusCode::kInvalidArgument);
}

TEST_CASE("shared memory that another user made, or a link in its place, is refused") {
  const DomainPlace place(Backing::kShared);
  const Scratch scratch;
  REQUIRE(open_domain({.path = scratch.file("a.yin")})->created());
  REQUIRE(::symlink(scratch.file("a.yin").c_str(), place.file().c_str()) == 0);
  CHECK(!Domain::open({.path = place.path()}).ok());
  CHECK(!Domain::open({.path = place.path(), .mode = OpenMode::kReadOnly}).ok());
  REQUIRE(::unlink(place.file().c_str()) == 0);
  REQUIRE(open_domain({.path = place.path()})->created());
  if (::chown(place.file().c_str(), 12'345, 12'345) != 0) SKIP("giving files away takes root");
  CHECK(code_of_open(place.path()) == StatusCode::kPermissionDenied);
  CHECK(code_of_open(place.file()) == StatusCode::kOk);
}

TEST_CASE("shared memory that is full is an error, and nothing is lost") {
  Child child([] {
    if (!mount_small("/dev/shm", "size=6m")) return 77;
    const auto domain = open_domain({.path = "shm:small", .mode = OpenMode::kCreate});
    const auto worker = join(*domain);
    const RootRef answer = atom(*worker, "answer", int_word(42));
    const std::string text(100'000, 'x');
    Status full;
    for (int i = 0; full.ok(); ++i) {
      const Pin pin(*worker);
      const auto ref = open_atom(pin, "filler" + std::to_string(i), kNil);
      full = ref.ok()
                 ? swap(pin, *ref, [&](Edit& e, Word) { return from_string(e, text); }).status()
                 : ref.status();
    }
    if (full.code() != StatusCode::kResourceExhausted) return 1;
    if (count_of(*worker, answer) != 42) return 2;
    if (code_of_open("shm:other") != StatusCode::kResourceExhausted) return 3;
    return verify(*worker).clean() ? 0 : 4;
  });
  const int code = child.wait();
  if (code == 77) SKIP("mounting is not allowed here");
  CHECK(code == 0);
}

// ---- one domain by many ways --------------------------------------------------------------------

TEST_CASE("swaps of processes and threads meet exactly, whatever is behind the domain") {
  for (const Backing backing : kNamedBackings) {
    INFO(name_of(backing));
    const DomainPlace place(backing);
    const auto domain = open_domain({.path = place.path()});
    const auto worker = join(*domain);
    const RootRef counter = yin::tests::counter(*worker, "counter");
    const int each = yin::test::effort(20'000);
    std::vector<Child> children;
    for (int i = 0; i < 3; ++i) {
      children.emplace_back([&] {
        const auto theirs = open_domain({.path = place.path(), .mode = OpenMode::kJoin});
        count_up(*join(*theirs), counter, each);
        return 0;
      });
    }
    count_up(*worker, counter, each);
    for (Child& child : children) CHECK(child.wait() == 0);
    CHECK(count_of(*worker, counter) == 4 * each);
    expect_clean(*worker);
  }
}

TEST_CASE("a file by its name, a hard link, a symbolic link, a relative path, twice: one domain") {
  const Scratch scratch;
  const std::string path = scratch.file("a.yin");
  REQUIRE(open_domain({.path = path})->created());
  std::filesystem::create_hard_link(path, scratch.file("hard.yin"));
  std::filesystem::create_symlink("a.yin", scratch.file("soft.yin"));
  const std::string paths[] = {path, path, scratch.file("hard.yin"), scratch.file("soft.yin"),
                               std::filesystem::relative(path).string()};
  std::vector<std::unique_ptr<Domain>> domains;
  std::vector<std::unique_ptr<Worker>> workers;
  std::set<std::uint32_t> indexes;
  for (const std::string& p : paths) {
    domains.push_back(open_domain({.path = p}));
    CHECK(!domains.back()->created());
    workers.push_back(join(*domains.back()));
    indexes.insert(raw(workers.back()->index()));
  }
  REQUIRE(indexes.size() == std::size(paths));
  const RootRef counter = yin::tests::counter(*workers[0], "counter");
  const int each = yin::test::effort(20'000);
  std::vector<std::thread> threads;
  for (const auto& worker : workers)
    threads.emplace_back([&] { count_up(*worker, counter, each); });
  for (std::thread& t : threads) t.join();
  for (const auto& worker : workers)
    CHECK(count_of(*worker, counter) == static_cast<std::int64_t>(std::size(paths)) * each);

  // That one of them is closed, and others opened and closed, takes no lease from the others.
  const auto expect_held = [&] {
    for (const auto& worker : workers) {
      CHECK(adopt_dead_workers(*worker).workers == 0);
      CHECK(!worker->domain().region().lock_is_free(kLockWorkers + raw(workers.back()->index())));
    }
  };
  expect_held();
  workers.erase(workers.begin());
  domains.erase(domains.begin());
  for (const std::string& p : paths) (void)join(*open_domain({.path = p}));
  expect_held();
  Child other([&] {
    const auto theirs = open_domain({.path = path});
    return static_cast<int>(adopt_dead_workers(*join(*theirs)).workers);
  });
  CHECK(other.wait() == 0);
  for (const auto& worker : workers) count_up(*worker, counter, 1);
  expect_clean(*workers[0]);
}

TEST_CASE("several domains in one process have nothing to do with each other") {
  const DomainPlace file(Backing::kFile);
  const DomainPlace shared(Backing::kShared);
  const std::string paths[] = {file.path(), shared.path(), "", ""};
  std::vector<std::unique_ptr<Domain>> domains;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<RootRef> refs;
  for (const std::string& path : paths) {
    domains.push_back(open_domain({.path = path}));
    workers.push_back(join(*domains.back()));
    refs.push_back(counter(*workers.back(), "counter"));
    CHECK(raw(workers.back()->index()) == 0);
  }
  const int each = yin::test::effort(5'000);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < each; ++n) {
        count_up(*workers[i], refs[i], static_cast<int>(i) + 1);
        if (n % 1'000 == 0) check(collect(*workers[i]).ok(), "a cycle");
      }
    });
  }
  for (std::thread& t : threads) t.join();
  for (std::size_t i = 0; i < workers.size(); ++i) {
    CHECK(count_of(*workers[i], refs[i]) == static_cast<std::int64_t>(i + 1) * each);
    expect_clean(*workers[i]);
  }
}

TEST_CASE("a link that leads nowhere is said to be one") {
  const Scratch scratch;
  std::filesystem::create_symlink("none.yin", scratch.file("a.yin"));
  CHECK(code_of_open(scratch.file("a.yin")) == StatusCode::kNotFound);
  CHECK(code_of_open(scratch.file("a.yin"), OpenMode::kCreate) == StatusCode::kNotFound);
}

// ---- read-only ----------------------------------------------------------------------------------

TEST_CASE("a domain that is opened read-only does not change by a byte") {
  for (const Backing backing : kNamedBackings) {
    INFO(name_of(backing));
    const DomainPlace place(backing);
    at_rest(place);
    REQUIRE(::chmod(place.file().c_str(), 0400) == 0);
    CHECK(code_of_open(place.path(), OpenMode::kJoin) == StatusCode::kPermissionDenied);
    const std::vector<char> before = bytes_of(place.file());
    const struct stat then = stat_of(place.file());
    {
      const auto domain = open_domain({.path = place.path(), .mode = OpenMode::kReadOnly});
      CHECK(domain->read_only());
      CHECK(domain->known_here());
      const auto worker = join(*domain);
      const auto second = join(*domain);
      CHECK(raw(worker->index()) != raw(second->index()));
      CHECK(adopt_dead_workers(*worker).workers == 0);
      CHECK(answer_in(*worker) == "[42 \"a longer text\"]");
      expect_clean(*worker);
      const Pin pin(*worker);
      CHECK(list_named_roots(pin, RootKind::kAtom).size() == 1'001);
      const auto snapshot = Snapshot::take(pin);
      REQUIRE(snapshot.ok());
      CHECK(snapshot->read(pin, root_ref(find_named_root(pin, "answer"))).ok());
      CHECK(intern(pin, "a-name-nobody-has").ok());  // for a look-up: it stays in this process
    }
    {
      const auto domain = open_domain({.path = place.path(), .mode = OpenMode::kReadOnly});
      CHECK(collect(*join(*domain)).ok());
      CHECK(answer_in(*join(*domain)) == "[42 \"a longer text\"]");
    }
    CHECK(bytes_of(place.file()) == before);
    const struct stat now = stat_of(place.file());
    CHECK(now.st_mtim.tv_sec == then.st_mtim.tv_sec);
    CHECK(now.st_mtim.tv_nsec == then.st_mtim.tv_nsec);
    CHECK(now.st_blocks == then.st_blocks);
  }
}

TEST_CASE("a domain on media that cannot be written is read") {
  const DomainPlace place(Backing::kFile);
  at_rest(place);
  Child child([&] {
    const Scratch scratch;
    const std::string dir = scratch.file("media");
    std::filesystem::create_directory(dir);
    if (!mount_small(dir, "size=16m")) return 77;
    std::error_code copied;
    std::filesystem::copy_file(place.file(), dir + "/a.yin", copied);
    if (copied) return 78;
    if (::mount(nullptr, dir.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) return 77;
    if (code_of_open(dir + "/a.yin", OpenMode::kJoin) != StatusCode::kPermissionDenied) return 1;
    const auto domain = Domain::open({.path = dir + "/a.yin", .mode = OpenMode::kReadOnly});
    if (!domain.ok()) return 2;
    if ((*domain)->known_here()) return 3;  // a copy
    const auto worker = join(**domain);
    if (!verify(*worker).clean()) return 4;
    (*domain)->accept();
    return answer_in(*worker) == "[42 \"a longer text\"]" ? 0 : 5;
  });
  const int code = child.wait();
  if (code == 77) SKIP("mounting is not allowed here");
  CHECK(code == 0);
}

TEST_CASE("writers and read-only openers keep each other out, and not their own kind") {
  const DomainPlace place(Backing::kFile);
  const std::string path = at_rest(place);
  for (const bool in_child : {false, true}) {
    INFO((in_child ? "over processes" : "in one process"));
    const auto code = [&](OpenMode mode) {
      if (!in_child) return code_of_open(path, mode);
      Child child([&] { return static_cast<int>(code_of_open(path, mode)); });
      return static_cast<StatusCode>(child.wait());
    };
    {
      const auto reader = open_domain({.path = path, .mode = OpenMode::kReadOnly});
      CHECK(code(OpenMode::kReadOnly) == StatusCode::kOk);
      CHECK(code(in_child ? OpenMode::kJoin : OpenMode::kCreateOrJoin) == StatusCode::kUnavailable);
    }
    {
      const auto writer = open_domain({.path = path, .mode = OpenMode::kJoin});
      CHECK(code(OpenMode::kJoin) == StatusCode::kOk);
      CHECK(code(OpenMode::kReadOnly) == StatusCode::kUnavailable);
    }
    CHECK(code(OpenMode::kReadOnly) == StatusCode::kOk);
    CHECK(code(OpenMode::kJoin) == StatusCode::kOk);
  }
}

TEST_CASE(
    "who opens a domain to write waits for a reader to leave, and meanwhile lets no other in") {
  const DomainPlace place(Backing::kFile);
  const std::string path = at_rest(place);
  auto reader = open_domain({.path = path, .mode = OpenMode::kReadOnly});
  StatusCode writes = StatusCode::kInternal;
  std::thread writer([&] { writes = code_of_open(path, OpenMode::kJoin); });
  while (code_of_open(path, OpenMode::kReadOnly) == StatusCode::kOk) std::this_thread::yield();
  reader.reset();
  writer.join();
  CHECK(writes == StatusCode::kOk);
}

TEST_CASE("whoever opens a domain to write and to read at one moment: never both have it") {
  const DomainPlace place(Backing::kFile);
  const std::string path = at_rest(place);
  struct Page {
    SharedHalf go, writers, readers, both;
  };
  const SharedPage<Page> page;
  std::vector<Child> children;
  for (int i = 0; i < 4; ++i) {
    children.emplace_back([&, i] {
      await(page->go, 1);
      for (int n = 0; n < yin::test::effort(200); ++n) {
        const bool writes = i % 2 == 0;
        const auto opened =
            Domain::open({.path = path, .mode = writes ? OpenMode::kJoin : OpenMode::kReadOnly});
        if (!opened.ok() && opened.status().code() != StatusCode::kUnavailable) return 1;
        if (!opened.ok()) continue;
        SharedHalf& mine = writes ? page->writers : page->readers;
        mine.add_seq(1);
        if ((writes ? page->readers : page->writers).load_seq() != 0) page->both.store_seq(1);
        mine.add_seq(~std::uint32_t{0});
      }
      return 0;
    });
  }
  announce(page->go);
  for (Child& child : children) CHECK(child.wait() == 0);
  CHECK(page->both.load_seq() == 0);
}

TEST_CASE("a read-only domain refuses what would change it with a sentence, and goes on") {
  const DomainPlace place(Backing::kFile);
  const std::string path = at_rest(place);
  const std::vector<char> before = bytes_of(place.file());
  {
    const auto domain = open_domain({.path = path, .mode = OpenMode::kReadOnly});
    const auto worker = join(*domain);
    const Pin pin(*worker);
    const RootRef answer = root_ref(find_named_root(pin, "answer"));
    const RootRef other = root_ref(find_named_root(pin, "atom 1"));
    const auto refused = [](const Status& status) {
      INFO(status.message());
      CHECK(status.code() == StatusCode::kPermissionDenied);
      CHECK(status.message().find("reading only") != std::string::npos);
    };
    for (int i = 0; i < 3; ++i) {
      refused(swap(pin, other, inc).status());
      refused(reset_vals(pin, answer, kNil).status());
      refused(reset_root(pin, answer, kNil));
      refused(open_atom(pin, "new", kNil).status());
      refused(delete_named_root(pin, RootKind::kAtom, "answer"));
      refused(rename_root(pin, RootKind::kAtom, "answer", "question"));
      refused(swap(pin, answer, [](Edit& e, Word) {
                return from_string(e, std::string(10'000'000, 'x'));
              }).status());
      const RootRead a = read_root(pin, answer);
      const RootRead b = read_root(pin, other);
      const Change both[] = {{answer, a.version, kNil}, {other, b.version, kNil}};
      CHECK(commit(pin, both) == CommitOutcome::kNoSpace);
      refused(worker->space_status());
      worker->clear_space_status();
    }
    Status grown;
    for (int i = 0; grown.ok() && i < 1'000'000; ++i)
      grown = intern(pin, "name-" + std::to_string(i)).status();
    refused(grown);
    std::vector<Handle> handles;
    grown = {};
    for (int i = 0; grown.ok() && i < 1'000'000; ++i) {
      auto handle = Handle::make(pin, int_word(i));
      grown = handle.status();
      if (handle.ok()) handles.push_back(*std::move(handle));
    }
    refused(grown);
    CHECK(answer_in(*worker) == "[42 \"a longer text\"]");
  }
  CHECK(bytes_of(place.file()) == before);
}

TEST_CASE("what killed writers left is read: their leases, and a commit half made") {
  const DomainPlace place(Backing::kFile);
  const std::string path = at_rest(place);
  const SharedPage<SharedHalf> ready;
  std::vector<Child> children;
  for (int i = 0; i < 3; ++i) {
    children.emplace_back([&, i] {
      const auto domain = open_domain({.path = path});
      std::vector<std::unique_ptr<Worker>> workers;
      for (int n = 0; n < 40; ++n) workers.push_back(join(*domain));
      const Pin pin(*workers[0]);
      const auto change = [&](const std::string& name) {
        const RootRef ref = root_ref(find_named_root(pin, name));
        return Change{ref, read_root(pin, ref).version, kNil};
      };
      const std::string mine = "atom " + std::to_string(2 * i + 1);
      DyingCommit half(pin, {change(mine), change("atom " + std::to_string(2 * i + 2))});
      half.install(0);
      announce(*ready);
      for (;;) park_on(*ready, 99);
      return 0;
    });
  }
  await(*ready, 3);
  CHECK(code_of_open(path, OpenMode::kReadOnly) == StatusCode::kUnavailable);
  for (Child& child : children) child.kill(SIGKILL), child.wait();
  const std::vector<char> before = bytes_of(place.file());
  {
    const auto domain = open_domain({.path = path, .mode = OpenMode::kReadOnly});
    const auto worker = join(*domain);
    CHECK(raw(worker->index()) == 0);
    const Pin pin(*worker);
    for (int i = 1; i <= 6; ++i) {
      const Word ref = find_named_root(pin, "atom " + std::to_string(i));
      CHECK(deref(pin, root_ref(ref)).ok());
      CHECK(*deref(pin, root_ref(ref)) == int_word(i));
    }
    expect_clean(*worker);
  }
  CHECK(bytes_of(place.file()) == before);
  const auto domain = open_domain({.path = path});
  const auto worker = join(*domain);
  CHECK(adopt_dead_workers(*worker).workers == 3 * 40 - 1);  // its own place was one of theirs
  expect_clean(*worker);
}

TEST_CASE("only a domain that is there is opened read-only") {
  const Scratch scratch;
  CHECK(code_of_open(scratch.file("a.yin"), OpenMode::kReadOnly) == StatusCode::kNotFound);
  CHECK(code_of_open("", OpenMode::kReadOnly) == StatusCode::kInvalidArgument);
  CHECK(code_of_open(scratch.file("."), OpenMode::kReadOnly) == StatusCode::kInvalidArgument);
  write_bytes(scratch.file("letter"), std::vector<char>(10'000, 'x'));
  CHECK(code_of_open(scratch.file("letter"), OpenMode::kReadOnly) == StatusCode::kDataLoss);
}
