#pragma once

// Opening a domain for a command.
//
// A domain that this machine has not known since it was started (a copy, a file from elsewhere, or
// from before a power cut) is verified first, whole and in linear time, and refused when it is
// damaged: what reads it afterwards reads it as it stands.

#include <cstdint>
#include <memory>
#include <string>

#include "substrate/domain.h"
#include "substrate/status.h"
#include "substrate/worker.h"

namespace yin::cli {

struct Opened {
  std::unique_ptr<substrate::Domain> domain;
  std::unique_ptr<substrate::Worker> worker;
};

// A domain in private memory may grow to this and no further: a program that recurses for ever is to
// be told, not to take all that the machine has.
inline constexpr std::uint64_t kPrivateBytes = std::uint64_t{4} << 30;

enum class Trust { kVerified, kAsItIs };  // kAsItIs: for who looks for damage

// An empty path: private memory.
substrate::StatusOr<Opened> open_domain(const std::string& path, substrate::OpenMode mode,
                                        Trust trust = Trust::kVerified);

// For a look: a file that may not be written is opened read-only, as any is when asked for.
substrate::StatusOr<Opened> open_to_look(const std::string& path, bool read_only,
                                         Trust trust = Trust::kVerified);

}  // namespace yin::cli
