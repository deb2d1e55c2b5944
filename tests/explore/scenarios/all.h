#pragma once

// Makers of the scenarios, one a row of scenarios.cc.

#include <memory>

#include "tests/explore/scenario.h"

namespace yin::explore {

// checkpoints.cc
std::unique_ptr<Scenario> checkpoints();
std::unique_ptr<Scenario> checkpoint_reuse();
std::unique_ptr<Scenario> logged();
std::unique_ptr<Scenario> logged_reuse();
// commits.cc
std::unique_ptr<Scenario> one_slot();
std::unique_ptr<Scenario> two_slots();
std::unique_ptr<Scenario> one_against_two();
std::unique_ptr<Scenario> crossing();
std::unique_ptr<Scenario> kept();
std::unique_ptr<Scenario> turns();
// directed_collectors.cc
std::unique_ptr<Scenario> unlinked();
std::unique_ptr<Scenario> old_window();
std::unique_ptr<Scenario> half_cut();
std::unique_ptr<Scenario> kept_for_collector();
std::unique_ptr<Scenario> late_end();
std::unique_ptr<Scenario> record_roots();
std::unique_ptr<Scenario> late_sweep();
std::unique_ptr<Scenario> late_relabel();
// directed_guards.cc
std::unique_ptr<Scenario> passed_by();
std::unique_ptr<Scenario> late_root();
std::unique_ptr<Scenario> late_pin();
std::unique_ptr<Scenario> late_joiner();
std::unique_ptr<Scenario> lost_lock();
std::unique_ptr<Scenario> stopped_helper();
std::unique_ptr<Scenario> dropped();
std::unique_ptr<Scenario> dropped_late();
std::unique_ptr<Scenario> late_snapshot();
// holds.cc
std::unique_ptr<Scenario> stalled_reader();
std::unique_ptr<Scenario> stalled_writer();
std::unique_ptr<Scenario> takeover();
std::unique_ptr<Scenario> snapshots();
std::unique_ptr<Scenario> handles();
std::unique_ptr<Scenario> cleared_handle();
std::unique_ptr<Scenario> cleared_late();
std::unique_ptr<Scenario> holders();
// reclaim.cc
std::unique_ptr<Scenario> republish();
std::unique_ptr<Scenario> long_reader();
std::unique_ptr<Scenario> joining();
std::unique_ptr<Scenario> late_commit();
std::unique_ptr<Scenario> cells();
std::unique_ptr<Scenario> collectors();
// slabs.cc
std::unique_ptr<Scenario> sweepers();
std::unique_ptr<Scenario> reuse();
std::unique_ptr<Scenario> large_objects();
std::unique_ptr<Scenario> growth();
std::unique_ptr<Scenario> holes();
std::unique_ptr<Scenario> membership();
// tables.cc
std::unique_ptr<Scenario> table_growth();
std::unique_ptr<Scenario> names();
std::unique_ptr<Scenario> new_roots();
std::unique_ptr<Scenario> ready_bits();
std::unique_ptr<Scenario> timers();
// watches.cc
std::unique_ptr<Scenario> waiters();
std::unique_ptr<Scenario> watches();

}  // namespace yin::explore
