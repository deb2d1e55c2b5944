// The commands that make a domain last: checkpoint, backup, compact, fsck.

#include <cstdio>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "substrate/backup.h"
#include "substrate/checkpoint.h"
#include "substrate/checkpoint_record.h"
#include "substrate/redo_log.h"
#include "vm/verify.h"
#include "bindings/cli/exit_code.h"
#include "bindings/cli/open.h"
#include "bindings/cli/options.h"

namespace yin::cli {

using nlohmann::json;
using substrate::Domain;
using substrate::OpenMode;
using substrate::StatusOr;

namespace {

// A line for a person, or an object for a program.
void say(const KeepOptions& options, const json& facts) {
  if (options.json) {
    std::printf("%s\n", facts.dump(2).c_str());
    return;
  }
  std::string line;
  for (const auto& [name, value] : facts.items()) {
    if (!line.empty()) line += ", ";
    line += name + " " + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  std::printf("%s\n", line.c_str());
}

int say_copied(const KeepOptions& options, const StatusOr<substrate::BackupReport>& copied) {
  if (!copied.ok()) return fail(copied.status());
  say(options, {{"clock", copied->clock},
                {"slots", copied->slots},
                {"objects", copied->objects},
                {"bytes", copied->bytes}});
  return kExitOk;
}

}  // namespace

int checkpoint_command(const KeepOptions& options) {
  auto opened = open_domain(options.domain, OpenMode::kJoin);
  if (!opened.ok()) return fail(opened.status());
  substrate::Worker& worker = *opened->worker;
  auto made = checkpoint(worker);
  while (made.status().code() == substrate::StatusCode::kUnavailable) {  // somebody is at one
    const auto waited = wait_durable(worker, visible_clock(*opened->domain));
    if (!waited.ok()) return fail(waited);
    made = checkpoint(worker);
  }
  if (!made.ok()) return fail(made.status());
  say(options, {{"checkpoint", made->sequence}, {"clock", made->clock}});
  return kExitOk;
}

int backup_command(const KeepOptions& options) {
  auto opened = open_to_look(options.domain, false);
  if (!opened.ok()) return fail(opened.status());
  return say_copied(options, substrate::backup(*opened->worker, options.to));
}

int compact_command(const KeepOptions& options) {
  return say_copied(options, substrate::compact(options.domain));
}

int fsck_command(const KeepOptions& options) {
  auto domain =
      Domain::open({.path = options.domain,
                    .mode = options.from_checkpoint ? OpenMode::kJoin : OpenMode::kReadOnly,
                    .from_checkpoint = options.from_checkpoint});
  if (!domain.ok()) return fail(domain.status());
  auto worker = substrate::Worker::join(**domain);
  if (!worker.ok()) return fail(worker.status());
  json checkpoints = json::array();
  const auto list = [&checkpoints](const char* what,
                                   const std::optional<substrate::CheckpointRecord>& record) {
    if (!record) return;
    checkpoints.push_back({{what, record->sequence},
                           {"clock", record->clock},
                           {"slots", record->slots},
                           {"written_ns", record->written_ns}});
  };
  for (std::uint32_t place = 0; place < substrate::kCheckpointRecords; ++place)
    list("checkpoint", load_checkpoint(**domain, place));
  if (const auto newest = newest_checkpoint(**domain))
    list("log behind checkpoint", logged_checkpoint(**domain, newest->sequence));
  const substrate::VerifyReport report = vm::verify(**worker);
  if (options.json) {
    say(options, {{"checkpoints", checkpoints},
                  {"clean", report.clean()},
                  {"objects", report.objects},
                  {"bytes", report.bytes},
                  {"finding_count", report.finding_count},
                  {"findings", report.findings}});
  } else {
    if (checkpoints.empty()) std::printf("no checkpoint: a power cut may take all of it\n");
    for (const json& c : checkpoints) say(options, c);
    for (const std::string& finding : report.findings) std::printf("%s\n", finding.c_str());
    std::printf("%s: %llu objects, %llu findings\n", report.clean() ? "clean" : "damaged",
                static_cast<unsigned long long>(report.objects),
                static_cast<unsigned long long>(report.finding_count));
  }
  return report.clean() ? kExitOk : kExitProgram;
}

}  // namespace yin::cli
