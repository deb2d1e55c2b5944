#include "tests/explore/scenarios/all.h"

namespace yin::explore {

namespace {

// name, claim, processes, deaths, stops, maker
constexpr ScenarioEntry kAll[] = {
    {"one_slot", "commits to one slot take effect one after the other, whoever dies", 3, 1, 1,
     one_slot},
    {"two_slots", "a commit of two slots is seen whole or not at all", 3, 1, 1, two_slots},
    {"one_against_two", "a commit of two slots and those of one take effect in one order", 3, 1, 1,
     one_against_two},
    {"crossing", "commits across each other's slots all end", 3, 1, 1, crossing},
    {"kept", "what a commit only read does not change before it", 2, 1, 1, kept},
    {"republish", "what was read from one slot lives on in another, whatever is collected", 3, 1, 1,
     republish},
    {"long_reader", "what a guard has read stays whole while two cycles run", 3, 1, 1, long_reader},
    {"joining", "who joins while a cycle begins loses nothing", 3, 1, 1, joining},
    {"late_commit", "what is published behind the collector's pass is not freed", 3, 1, 1,
     late_commit},
    {"cells", "nodes and records come back only when nobody can stand on them", 3, 1, 1, cells},
    {"collectors", "of two collectors one is at it, and a dead one is followed", 3, 1, 1,
     collectors},
    {"stalled_reader", "a guard that was passed by still reads what it has read", 3, 1, 1,
     stalled_reader},
    {"stalled_writer", "a commit of a guard that was passed by counts or did not happen", 3, 1, 1,
     stalled_writer},
    {"takeover", "a collector that was taken over damages nothing when it goes on", 3, 1, 1,
     takeover},
    {"snapshots", "a snapshot sees one instant as long as it is held", 3, 1, 1, snapshots},
    {"handles", "a handle's value lives as long as it, and as whoever got it from it", 3, 1, 1,
     handles},
    {"sweepers", "a slab has one owner, whoever sweeps, leaves or collects", 4, 1, 1, sweepers},
    {"reuse", "a dead slab goes to one of all who want it, and only what is dead in it", 3, 1, 1,
     reuse},
    {"large_objects", "runs of slabs are freed and taken without a slab in two of them", 3, 1, 1,
     large_objects},
    {"growth", "fresh slabs go to one each while others sweep", 3, 1, 1, growth},
    {"holes", "a slab without blocks gets them before its first store, whoever takes it", 4, 1, 1,
     holes},
    {"membership", "a worker slot has one worker; a dead one's is adopted", 3, 1, 1, membership},
    {"table_growth", "a table's new chunk loses no entry", 2, 1, 1, table_growth},
    {"names", "one spelling has one id", 3, 1, 1, names},
    {"new_roots", "a slot goes from one root to the next, never to two", 3, 1, 1, new_roots},
    {"ready_bits", "a ready bit is taken once, behind what it was set for", 3, 1, 1, ready_bits},
};

}  // namespace

std::span<const ScenarioEntry> scenarios() { return kAll; }

}  // namespace yin::explore
