#pragma once

// A directory of a test's own, and domains in it; gone when the test ends.
//
//   Scratch scratch;
//   auto domain = open_domain({.path = scratch.file("a.yin")});
//   auto worker = join(*domain);

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <stdlib.h>

#include "substrate/check.h"
#include "substrate/domain.h"
#include "substrate/worker.h"

namespace yin::tests {

class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "yin-test-XXXXXX").string();
    substrate::check(::mkdtemp(name.data()) != nullptr, "no scratch directory");
    dir_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (dir_ / name).string(); }

 private:
  std::filesystem::path dir_;
};

inline std::vector<char> bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::string& path, const std::vector<char>& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Of a test that has no use for a failure.
inline std::unique_ptr<substrate::Domain> open_domain(const substrate::DomainOptions& options) {
  auto opened = substrate::Domain::open(options);
  substrate::check(opened.ok(), opened.status().message().c_str());
  return *std::move(opened);
}

inline std::unique_ptr<substrate::Worker> join(substrate::Domain& domain) {
  auto joined = substrate::Worker::join(domain);
  substrate::check(joined.ok(), joined.status().message().c_str());
  return *std::move(joined);
}

}  // namespace yin::tests
