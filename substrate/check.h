#pragma once

// check and dcheck: what a bug of ours meets.
//
// check() guards shared bytes in every build; dcheck() stands in hot paths of builds with
// assertions. Both end the process, which is safe here: a dead process leaves a domain that the
// others go on using (invariant 3). Never for what the world or a guest program did wrong; those
// are a Status and a value.

#include <cstdio>
#include <cstdlib>
#include <source_location>

namespace yin::substrate {

#ifdef NDEBUG
inline constexpr bool kAssertions = false;
#else
inline constexpr bool kAssertions = true;
#endif

[[noreturn]] inline void die(const char* what,
                             std::source_location where = std::source_location::current()) {
  std::fprintf(stderr, "yin: internal error: %s (%s:%u)\n", what, where.file_name(), where.line());
  std::abort();
}

inline void check(bool holds, const char* what,
                  std::source_location where = std::source_location::current()) {
  if (!holds) [[unlikely]]
    die(what, where);
}

inline void dcheck(bool holds, const char* what,
                   std::source_location where = std::source_location::current()) {
  if constexpr (kAssertions) check(holds, what, where);
}

}  // namespace yin::substrate
