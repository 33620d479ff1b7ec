// The default steps of the stages, one file each.
#pragma once

#include <memory>

#include "server/lifecycle/core/step.h"

namespace wheelhouse::lifecycle {

// check_prerequisites
std::unique_ptr<Step> MakeClusterStep();        // checks the API server and helm
std::unique_ptr<Step> MakeChartStep();          // fetches and reads the chart
std::unique_ptr<Step> MakeValuesStep();         // reads the values
std::unique_ptr<Step> MakeRightsStep();         // checks the daemon's rights and the caller's steps
std::unique_ptr<Step> MakeStateStep();          // reads the release's records
std::unique_ptr<Step> MakeGuardsStep();         // refuses a DESTROY that loses what must be kept
std::unique_ptr<Step> MakeOtherReleasesStep();  // looks at what wait_for_releases names
std::unique_ptr<Step> MakeDecideStep();         // decides what is to be done
// pre_exec
std::unique_ptr<Step> MakeAwaitReleasesStep();  // wait_for_releases
std::unique_ptr<Step> MakeUnlockStep();
std::unique_ptr<Step> MakeNamespaceStep();
std::unique_ptr<Step> MakeCrdsStep();
std::unique_ptr<Step> MakeReinstallStep();  // uninstalls what cannot be upgraded
// exec
std::unique_ptr<Step> MakeHelmStep();
std::unique_ptr<Step> MakeRecreateStep();  // recreate_pods
std::unique_ptr<Step> MakeUninstallStep();
std::unique_ptr<Step> MakeRollbackStep();
// post_exec
std::unique_ptr<Step> MakePutBackupStep();  // what a reinstall took away
std::unique_ptr<Step> MakeDeleteCrdsStep();
// validate
std::unique_ptr<Step> MakeRecordStep();
std::unique_ptr<Step> MakeWorkloadsStep();
std::unique_ptr<Step> MakeVerdictStep();
std::unique_ptr<Step> MakeGoneStep();
// on_deploy_failure
std::unique_ptr<Step> MakeEvidenceStep();
std::unique_ptr<Step> MakeRemediateStep();

}  // namespace wheelhouse::lifecycle
