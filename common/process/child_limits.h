// What a child may take of the machine: charts' templates run in helm, and need not end or be
// small.
//
// Each bound is of one process; with a control group (child_cgroups.h) those of memory and CPUs are
// also of all that it starts. Memory is bounded by RLIMIT_DATA: RLIMIT_AS does not suit programs
// in Go, which reserve far more addresses than they use. Under 1 GiB helm 3.22 and 4.3 render
// charts with 10 MB of CRDs in a fifth of it, and a template that eats memory ends them with
// `fatal error: runtime: out of memory` after 4 s (measured).
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>

#include <map>
#include <string>

#include "common/process/process.h"

namespace wheelhouse {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WHEELHOUSE_SANITIZED
#endif
#endif

// Not in a build with sanitizers: the post-renderer, which helm starts with its own limits, is
// built with them too, and a sanitizer maps terabytes of shadow memory, which RLIMIT_DATA counts.
#ifdef WHEELHOUSE_SANITIZED
inline constexpr bool kCanBoundMemory = false;
#else
inline constexpr bool kCanBoundMemory = true;
#endif

// 0: unbounded.
struct ChildLimits {
  size_t memory_bytes = 0;  // where kCanBoundMemory
  size_t file_bytes = 0;    // of each file that it writes
  int cpus = 0;             // without a control group only programs in Go keep to it
  int cpu_seconds = 0;      // of all its CPUs together; waiting takes none
};

// How programs in Go learn of the limits; `env` of a spec comes first.
std::map<std::string, std::string> WithGoLimits(const ChildLimits& limits,
                                                std::map<std::string, std::string> env);

// For the child itself, between fork and exec. Also: no core dumps, since secrets are in memory;
// 1024 descriptors, however many the daemon may have; and the kernel takes it before the daemon
// when the machine runs out of memory.
void ApplyToThisProcess(const ChildLimits& limits);

// For the daemon, at its start: it leaves no core dumps, and only root may look into its memory.
void KeepMemoryPrivate();

// Whether a child failed because it ran out of what it may take: CHILD_OUT_OF_MEMORY, by what it or
// its control group says, or CHILD_OUT_OF_CPU, by the signal that ends it. OK for every other end.
// `child` is what was running: `helm template shop/web`.
absl::Status CheckWithinLimits(const ProcessResult& result, absl::string_view child);

}  // namespace wheelhouse
