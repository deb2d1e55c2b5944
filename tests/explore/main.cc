// yin_explore: runs scenarios in many orders of their accesses, or one in a given order.
//
//   yin_explore                        all scenarios, a few seconds each
//   yin_explore NAME [--seconds S]     one; --policy bounded|pct|random, --bound B, --depth D,
//                                      --seed N (or YIN_SEED), --runs N
//   yin_explore NAME --replay '12>2 40x'   that very run, with its last accesses
//   yin_explore --list
//
// A failure prints the scenario, what is wrong, the shortest decision list found, the command that
// plays it again, and the last accesses. Exit code 1 then.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/explore/explorer.h"
#include "tests/support/random.h"

namespace {

using namespace yin::explore;

struct Options {
  std::string scenario;
  std::string policy;
  std::string replay;
  bool replays = false;
  unsigned bound = 3;
  unsigned depth = 3;
  std::uint64_t seed = 0;
  Budget budget = {.runs = ~std::uint64_t{0}, .seconds = 3};
};

void tell(const ScenarioEntry& entry, const RunReport& report) {
  std::printf("FAILED %s: %s\n", entry.name, entry.claim);
  std::printf("  %s\n", report.failure.what.c_str());
  std::printf("  replay: yin_explore %s --replay '%s'\n", entry.name,
              to_text(report.decisions).c_str());
  std::printf("  last accesses (step, process, access, word, value):\n%s",
              report.failure.trace.c_str());
}

// False: it failed, and was told.
bool explore(const ScenarioEntry& entry, const Options& options) {
  Explorer explorer(entry);
  std::string done;
  std::uint64_t runs = 0;
  std::uint64_t deaths = 0;
  std::uint64_t steps = 0;
  const auto passed = [&](const std::string& how, Result result) {
    runs += result.runs;
    deaths += result.deaths;
    steps += result.steps;
    done +=
        " " + how + (result.complete ? " complete" : "") + " " + std::to_string(result.runs) + ",";
    if (!result.report.failure.failed) return true;
    std::printf("after %llu runs (%s, seed %llu)\n", static_cast<unsigned long long>(runs),
                how.c_str(), static_cast<unsigned long long>(options.seed));
    tell(entry, explorer.shorten(result.report));
    return false;
  };
  const auto part = [&](double share) {
    return Budget{options.budget.runs, options.budget.seconds * share};
  };
  const bool all = options.policy.empty();
  const auto began = std::chrono::steady_clock::now();
  if (all || options.policy == "bounded") {
    for (unsigned bound = 0; bound <= options.bound; ++bound) {
      const double left =
          options.budget.seconds * (all ? 0.4 : 1) -
          std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      if (left <= 0) break;
      if (!passed("bound " + std::to_string(bound),
                  explore_bounded(explorer, options.seed, bound, {options.budget.runs, left})))
        return false;
    }
  }
  if (all || options.policy == "pct") {
    if (!passed("pct", explore_pct(explorer, options.seed, options.depth, part(all ? 0.3 : 1))))
      return false;
  }
  if (all || options.policy == "random") {
    if (!passed("random", explore_random(explorer, options.seed, part(all ? 0.3 : 1))))
      return false;
  }
  done.pop_back();
  std::printf("%-16s %8llu runs, %4llu steps each, a death in %llu;%s\n", entry.name,
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(steps / runs),
              static_cast<unsigned long long>(deaths), done.c_str());
  return true;
}

int usage() {
  std::fputs(
      "yin_explore [--list] [NAME] [--policy bounded|pct|random] [--bound B] [--depth D]\n"
      "            [--seconds S] [--runs N] [--seed N] [--replay LIST]\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  options.seed = yin::tests::test_seed();
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (option == "--list") {
      for (const ScenarioEntry& entry : scenarios())
        std::printf("%-16s %s\n", entry.name, entry.claim);
      return 0;
    }
    if (!option.starts_with("--")) {
      options.scenario = option;
      continue;
    }
    if (value == nullptr) return usage();
    ++i;
    if (option == "--policy") {
      options.policy = value;
    } else if (option == "--replay") {
      options.replay = value;
      options.replays = true;
    } else if (option == "--bound") {
      options.bound = static_cast<unsigned>(std::atoi(value));
    } else if (option == "--depth") {
      options.depth = static_cast<unsigned>(std::atoi(value));
    } else if (option == "--seed") {
      options.seed = std::strtoull(value, nullptr, 10);
    } else if (option == "--seconds") {
      options.budget.seconds = std::atof(value);
    } else if (option == "--runs") {
      options.budget.runs = std::strtoull(value, nullptr, 10);
    } else {
      return usage();
    }
  }
  World::make();
  bool good = true;
  bool any = false;
  for (const ScenarioEntry& entry : scenarios()) {
    if (!options.scenario.empty() && options.scenario != entry.name) continue;
    any = true;
    if (options.replays) {
      Decisions decisions;
      if (!from_text(options.replay, decisions)) return usage();
      const RunReport report = Explorer(entry).replay(decisions, true);
      if (report.failure.failed)
        tell(entry, report);
      else
        std::printf("%s: passed, %u steps; the last:\n%s", entry.name, report.steps,
                    report.failure.trace.c_str());
      good = good && !report.failure.failed;
    } else {
      good = explore(entry, options) && good;
    }
    std::fflush(stdout);
  }
  if (!any) return usage();
  return good ? 0 : 1;
}
