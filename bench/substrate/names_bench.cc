// What do very many named atoms cost? Making one, finding it by its name, renaming, deleting, listing
// them all in order, opening the file anew; beside a std::map from names to numbers in one process.

#include <filesystem>
#include <map>
#include <random>

#include "substrate/atom.h"
#include "substrate/check.h"
#include "substrate/collector.h"
#include "bench/support/report.h"
#include "tests/support/scratch.h"

namespace {

using namespace yin;  // NOLINT(google-build-using-namespace): a bench uses the whole vocabulary
using bench::Figure;
using substrate::check;
using substrate::int_word;
using substrate::Pin;
using substrate::RootKind;

std::string name(std::uint64_t i) { return "atom-" + std::to_string(i); }

template <class Work>
double wall_per_operation(std::uint64_t operations, Work&& work) {
  const double began = bench::wall_ns();
  work();
  return (bench::wall_ns() - began) / static_cast<double>(operations);
}

// What each step costs, in ns an atom: of a domain, and of the map.
using Costs = std::map<std::string, double>;

Costs of_domain(std::uint64_t n, const std::vector<std::uint64_t>& order) {
  Costs cost;
  const tests::Scratch scratch;
  const std::string path = scratch.file("a.yin");
  {
    const auto domain = tests::open_domain({.path = path});
    const auto worker = tests::join(*domain);
    cost["create"] = wall_per_operation(n, [&] {
      for (const std::uint64_t i : order) {
        {
          const Pin pin(*worker);
          check(open_atom(pin, name(i), int_word(0)).ok(), "an atom");
        }
        if (collection_due(*domain)) (void)collect(*worker).ok();
      }
    });
  }
  cost["reopen"] = wall_per_operation(1, [&] {
    const auto domain = tests::open_domain({.path = path, .mode = substrate::OpenMode::kJoin});
    bench::keep(tests::join(*domain));
  });
  const auto domain = tests::open_domain({.path = path, .mode = substrate::OpenMode::kJoin});
  const auto worker = tests::join(*domain);
  cost["find"] = wall_per_operation(n, [&] {
    for (const std::uint64_t i : order) {
      worker->nursery().reset();
      const Pin pin(*worker);
      bench::keep(find_named_root(pin, name(i)));
    }
  });
  cost["list"] = wall_per_operation(n, [&] {
    const Pin pin(*worker);
    check(list_named_roots(pin, RootKind::kAtom).size() == n, "all of them");
  });
  const std::uint64_t some = n / 10;
  cost["rename"] = wall_per_operation(some, [&] {
    for (std::uint64_t k = 0; k < some; ++k) {
      const Pin pin(*worker);
      check(rename_root(pin, RootKind::kAtom, name(order[k]), name(n + k)).ok(), "a rename");
    }
  });
  cost["delete"] = wall_per_operation(some, [&] {
    for (std::uint64_t k = 0; k < some; ++k) {
      const Pin pin(*worker);
      check(delete_named_root(pin, RootKind::kAtom, name(n + k)).ok(), "a deletion");
    }
  });
  return cost;
}

Costs of_map(std::uint64_t n, const std::vector<std::uint64_t>& order) {
  Costs cost;
  std::map<std::string, std::int64_t> map;
  cost["create"] = wall_per_operation(n, [&] {
    for (const std::uint64_t i : order) map.emplace(name(i), 0);
  });
  cost["find"] = wall_per_operation(n, [&] {
    for (const std::uint64_t i : order) bench::keep(map.find(name(i)));
  });
  cost["list"] = wall_per_operation(n, [&] {
    std::vector<std::pair<std::string, std::int64_t>> all(map.begin(), map.end());
    bench::keep(all);
  });
  const std::uint64_t some = n / 10;
  cost["rename"] = wall_per_operation(some, [&] {
    for (std::uint64_t k = 0; k < some; ++k) {
      auto node = map.extract(name(order[k]));
      node.key() = name(n + k);
      map.insert(std::move(node));
    }
  });
  cost["delete"] = wall_per_operation(some, [&] {
    for (std::uint64_t k = 0; k < some; ++k) map.erase(name(n + k));
  });
  return cost;
}

}  // namespace

int main() {
  constexpr int kRounds = 3;
  for (const std::uint64_t n :
       {std::uint64_t{1'000}, std::uint64_t{100'000}, std::uint64_t{1'000'000}}) {
    std::vector<std::uint64_t> order(n);
    for (std::uint64_t i = 0; i < n; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), std::mt19937_64(7));
    std::map<std::string, std::vector<double>> ours, theirs;
    for (int round = 0; round < kRounds; ++round) {
      for (const auto& [step, ns] : of_domain(n, order)) ours[step].push_back(ns);
      for (const auto& [step, ns] : of_map(n, order)) theirs[step].push_back(ns);
    }
    for (const auto& [step, values] : ours) {
      Figure figure{
          .bench = "names", .name = step, .n = n, .value = bench::median(values), .unit = "ns"};
      if (theirs.contains(step)) {
        figure.peer = "std::map";
        figure.peer_value = bench::median(theirs[step]);
      }
      print(figure);
    }
  }
}
