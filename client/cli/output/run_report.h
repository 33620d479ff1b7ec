// Runs as tables and reports.
#pragma once

#include <absl/time/time.h>
#include <google/protobuf/repeated_field.h>

#include <ostream>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// When and where the reader is.
struct Reader {
  static Reader Here();
  absl::Time now;
  absl::TimeZone zone;
};

using Runs = google::protobuf::RepeatedPtrField<v1::Run>;

// One row for each run, in their order.
void PrintRuns(const Runs& runs, const Reader& reader, std::ostream& out);
// Runs that have not ended: which ones run, which ones wait, and for what.
void PrintQueue(const Runs& runs, const Reader& reader, std::ostream& out);
// One run with its charts, stages and steps, and its failures in full.
void PrintRun(const v1::Run& run, const Reader& reader, std::ostream& out);

}  // namespace wheelhouse::cli
