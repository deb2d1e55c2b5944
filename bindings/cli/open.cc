#include "bindings/cli/open.h"

#include <utility>

#include "vm/verify.h"

namespace yin::cli {

using substrate::Domain;
using substrate::Worker;

substrate::StatusOr<Opened> open_domain(const std::string& path, substrate::OpenMode mode,
                                        Trust trust) {
  const std::uint64_t capacity = path.empty() ? kPrivateBytes : substrate::kCapacityDefault;
  auto domain = Domain::open({.path = path, .mode = mode, .capacity_bytes = capacity});
  if (!domain.ok()) return domain.status();
  auto worker = Worker::join(**domain);
  if (!worker.ok()) return worker.status();
  if (trust == Trust::kVerified) {
    if (substrate::Status trusted = vm::trust(**worker); !trusted.ok()) return trusted;
  }
  return Opened{*std::move(domain), *std::move(worker)};
}

substrate::StatusOr<Opened> open_to_look(const std::string& path, bool read_only, Trust trust) {
  using substrate::OpenMode;
  auto opened = open_domain(path, read_only ? OpenMode::kReadOnly : OpenMode::kJoin, trust);
  if (opened.status().code() != substrate::StatusCode::kPermissionDenied || read_only)
    return opened;
  return open_domain(path, OpenMode::kReadOnly, trust);
}

}  // namespace yin::cli
