// Saved plans as tables and reports.
#pragma once

#include <google/protobuf/repeated_field.h>

#include <ostream>

#include "client/cli/output/run_report.h"
#include "wheelhouse/v1/plan_service.pb.h"

namespace wheelhouse::cli {

using SavedPlans = google::protobuf::RepeatedPtrField<v1::SavedPlan>;

// One row for each plan, in their order.
void PrintSavedPlans(const SavedPlans& plans, const Reader& reader, std::ostream& out);
// What it is, who has approved it, and how it is applied; without its preview.
void PrintSavedPlan(const v1::SavedPlan& plan, const Reader& reader, std::ostream& out);

}  // namespace wheelhouse::cli
