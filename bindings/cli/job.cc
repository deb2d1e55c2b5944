#include "bindings/cli/job.h"

#include <cstdio>
#include <span>

#include "substrate/commit.h"
#include "substrate/intern.h"
#include "substrate/map.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "vm/error.h"
#include "vm/lower.h"
#include "vm/prelude.h"
#include "scheduler/agent.h"
#include "scheduler/scheduler.h"
#include "scheduler/stream.h"
#include "bindings/cli/files.h"
#include "bindings/cli/input.h"

namespace yin::cli {

using substrate::AgentStatus;
using substrate::Domain;
using substrate::Edit;
using substrate::int_word;
using substrate::is_absent;
using substrate::kNil;
using substrate::Map;
using substrate::MapEntry;
using substrate::Pin;
using substrate::read_root;
using substrate::root_ref;
using substrate::RootKind;
using substrate::RootRead;
using substrate::SlotIndex;
using substrate::Status;
using substrate::StatusOr;
using substrate::Vector;
using substrate::Word;
using substrate::Worker;

namespace {

constexpr std::size_t kErrorsKept = 5;

Word strings(Edit& edit, const std::vector<std::string>& texts) {
  std::vector<Word> words;
  for (const std::string& t : texts) words.push_back(from_string(edit, t));
  return Vector::from(edit, words).word;
}

Word read_named(const Pin& pin, std::string_view name) {
  const Word ref = find_named_root(pin, name);
  if (is_absent(ref)) return kNil;
  const RootRead read = read_root(pin, root_ref(ref));
  return read.ok() ? read.value : kNil;
}

unsigned small_count(const Pin& pin, Map map, std::string_view name, unsigned otherwise) {
  const Word w = map.get(pin, keyword(pin, name));
  return substrate::is_small_int(w) ? static_cast<unsigned>(substrate::small_int(w)) : otherwise;
}

}  // namespace

scheduler::HostTable host_table(const std::vector<std::string>& grants) {
  scheduler::HostTable host;
  for (const std::string& grant : grants) {
    if (grant == "file") grant_files(host);
    if (grant == "console") grant_console(host);
  }
  return host;
}

Status define_arguments(const Pin& pin, const std::vector<std::string>& arguments) {
  auto var = named_root(pin, RootKind::kVar, "var/*args*", substrate::kAbsent);
  if (!var.ok()) return var.status();
  Edit edit = Edit::in_slab(pin);
  return reset_root(pin, root_ref(*var), strings(edit, arguments));
}

// Modules run before what requires them.
StatusOr<Word> spawn_programs(const Pin& pin, std::span<const Word> programs) {
  const bool alone = programs.size() == 1;
  const std::string run_all = std::string("var/").append(vm::kPreludeHome).append("yin/run-all");
  const Word first = alone ? programs[0] : read_named(pin, run_all);
  return scheduler::spawn(pin, first, alone ? std::span<const Word>{} : programs, "main");
}

Status load_program(Worker& worker, const Program& program,
                    const std::vector<std::string>& arguments) {
  if (Status ready = install_run_time(worker, program.language); !ready.ok()) return ready;
  const Pin pin(worker);
  if (Status defined = define_arguments(pin, arguments); !defined.ok()) return defined;
  Edit edit = Edit::in_slab(pin);
  auto lowered = lower_program(edit, program);
  if (!lowered.ok()) return lowered.status();
  auto agent = spawn_programs(pin, lowered->programs);
  if (!agent.ok()) return agent.status();
  worker.domain().state().main_agent.store_relaxed(agent->bits);  // for this process's reports
  return worker.space_status();
}

Status remember(Worker& worker, RunOptions& options) {
  const Pin pin(worker);
  Edit edit = Edit::in_slab(pin);
  if (const Word known = read_named(pin, "yin/run"); Map::is(known)) {
    const Map map{known};
    if (options.processes == 0) options.processes = small_count(pin, map, "processes", 1);
    if (options.threads == 0) options.threads = small_count(pin, map, "threads", 1);
    const Word grants = map.get(pin, keyword(pin, "grants"));
    if (options.grants.empty() && Vector::is(grants)) {
      const Vector items{grants};
      for (std::uint64_t i = 0; i < items.count(pin); ++i)
        options.grants.push_back(to_string(pin, items.nth(pin, i)));
    }
  }
  if (options.processes == 0) options.processes = 1;
  if (options.threads == 0) options.threads = 1;
  const MapEntry entries[] = {{keyword(edit, "processes"), int_word(options.processes)},
                              {keyword(edit, "threads"), int_word(options.threads)},
                              {keyword(edit, "grants"), strings(edit, options.grants)}};
  const Word value = Map::from(edit, entries).word;
  auto atom = named_root(pin, RootKind::kAtom, "yin/run", value);
  if (!atom.ok()) return atom.status();
  return reset_root(pin, root_ref(*atom), value);
}

Standing standing_of(Worker& worker, const Failures& known) {
  const Pin pin(worker);
  const Domain& domain = worker.domain();
  Standing standing;
  const std::uint64_t main_agent =
      domain.state().main_agent.load_relaxed();  // set before agents ran
  // edge: slot-made
  const std::uint32_t slots = domain.state().next_slot.load_acquire();
  for (std::uint32_t i = 1; i < slots; ++i) {
    substrate::RootRef ref{};
    const RootRead root = read_slot(pin, SlotIndex{i}, RootKind::kAgent, ref);
    if (!root.ok() || !scheduler::is_agent_record(root.value)) continue;
    const scheduler::Agent agent = scheduler::read_agent_record(pin, root.value);
    if (agent.status == AgentStatus::kFailed) {
      standing.failures.insert(root_word(ref).bits);
      if (known.contains(root_word(ref).bits)) continue;
      ++standing.failed;
      if (root_word(ref).bits == main_agent) standing.main_failed = true;
      if (standing.errors.size() < kErrorsKept) {
        const std::string who =
            is_string(agent.name) ? to_string(pin, agent.name) : print(pin, root_word(ref));
        standing.errors.push_back("agent " + who + ": " + vm::describe_error(pin, agent.value));
      }
      continue;
    }
    ++standing.alive;
    if (scheduler::waits_for_others(pin, agent)) ++standing.waiting;
  }
  return standing;
}

Output take_output(Worker& worker) {
  const Pin pin(worker);
  Output output;
  auto ref = scheduler::output_stream(pin);
  if (!ref.ok()) return output;
  const RootRead root = read_root(pin, root_ref(*ref));
  if (!root.ok()) return output;
  const scheduler::Stream stream = scheduler::read_stream_record(pin, root.value);
  const std::uint64_t count = stream.items.count(pin);
  for (std::uint64_t i = 0; i < count; ++i) display_to(output.text, pin, stream.items.nth(pin, i));
  output.end = stream.end(pin);
  return output;
}

Status commit_output(Worker& worker, const Output& output) {
  const Pin pin(worker);
  auto ref = scheduler::output_stream(pin);
  if (!ref.ok()) return ref.status();
  for (;;) {
    const RootRead root = read_root(pin, root_ref(*ref));
    if (!root.ok()) return {};
    Edit edit = Edit::in_slab(pin);
    scheduler::Stream stream = scheduler::read_stream_record(pin, root.value);
    if (output.end <= stream.first) return {};
    stream.items = stream.items.drop(edit, static_cast<std::uint64_t>(output.end - stream.first));
    stream.first = output.end;
    const substrate::Change change[] = {
        {root_ref(*ref), root.version, scheduler::make_stream_record(edit, stream)}};
    switch (commit(pin, change)) {
      case substrate::CommitOutcome::kConflict:
        break;
      case substrate::CommitOutcome::kNoSpace:
        return worker.space_status();
      default:
        return {};
    }
  }
}

int progress_percent(Worker& worker) {
  const Pin pin(worker);
  const Word progress = read_named(pin, "progress");
  if (!Vector::is(progress) || Vector{progress}.count(pin) != 2) return -1;
  const Word done = Vector{progress}.nth(pin, 0);
  const Word total = Vector{progress}.nth(pin, 1);
  if (!substrate::is_small_int(done) || !substrate::is_small_int(total) ||
      substrate::small_int(total) <= 0)
    return -1;
  return static_cast<int>(substrate::small_int(done) * 100 / substrate::small_int(total));
}

}  // namespace yin::cli
