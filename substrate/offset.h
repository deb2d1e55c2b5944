#pragma once

// Strong names for the integers that describe a region, so that an offset is never taken for an
// index.
//
// An Offset is a distance in bytes from the domain's base; zero means "none", since the header
// lives there. Offsets at and above the domain's capacity are the *private zone* of a process: its
// workers' nurseries, addressed by the same arithmetic and never published (see nursery.h). All
// other ids are scoped enums with the width the format gives them.

#include <cstddef>
#include <cstdint>

namespace yin::substrate {

enum class Offset : std::uint64_t { kNone = 0 };
enum class SlotIndex : std::uint32_t {};
enum class SlabIndex : std::uint32_t {};
enum class WorkerIndex : std::uint32_t {};
enum class NameId : std::uint32_t {};

constexpr std::uint64_t raw(Offset o) { return static_cast<std::uint64_t>(o); }
constexpr std::uint32_t raw(SlotIndex i) { return static_cast<std::uint32_t>(i); }
constexpr std::uint32_t raw(SlabIndex i) { return static_cast<std::uint32_t>(i); }
constexpr std::uint32_t raw(WorkerIndex i) { return static_cast<std::uint32_t>(i); }
constexpr std::uint32_t raw(NameId i) { return static_cast<std::uint32_t>(i); }

constexpr Offset offset_of(std::uint64_t bytes) { return static_cast<Offset>(bytes); }
constexpr Offset operator+(Offset o, std::uint64_t bytes) { return offset_of(raw(o) + bytes); }

constexpr std::uint64_t round_up(std::uint64_t n, std::uint64_t unit) {
  return (n + unit - 1) / unit * unit;
}

}  // namespace yin::substrate
