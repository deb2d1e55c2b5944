#pragma once

// A private domain with one worker: what most tests need before anything else.

#include <memory>

#include "substrate/check.h"
#include "substrate/domain.h"
#include "substrate/worker.h"

namespace yin::tests {

struct TestDomain {
  std::unique_ptr<substrate::Domain> domain;
  std::unique_ptr<substrate::Worker> worker;

  explicit TestDomain(const substrate::DomainOptions& options = {
                          .path = {},
                          .mode = substrate::OpenMode::kCreate,
                          .capacity_bytes = std::uint64_t{4} << 30}) {
    auto opened = substrate::Domain::open(options);
    substrate::check(opened.ok(), opened.status().message().c_str());
    domain = *std::move(opened);
    auto joined = substrate::Worker::join(*domain);
    substrate::check(joined.ok(), joined.status().message().c_str());
    worker = *std::move(joined);
  }
};

}  // namespace yin::tests
