// The commands that look at a domain: agents, inspect, trace, get, verify, stat. They join it like
// any worker and disturb nobody; a file that they may not write they open read-only. And those that
// end an agent or remove a domain.

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "substrate/intern.h"
#include "substrate/list.h"
#include "substrate/map.h"
#include "substrate/print.h"
#include "substrate/root.h"
#include "substrate/set.h"
#include "substrate/slab.h"
#include "substrate/table.h"
#include "substrate/vector.h"
#include "substrate/watch.h"
#include "vm/effect.h"
#include "vm/verify.h"
#include "scheduler/inspect.h"
#include "scheduler/perform.h"
#include "bindings/cli/exit_code.h"
#include "bindings/cli/open.h"
#include "bindings/cli/options.h"

namespace yin::cli {

using nlohmann::json;
using substrate::Domain;
using substrate::Pin;
using substrate::Word;
using substrate::Worker;

namespace {

// Joins the domain and does the command's work.
int with_domain(const ShowOptions& options, const std::function<int(Domain&, Worker&)>& work,
                Trust trust = Trust::kVerified) {
  auto opened = open_to_look(options.domain, options.read_only, trust);
  return opened.ok() ? work(*opened->domain, *opened->worker) : fail(opened.status());
}

void print_json(const json& value) {
  // Strings of the domain are UTF-8 as a rule; what is not shows as U+FFFD.
  std::printf("%s\n", value.dump(2, ' ', false, json::error_handler_t::replace).c_str());
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    std::printf("%s\n", line.c_str());
  }
}

// A value as JSON: maps with string keys (others as EDN text), sequences as arrays, names and the
// rest as EDN text. Nested deeper than this, a part is given as EDN text.
constexpr int kJsonDepth = 100;

json to_json(const Pin& pin, Word w, int depth = 0) {
  if (depth < kJsonDepth) {
    if (substrate::is_nil(w)) return nullptr;
    if (substrate::is_boolean(w)) return truthy(w);
    if (substrate::is_int(w)) return to_int(pin, w);
    if (substrate::is_double(w)) return to_double(pin, w);
    if (is_string(w)) return to_string(pin, w);
    if (substrate::Vector::is(w)) {
      json out = json::array();
      const substrate::Vector v{w};
      for (std::uint64_t i = 0, n = v.count(pin); i < n; ++i)
        out.push_back(to_json(pin, v.nth(pin, i), depth + 1));
      return out;
    }
    if (substrate::List::is(w)) {
      json out = json::array();
      for (substrate::ListIterator it(pin, substrate::List{w}); !it.done(); it.next()) {
        out.push_back(to_json(pin, it.item(), depth + 1));
      }
      return out;
    }
    if (substrate::Map::is(w)) {
      json out = json::object();
      for (substrate::MapIterator it(pin, substrate::Map{w}); !it.done(); it.next()) {
        const Word key = it.entry().key;
        out[is_string(key) ? to_string(pin, key) : print(pin, key)] =
            to_json(pin, it.entry().value, depth + 1);
      }
      return out;
    }
  }
  return print(pin, w);
}

std::string megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f MiB", static_cast<double>(bytes) / (1024 * 1024));
  return text;
}

}  // namespace

int agents_command(const ShowOptions& options) {
  return with_domain(options, [&](Domain&, Worker& worker) {
    const Pin pin(worker);
    const auto agents = scheduler::list_agents(pin);
    if (options.json) {
      json out = json::array();
      for (const auto& a : agents) {
        out.push_back({{"slot", raw(a.ref.slot)},
                       {"generation", a.ref.generation},
                       {"name", a.name},
                       {"state", a.state},
                       {"point", a.point},
                       {"waits_on", a.waits_on},
                       {"fuel_used", a.fuel_used},
                       {"steps", a.steps}});
      }
      print_json(out);
      return kExitOk;
    }
    std::vector<std::vector<std::string>> rows = {
        {"id", "name", "state", "program point", "waiting on", "steps", "fuel"}};
    for (const auto& a : agents) {
      rows.push_back({std::to_string(raw(a.ref.slot)) + "." + std::to_string(a.ref.generation),
                      a.name, a.state, a.point, a.waits_on, std::to_string(a.steps),
                      std::to_string(a.fuel_used)});
    }
    print_table(rows);
    return kExitOk;
  });
}

