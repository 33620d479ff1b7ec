// helm's command lines, one table per major. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "server/helm/helm_client.h"

namespace wheelhouse::helm {

using Argv = std::vector<std::string>;

// Arguments after `helm` and the connection flags. `major` is 3 or 4.
Argv UpgradeArgv(int major, const UpgradeRequest& request);
// A dry run of the upgrade.
Argv RehearsalArgv(int major, const UpgradeRequest& request);
Argv UninstallArgv(int major, const UninstallRequest& request);
Argv RollbackArgv(int major, const RollbackRequest& request);
Argv TestArgv(const TestRequest& request);
Argv RenderArgv(int major, const RenderRequest& request);

// For what renders. `program` is what InstallPostRenderer was given.
Argv PostRendererArgv(int major, const std::string& program);

// --kubeconfig and --kube-context; the token is passed in the environment.
Argv ConnectionArgv(const kube::HelmAccess& access);

}  // namespace wheelhouse::helm
