// Checks for each kind of step, and the namespaces that it touches: one file per kind. Only this
// folder includes it; others use the table of kinds (step_kinds.h). Pure functions.
#pragma once

#include <set>
#include <string>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/step.pb.h"

namespace wheelhouse::plan {

// `path` names the step in the violations that are added to `wrong`.
void CheckApply(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckDelete(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckMetadata(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckWaitFor(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckCommand(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckProbe(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckAssert(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckRunJob(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckHelmTest(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckNotify(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckPatch(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckRestart(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckBackup(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckChecksum(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckCrds(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckAdopt(const v1::Step& step, const std::string& path, FieldViolations* wrong);
void CheckHook(const v1::Step& step, const std::string& path, FieldViolations* wrong);

// Whether the step, of the kind, changes nothing.
bool HookReadsOnly(const v1::Step& step);

// The namespaces that are written in the step.
void AddNamespacesOfApply(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfDelete(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfMetadata(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfWaitFor(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfProbe(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfAssert(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfPatch(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfRestart(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfBackup(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfChecksum(const v1::Step& step, std::set<std::string>* namespaces);
void AddNamespacesOfAdopt(const v1::Step& step, std::set<std::string>* namespaces);

}  // namespace wheelhouse::plan