namespace {

// The agent that was asked for, or the exit code.
std::optional<substrate::RootRef> named_agent(const ShowOptions& options) {
  const auto ref = scheduler::find_agent(options.agent);
  if (!ref) std::fprintf(stderr, "yin: an agent's id is as in `yin agents`: 84.1\n");
  return ref;
}

}  // namespace

int inspect_command(const ShowOptions& options) {
  std::optional<substrate::RootRef> agent;
  if (!options.agent.empty() && !(agent = named_agent(options))) return kExitUsage;
  return with_domain(options, [&](Domain&, Worker& worker) {
    const auto found = scheduler::inspect(worker, agent);
    if (!found.ok()) return fail(found.status());
    json all = json::array();
    for (const scheduler::Fact& fact : found->facts) {
      if (options.json) {
        all.push_back({fact.entity, ":" + fact.attribute, fact.value, found->clock, 1});
        continue;
      }
      std::printf("[%lld :%s %s %llu 1]\n", static_cast<long long>(fact.entity),
                  fact.attribute.c_str(), fact.value.c_str(),
                  static_cast<unsigned long long>(found->clock));
    }
    if (options.json) print_json(all);
    return int{kExitOk};
  });
}

int trace_command(const ShowOptions& options) {
  const auto ref = named_agent(options);
  if (!ref) return kExitUsage;
  auto opened = open_domain(options.domain, substrate::OpenMode::kJoin);
  if (!opened.ok()) return fail(opened.status());
  Worker& worker = *opened->worker;
  auto watch = substrate::Watch::start(Pin(worker), *ref, substrate::WatchMode::kEveryChange);
  if (!watch.ok()) return fail(watch.status());
  for (std::int64_t shown = 0; shown < options.steps;) {
    if (!watch->wait(substrate::kSliceMs)) continue;
    const Pin pin(worker);
    while (const auto change = watch->take(pin)) {
      const std::string text = scheduler::describe_step(pin, change->before, change->after);
      if (options.json) {
        std::printf("%s\n", json(text).dump(-1, ' ', false, json::error_handler_t::replace).c_str());
      } else {
        std::printf("%s\n", text.c_str());
      }
      (void)std::fflush(stdout);
      if (is_absent(change->after) || ++shown >= options.steps) return kExitOk;
    }
  }
  return kExitOk;
}

int cancel_command(const ShowOptions& options) {
  const auto ref = named_agent(options);
  if (!ref) return kExitUsage;
  auto opened = open_domain(options.domain, substrate::OpenMode::kJoin);
  if (!opened.ok()) return fail(opened.status());
  const Pin pin(*opened->worker);
  const vm::Effect effect{
      vm::EffectKind::kSignal,
      {root_word(*ref), substrate::keyword(pin, "cancelled"), substrate::kTrue}};
  const auto told = scheduler::perform_now(pin, effect);
  if (!told.ok()) return fail(told.status());
  if (truthy(*told)) return kExitOk;
  return fail(substrate::not_found("domain " + options.domain + " has no agent " + options.agent +
                                   " that has not ended"));
}

int get_command(const ShowOptions& options) {
  return with_domain(options, [&](Domain&, Worker& worker) {
    const Pin pin(worker);
    const Word ref = find_named_root(pin, options.atom);
    const bool is_atom = is_root(ref, substrate::RootKind::kAtom);
    const auto read = is_atom ? read_root(pin, root_ref(ref)) : substrate::RootRead{};
    if (!is_atom || !read.ok()) {
      return fail(substrate::not_found("domain " + options.domain + " has no atom named \"" +
                                       options.atom + "\""));
    }
    if (options.json) {
      print_json(to_json(pin, read.value));
    } else {
      std::printf("%s\n", print(pin, read.value).c_str());
    }
    return int{kExitOk};
  });
}

