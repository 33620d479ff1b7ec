// The reads that a large store must not slow down, from FROM on. They are here so that a test can
// ask SQLite how it would go about them.
#pragma once

namespace wheelhouse::store {

inline constexpr char kFromUnfinished[] = " FROM runs WHERE end_time IS NULL ORDER BY id";

// Of a caller, a request id, and the earliest time.
inline constexpr char kFromRequest[] =
    " FROM runs WHERE caller=? AND request_id=? AND create_time>=? "
    "ORDER BY create_time DESC LIMIT 1";

// Before a time.
inline constexpr char kFromPlansToErase[] =
    " FROM runs WHERE plan_erased=0 AND end_time IS NOT NULL AND end_time<?";

// Before a time, and at most so many.
inline constexpr char kFromEnded[] =
    " FROM runs WHERE end_time IS NOT NULL AND end_time<? ORDER BY end_time LIMIT ?";

// Of a run, with its contents.
inline constexpr char kFromContents[] = " FROM runs JOIN contents ON run_id=id WHERE id=?";

// The run, by a release (1), a revision (2) and a cluster (3). `intended_revision>0` lets SQLite
// use the index, which has no other rows.
inline constexpr char kIntention[] =
    "SELECT run_id FROM journal JOIN runs ON runs.id=run_id WHERE chart=?1 AND "
    "intended_revision>0 AND intended_revision=?2 AND cluster=?3 UNION ALL "
    "SELECT run_id FROM intentions WHERE chart=?1 AND revision=?2 AND cluster=?3 "
    "ORDER BY run_id DESC LIMIT 1";

// How many bytes are kept of the runs of a run's (1) caller, without those of a chart (2) and name
// (3) of the run. It begins with the runs that have anything kept.
inline constexpr char kKeptBesides[] =
    "SELECT coalesce(sum(length(bytes)), 0) FROM runs CROSS JOIN kept ON run_id=id WHERE "
    "plan_erased=0 AND caller=(SELECT caller FROM runs WHERE id=?1) AND NOT (run_id=?1 AND "
    "chart=?2 AND name=?3)";

}  // namespace wheelhouse::store
