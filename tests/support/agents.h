#pragma once

// Programs of agents in a test: load one, run what is ready, look at the result.

#include <cstdint>
#include <string>
#include <string_view>

#include "substrate/check.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "ast/reader.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "vm/reading.h"
#include "scheduler/inspect.h"
#include "scheduler/scheduler.h"

namespace yin::tests {

inline const scheduler::HostTable kNoHost;

// The first agent of a program that `read(edit)` gives, in a domain that gets the prelude if it is
// new. Its ref.
template <class Read>
substrate::Word load_agents_of(substrate::Worker& worker, Read read) {
  const auto prelude = vm::install_prelude(worker);
  substrate::check(prelude.ok(), prelude.message().c_str());
  const substrate::Pin pin(worker);
  substrate::Edit edit = substrate::Edit::in_slab(pin);
  auto program = read(edit);
  substrate::check(program.ok(), program.status().message().c_str());
  auto main = vm::lower(edit, *program);
  substrate::check(main.ok(), main.status().message().c_str());
  auto agent = scheduler::spawn(pin, *main, {}, "main");
  substrate::check(agent.ok(), agent.status().message().c_str());
  return *agent;
}
inline substrate::Word load_agents(substrate::Worker& worker, std::string_view text) {
  return load_agents_of(
      worker, [&](substrate::Edit& edit) { return vm::read_program(edit, text, "test.clj"); });
}
// Of a program as data.
inline substrate::Word load_data(substrate::Worker& worker, std::string_view text) {
  return load_agents_of(
      worker, [&](substrate::Edit& edit) { return vm::read_datoms(edit, text, "test.edn"); });
}

inline void run_ready(substrate::Worker& worker, vm::Projection projection = vm::Projection::kStack,
                      scheduler::SliceLimits limits = {},
                      const scheduler::HostTable& host = kNoHost) {
  scheduler::Runner runner(worker, projection, host, limits);
  while (runner.run_one() == scheduler::Runner::Turn::kRan) {
  }
}

// A host whose time stands still until it is moved by hand.
class ManualTime {
 public:
  ManualTime() {
    host_.set_clock([this] { return now_ms_; });
  }
  void pass(std::uint64_t ms) { now_ms_ += ms; }
  [[nodiscard]] std::uint64_t now_ms() const { return now_ms_; }
  [[nodiscard]] scheduler::HostTable& host() { return host_; }
  void run_ready(substrate::Worker& worker, vm::Projection projection = vm::Projection::kStack,
                 scheduler::SliceLimits limits = {}) {
    tests::run_ready(worker, projection, limits, host_);
  }

 private:
  std::uint64_t now_ms_ = 1'800'000'000'000;
  scheduler::HostTable host_;
};

inline std::size_t agents_alive(substrate::Worker& worker) {
  const substrate::Pin pin(worker);
  return scheduler::list_agents(pin).size();
}

// The value of a named atom as EDN, "no atom" when there is none.
inline std::string atom_text(substrate::Worker& worker, std::string_view name) {
  const substrate::Pin pin(worker);
  const substrate::Word ref = find_named_root(pin, name);
  if (is_absent(ref)) return "no atom";
  const auto read = read_root(pin, root_ref(ref));
  return read.ok() ? print(pin, read.value) : "deleted";
}

}  // namespace yin::tests
