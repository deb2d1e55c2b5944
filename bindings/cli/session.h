#pragma once

// Session: programs evaluated one after another in one domain, in this process, as `yin eval` and
// `yin repl` do.
//
// What is evaluated runs as an agent like any other, so that every effect works and nothing is
// special about it but that its value is kept for who asked. The thread that waits for it runs
// agents itself, all that are ready, and collects when that is due; no other thread or process is
// needed. The domain is private memory, or one by its path, which others may have open too.
//
// For one thread. Words that are given are valid under the pin they were asked with.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "substrate/pin.h"
#include "substrate/root.h"
#include "substrate/status.h"
#include "vm/machine.h"
#include "scheduler/host.h"
#include "scheduler/scheduler.h"
#include "bindings/cli/job.h"
#include "bindings/cli/open.h"
#include "bindings/cli/program.h"

namespace yin::cli {

struct SessionOptions {
  std::string domain;  // empty: private memory
  std::string projection = "tiered";
  std::vector<std::string> grants;
  std::vector<std::string> arguments;  // *args*
  Language language = Language::kClojure;
};

class Session {
 public:
  static substrate::StatusOr<std::unique_ptr<Session>> open(const SessionOptions& options);
  ~Session();  // takes what it made for itself out of the domain again
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] substrate::Worker& worker() const { return *opened_.worker; }

  // Begins to evaluate functions of no parameters, one after another: the last one's value is the
  // result.
  substrate::Status start(const substrate::Pin& pin, std::span<const substrate::Word> programs);
  // The same where only the effects matter: the result is nil.
  substrate::Status start_for_effects(const substrate::Pin& pin,
                                      std::span<const substrate::Word> programs);

  enum class Ended : std::uint8_t {
    kValue,        // result() is its value
    kFailed,       // result() is the error
    kInterrupted,  // by Ctrl-C (children.h)
    kStuck,        // it waits for what nobody will give
    kNoSpace,      // the domain is full, as world() says; others may go on
    kWorld,        // nobody can go on: world() says why
  };
  enum class Until : std::uint8_t {
    kValue,  // there is a result
    kAll,    // and all other agents have ended
  };
  // Runs agents; what they print goes to standard output as it comes. What was started and did not
  // end is taken out of the domain.
  Ended wait(Until until);
  [[nodiscard]] substrate::Word result(const substrate::Pin& pin) const;
  [[nodiscard]] const substrate::Status& world() const { return world_; }
  // Writes to standard output what agents have printed.
  substrate::Status forward_output();

  // Errors of other agents that were not told yet, each with its agent's name.
  std::vector<std::string> take_failures();
  // How many agents have not ended; how many waited when nobody could go on.
  std::uint32_t agents_alive() { return standing_of(worker(), told_).alive; }
  [[nodiscard]] std::uint32_t stuck_agents() const { return stuck_agents_; }

  // A value that stays known from one pin to the next.
  substrate::Status keep(const substrate::Pin& pin, substrate::Word value);
  [[nodiscard]] substrate::Word kept(const substrate::Pin& pin) const;

  // Agents go on as long as this lives, in threads of its own. Not while wait() runs.
  class Background {
   public:
    explicit Background(Session& session);
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

   private:
    struct Threads;
    std::unique_ptr<Threads> threads_;
  };

 private:
  Session(Opened opened, const SessionOptions& options);
  substrate::Status prepare(const SessionOptions& options);
  substrate::Status started(const substrate::StatusOr<substrate::Word>& agent);
  substrate::StatusOr<substrate::RootRef> make_atom(const substrate::Pin& pin);
  void remove(substrate::RootRef root);
  [[nodiscard]] bool main_ended(Ended& how);
  bool make_room();
  bool nobody_can_go_on();

  Opened opened_;
  scheduler::HostTable host_;
  vm::Projection projection_;
  scheduler::Runner runner_;
  substrate::RootRef place_{};  // the result
  substrate::RootRef kept_{};
  substrate::RootRef main_{};
  bool main_runs_ = false;
  Failures told_;
  substrate::Status world_;
  unsigned quiet_looks_ = 0;
  std::uint32_t stuck_agents_ = 0;
  unsigned space_failures_ = 0;
  unsigned turns_with_room_ = 0;
};

// What a standing job's programs print goes where a program's output belongs; kResourceExhausted
// and its like when it cannot be written.
substrate::Status write_out(std::string_view text);

}  // namespace yin::cli
