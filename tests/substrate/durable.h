#pragma once

// A domain in a file of its own, and copies of that file: other files, so that they open as after a
// power cut.

#include <memory>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include "substrate/atom.h"
#include "substrate/checkpoint.h"
#include "substrate/print.h"
#include "substrate/read.h"
#include "tests/substrate/atoms.h"
#include "tests/support/scratch.h"

namespace yin::tests {

// A domain in a file, and what its copies hold.
struct Durable {
  static constexpr std::uint64_t kCapacity = std::uint64_t{64} << 20;

  Scratch scratch;
  std::string path = scratch.file("a.yin");
  std::unique_ptr<substrate::Domain> domain =
      open_domain({.path = path, .capacity_bytes = kCapacity});
  std::unique_ptr<substrate::Worker> worker = join(*domain);
  int copies = 0;

  substrate::RootRef atom(std::string_view name, std::string_view edn) {
    const substrate::RootRef ref = yin::tests::atom(*worker, name);
    set(ref, edn);
    return ref;
  }
  void set(substrate::RootRef ref, std::string_view edn) {
    const substrate::Pin pin(*worker);
    substrate::Edit edit = substrate::Edit::in_slab(pin);
    const auto value = read(edit, edn);
    REQUIRE(value.ok());
    REQUIRE(reset_root(pin, ref, *value).ok());
  }
  substrate::CheckpointReport make() {
    const auto report = checkpoint(*worker);
    INFO(report.status().message());
    REQUIRE(report.ok());
    return *report;
  }
  std::string copy() {
    const std::string to = scratch.file("copy-" + std::to_string(++copies) + ".yin");
    write_bytes(to, bytes_of(path));
    return to;
  }
};

struct Copy {
  std::unique_ptr<substrate::Domain> domain;
  std::unique_ptr<substrate::Worker> worker;
  explicit Copy(const std::string& path)
      : domain(open_domain({.path = path})), worker(join(*domain)) {}

  [[nodiscard]] std::string get(std::string_view name) const {
    const substrate::Pin pin(*worker);
    const substrate::Word ref = find_named_root(pin, name);
    if (is_absent(ref)) return "no such name";
    const substrate::RootRead now = read_root(pin, root_ref(ref));
    return now.ok() ? print(pin, now.value) : "deleted";
  }
};

}  // namespace yin::tests
