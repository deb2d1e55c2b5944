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
    {"checkpoints", "a checkpoint shows one instant and misses nothing", 3, 1, 1, checkpoints},
    {"checkpoint_reuse", "what a checkpoint on the disk reaches is not written over", 3, 1, 1,
     checkpoint_reuse},
    {"stalled_reader", "a guard that was passed by still reads what it has read", 3, 1, 1,
     stalled_reader},
    {"stalled_writer", "a commit of a guard that was passed by counts or did not happen", 3, 1, 1,
     stalled_writer},
    {"takeover", "a collector that was taken over damages nothing when it goes on", 3, 1, 1,
     takeover},
    {"snapshots", "a snapshot sees one instant as long as it is held", 3, 1, 1, snapshots},
    {"handles", "a handle's value lives as long as it, and as whoever got it from it", 3, 1, 1,
     handles},
    {"holders", "a hold's place has one owner", 3, 1, 1, holders},
    {"half_cut", "a log that a dead collector has cut by half is whole for its readers", 3, 1, 1,
     half_cut},
    {"kept_for_collector", "a version that is linked is whole", 2, 1, 1, kept_for_collector},
    {"late_pin", "who pins late brings back nothing that is gone", 3, 1, 1, late_pin},
    {"dropped_late", "what came from a handle outlives it in the cycle it was dropped in", 2, 1, 1,
     dropped_late},
    {"late_snapshot", "a guard that was passed by takes no snapshot of an instant that is cut", 2,
     1, 1, late_snapshot},
    {"stopped_helper", "the record a stopped helper has in hands is there when it goes on", 2, 1, 1,
     stopped_helper},
    {"late_sweep", "who sweeps while a cycle marks takes nothing that lives", 2, 1, 1, late_sweep},
    {"late_relabel", "a collector that was passed by before it had its label gives up", 2, 1, 1,
     late_relabel},
    {"dropped", "what came from a handle lives as long as the guard that got it", 2, 1, 1, dropped},
    {"passed_by", "what a guard stands on is kept when it is passed by", 2, 1, 1, passed_by},
    {"late_root", "a guard that was passed by gets no newer root", 2, 1, 1, late_root},
    {"unlinked", "a node that a late collector takes out is not used again under a guard", 3, 1, 1,
     unlinked},
    {"old_window", "what a late collector links to is still there", 3, 1, 1, old_window},
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
    {"waiters", "no sleeper is left asleep over a change, whoever dies before he wakes him", 4, 1,
     1, waiters},
    {"watches", "a watch gives each change once, whatever is collected", 3, 1, 1, watches},
    {"ready_bits", "a ready bit is taken once, behind what it was set for", 3, 1, 1, ready_bits},
};

}  // namespace

std::span<const ScenarioEntry> scenarios() { return kAll; }

}  // namespace yin::explore
