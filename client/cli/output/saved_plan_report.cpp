#include "client/cli/output/saved_plan_report.h"

#include <absl/strings/str_cat.h>

#include <string>
#include <vector>

#include "client/cli/output/run_text.h"
#include "client/cli/output/table.h"
#include "client/cli/output/terminal_text.h"

namespace wheelhouse::cli {
namespace {

std::string Cell(const std::string& text) { return text.empty() ? "-" : text; }

std::string ApprovalText(const v1::SavedPlan& plan) {
  if (plan.has_approval()) return plan.approval().caller();
  return plan.approval_required() ? "not yet" : "not needed";
}

}  // namespace

void PrintSavedPlans(const SavedPlans& plans, const Reader& reader, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "PLAN", "CLUSTER", "SAVED BY", "SAVED", "EXPIRES", "APPROVED BY", "APPLIED BY RUN"}};
  for (const v1::SavedPlan& plan : plans)
    rows.push_back({plan.id(), Cell(plan.plan_name()), plan.cluster(), plan.caller(),
                    TimeText(plan.create_time(), reader.now, reader.zone),
                    TimeText(plan.expire_time(), reader.now, reader.zone), ApprovalText(plan),
                    Cell(plan.last_run_id())});
  PrintTable(rows, out);
}

void PrintSavedPlan(const v1::SavedPlan& plan, const Reader& reader, std::ostream& out) {
  const std::string id = Printable(plan.id());
  out << "plan " << id << " of " << Printable(plan.caller()) << " for " << Printable(plan.cluster())
      << "\nsha256 " << Printable(plan.sha256()) << "\nsaved "
      << TimeText(plan.create_time(), reader.now, reader.zone) << ", expires "
      << TimeText(plan.expire_time(), reader.now, reader.zone) << "\n";
  if (plan.has_approval())
    out << "approved by " << Printable(plan.approval().caller()) << ", "
        << TimeText(plan.approval().time(), reader.now, reader.zone) << "\n";
  if (!plan.last_run_id().empty())
    out << "applied by run " << Printable(plan.last_run_id()) << "\n";
  if (plan.approval_required() && !plan.has_approval())
    out << "another caller has to approve it: wheelhouse plans approve " << id << "\n";
  out << "apply exactly this: wheelhouse apply --plan " << id << "\n";
}

}  // namespace wheelhouse::cli
