#pragma once

// Report: how a bench measures and what it prints: one JSON object a line, for script/bench.
//
//   {"bench":"map","case":"find","n":1000,"value":5.1,"unit":"ns","peer":"absl","peer_value":4.0,"ratio":1.28}
//
// Machines are shared and noisy: time is the thread's CPU time, rounds of a candidate and its peer
// alternate, and the median round counts. Read ratios, not values.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>
#include <time.h>

namespace yin::bench {

struct Figure {
  std::string bench, name;
  std::uint64_t n = 0;
  double value = 0;
  std::string unit = "ns";
  std::string peer = {};
  double peer_value = 0;
};

inline void print(const Figure& f) {
  std::printf("{\"bench\":\"%s\",\"case\":\"%s\",\"n\":%llu,\"value\":%.4g,\"unit\":\"%s\"",
              f.bench.c_str(), f.name.c_str(), static_cast<unsigned long long>(f.n), f.value,
              f.unit.c_str());
  if (!f.peer.empty()) {
    std::printf(",\"peer\":\"%s\",\"peer_value\":%.4g,\"ratio\":%.3g", f.peer.c_str(), f.peer_value,
                f.value / f.peer_value);
  }
  std::printf("}\n");
  (void)std::fflush(stdout);
}

inline double clock_ns(clockid_t clock) {
  timespec t = {};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}
inline double cpu_ns() { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }
inline double wall_ns() { return clock_ns(CLOCK_MONOTONIC); }

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}
inline double percentile(std::vector<double>& values, double p) {
  const auto at = static_cast<std::ptrdiff_t>(p / 100 * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

// CPU nanoseconds an operation of `work`, which does `operations` of them: the median of `rounds`.
template <class Work>
double cpu_per_operation(int rounds, std::uint64_t operations, Work&& work) {
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const double began = cpu_ns();
    work();
    times.push_back((cpu_ns() - began) / static_cast<double>(operations));
  }
  return median(times);
}

// The same of several kinds of work whose rounds alternate, each begun with one that does not count:
// what they are is compared, not when they ran nor what ran before them.
template <class... Work>
std::array<double, sizeof...(Work)> cpu_side_by_side(int rounds, std::uint64_t operations,
                                                     Work&&... work) {
  std::array<std::vector<double>, sizeof...(Work)> times;
  for (int i = 0; i < rounds; ++i) {
    std::size_t which = 0;
    ((work(), times[which++].push_back(cpu_per_operation(1, operations, work))), ...);
  }
  std::array<double, sizeof...(Work)> medians;
  std::transform(times.begin(), times.end(), medians.begin(), median);
  return medians;
}

// Keeps a result from being optimised away.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace yin::bench