int verify_command(const ShowOptions& options) {
  const auto look = [&](Domain&, Worker& worker) {
    const substrate::VerifyReport report = vm::verify(worker);
    if (options.json) {
      print_json({{"clean", report.clean()},
                  {"slots", report.slots},
                  {"versions", report.versions},
                  {"objects", report.objects},
                  {"bytes", report.bytes},
                  {"finding_count", report.finding_count},
                  {"findings", report.findings}});
    } else {
      for (const std::string& finding : report.findings) std::printf("%s\n", finding.c_str());
      std::printf("%s: %llu slots, %llu versions, %llu objects, %s, %llu findings\n",
                  report.clean() ? "clean" : "damaged",
                  static_cast<unsigned long long>(report.slots),
                  static_cast<unsigned long long>(report.versions),
                  static_cast<unsigned long long>(report.objects), megabytes(report.bytes).c_str(),
                  static_cast<unsigned long long>(report.finding_count));
    }
    return int{report.clean() ? kExitOk : kExitProgram};
  };
  return with_domain(options, look, Trust::kAsItIs);
}

int stat_command(const ShowOptions& options) {
  return with_domain(options, [&](Domain& domain, Worker& self) {
    const substrate::DomainState& state = domain.state();
    // edge: committed
    const std::uint64_t committed = state.committed_bytes.load_acquire();
    // edge: gc-finish
    const std::uint64_t gc = state.gc.load_acquire();
    json workers = json::array();
    for (std::uint32_t i = 0; i < state.worker_high.load_relaxed(); ++i) {  // a bound for looking
      const substrate::WorkerSlot* slot = substrate::worker_slot(domain, i);
      if (slot == nullptr || i == raw(self.index()) || (slot->lease.load_relaxed() & 0xff) == 0)
        continue;
      workers.push_back({{"worker", i},
                         {"pid", slot->process.load_relaxed()},
                         {"steps", slot->steps.load_relaxed()},
                         {"conflicts", slot->conflicts.load_relaxed()},
                         {"adopted", slot->adopted.load_relaxed()}});
    }
    const json out = {
        {"domain", options.domain},
        {"format", domain.identity().format_version},
        {"capacity_bytes", domain.capacity()},
        {"file_bytes", domain.region().file_bytes()},
        {"committed_bytes", committed},
        {"used_bytes", (state.next_slab.load_relaxed() - substrate::SlabMap(domain).lead()) *
                           substrate::kSlabBytes},
        {"live_bytes_at_last_cycle", state.live_bytes.load_relaxed()},
        {"cycles", substrate::gc_done(gc) - 1},
        {"slots", state.next_slot.load_relaxed()},
        {"names", state.next_name.load_relaxed() - 1},
        {"clock", state.clock.load_relaxed()},
        {"workers", workers}};
    if (options.json) {
      print_json(out);
      return int{kExitOk};
    }
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, value] : out.items()) {
      if (key == "workers") continue;
      const bool bytes = key.find("bytes") != std::string::npos;
      rows.push_back({key, bytes               ? megabytes(value.get<std::uint64_t>())
                           : value.is_string() ? value.get<std::string>()
                                               : value.dump()});
    }
    for (const json& w : workers) {
      rows.push_back({"worker " + w["worker"].dump(), "pid " + w["pid"].dump() + ", " +
                                                          w["steps"].dump() + " steps, " +
                                                          w["conflicts"].dump() + " conflicts, " +
                                                          w["adopted"].dump() + " agents adopted"});
    }
    print_table(rows);
    return int{kExitOk};
  });
}

int remove_command(const ShowOptions& options) {
  const substrate::Status removed = Domain::unlink(options.domain);
  return removed.ok() ? int{kExitOk} : fail(removed);
}

}  // namespace yin::cli
