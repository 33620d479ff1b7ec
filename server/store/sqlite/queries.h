// The reads that a large store must not slow down, behind their SELECT of columns. Here, so that a
// test can ask SQLite how it would go about them.
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

// Of a run, with what is sealed of it.
inline constexpr char kFromContents[] = " FROM runs JOIN contents ON run_id=id WHERE id=?";

// Run, sequence and fingerprint; of a release (1), a revision (2) and a cluster (3). That it is
// above 0 lets SQLite use the index, which knows no others.
inline constexpr char kIntention[] =
    "SELECT run_id, journal.sequence AS sequence, fingerprint FROM journal "
    "JOIN runs ON runs.id=run_id WHERE chart=?1 AND intended_revision>0 AND intended_revision=?2 "
    "AND cluster=?3 UNION ALL SELECT run_id, sequence, fingerprint FROM intentions "
    "WHERE chart=?1 AND revision=?2 AND cluster=?3 ORDER BY run_id DESC, sequence DESC LIMIT 1";

}  // namespace wheelhouse::store
