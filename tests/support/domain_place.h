#pragma once

// Where a test's domain is: one test body over every backing a region can have.
//
//   for (const Backing backing : kNamedBackings) {
//     const DomainPlace place(backing);
//     auto domain = open_domain({.path = place.path()});
//   }
//
// The place is gone when the test ends, whatever it left there.

#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/scratch.h"

namespace yin::tests {

enum class Backing { kFile, kShared, kPrivate };

inline constexpr Backing kBackings[] = {Backing::kFile, Backing::kShared, Backing::kPrivate};
inline constexpr Backing kNamedBackings[] = {Backing::kFile, Backing::kShared};  // processes meet

inline const char* name_of(Backing backing) {
  constexpr const char* kNames[] = {"file", "shared memory", "private memory"};
  return kNames[static_cast<int>(backing)];
}

class DomainPlace {
 public:
  explicit DomainPlace(Backing backing) {
    if (backing == Backing::kFile) path_ = scratch_.file("a.yin");
    if (backing == Backing::kShared) {
      static int made = 0;
      path_ = "shm:yin-test-" + std::to_string(::getpid()) + "-" + std::to_string(made++);
    }
  }
  ~DomainPlace() {
    if (!path_.empty()) (void)::unlink(file().c_str());
  }
  DomainPlace(const DomainPlace&) = delete;
  DomainPlace& operator=(const DomainPlace&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // The file behind it, for a look past the domain.
  [[nodiscard]] std::string file() const {
    return path_.starts_with("shm:") ? "/dev/shm/" + path_.substr(4) : path_;
  }

 private:
  Scratch scratch_;
  std::string path_;
};

}  // namespace yin::tests
