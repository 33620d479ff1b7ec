#include "server/helm/helm_argv.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "server/helm/post_render.h"

namespace wheelhouse::helm {
namespace {

// What each major calls the same thing (helm 3.22 and 4.3).
struct Flags {
  Argv wait, no_wait;
  Argv force;
  Argv force_conflicts;
  Argv server_side, client_side;
  Argv skip_validation;
};

const Flags& FlagsOf(int major) {
  // helm 3 has no server-side apply, so its own validation stays on. helm 4's --force-replace needs
  // --server-side=false, and its --force-conflicts needs --server-side=true: without that it
  // patches a release made by helm 3 client-side. --wait=hookOnly is what helm 3 does without
  // --wait.
  static const auto* const three =
      new Flags{{"--wait", "--wait-for-jobs"}, {}, {"--force"}, {}, {}, {}, {}};
  static const auto* const four = new Flags{{"--wait=watcher", "--wait-for-jobs"},
                                            {"--wait=hookOnly"},
                                            {"--force-replace", "--server-side=false"},
                                            {"--force-conflicts", "--server-side=true"},
                                            {"--server-side=true"},
                                            {"--server-side=false"},
                                            {"--disable-openapi-validation"}};
  return major == 3 ? *three : *four;
}

void Add(Argv* argv, const Argv& more) { argv->insert(argv->end(), more.begin(), more.end()); }

// helm takes Go durations. Rounded up, so that helm's own bound never comes before ours, which ends
// the process.
std::string Seconds(absl::Duration timeout) {
  return absl::StrCat(
      std::max<int64_t>(1, absl::ToInt64Seconds(absl::Ceil(timeout, absl::Seconds(1)))), "s");
}

void AddValues(const std::vector<std::string>& files, const std::vector<std::string>& sets,
               Argv* argv) {
  for (const std::string& file : files) Add(argv, {"--values", file});
  // One argument: helm reads its global flags in a first pass that does not know --set, so it takes
  // a separate argument `--namespace=5` for a flag (4.3.1 and 3.22.0 then render into namespace 5).
  for (const std::string& set : sets) argv->push_back(absl::StrCat("--set=", set));
}

}  // namespace

Argv PostRendererArgv(int major, const std::string& program) {
  // helm 3 starts a program, helm 4 a plugin that names it.
  return {"--post-renderer", major == 4 ? kPostRendererPlugin : program};
}

Argv ConnectionArgv(const kube::HelmAccess& access) {
  Argv argv;
  if (!access.kubeconfig.empty()) Add(&argv, {"--kubeconfig", access.kubeconfig});
  if (!access.context.empty()) Add(&argv, {"--kube-context", access.context});
  return argv;
}

Argv UpgradeArgv(int major, const UpgradeRequest& request) {
  const Flags& flags = FlagsOf(major);
  Argv argv =
      request.over_uninstalled ? Argv{"install", "--replace"} : Argv{"upgrade", "--install"};
  Add(&argv, {request.target.name, request.chart_archive, "--namespace", request.target.ns});
  AddValues(request.value_files, request.sets, &argv);
  // Without --reset-values helm reuses the previous values when none are given.
  if (!request.over_uninstalled)
    Add(&argv, {"--reset-values", "--history-max", absl::StrCat(request.max_history)});
  // The crds step handles CRDs.
  Add(&argv, {"--skip-crds", "--timeout", Seconds(request.timeout), "--output", "json"});
  if (!request.labels.empty())
    Add(&argv, {"--labels", absl::StrJoin(request.labels, ",", absl::PairFormatter("="))});
  argv.push_back("--hide-notes");
  Add(&argv, request.wait ? flags.wait : flags.no_wait);
  if (request.force) Add(&argv, flags.force);
  if (request.force_conflicts && !request.force) Add(&argv, flags.force_conflicts);
  if (request.no_hooks) argv.push_back("--no-hooks");
  if (request.server_side.has_value() && !request.force && !request.force_conflicts)
    Add(&argv, *request.server_side ? flags.server_side : flags.client_side);
  Add(&argv, flags.skip_validation);
  return argv;
}

Argv RehearsalArgv(int major, const UpgradeRequest& request) {
  Argv argv = UpgradeArgv(major, request);
  // With `server` lookups are answered.
  argv.push_back("--dry-run=server");
  return argv;
}

Argv UninstallArgv(int major, const UninstallRequest& request) {
  // Never --ignore-not-found: it turns API errors into success.
  Argv argv = {"uninstall", request.target.name, "--namespace", request.target.ns,
               "--cascade", "foreground",        "--timeout",   Seconds(request.timeout)};
  // helm 4's watcher ends too early when it sees that one object is gone before it has seen another
  // at all: `still exists. status: Terminating` (4.3.1, 4 of 80 uninstalls of three objects).
  Add(&argv, {major == 3 ? "--wait" : "--wait=legacy"});
  if (request.keep_history) argv.push_back("--keep-history");
  if (request.no_hooks) argv.push_back("--no-hooks");
  return argv;
}

Argv RollbackArgv(int major, const RollbackRequest& request) {
  const Flags& flags = FlagsOf(major);
  Argv argv = {"rollback",
               request.target.name,
               absl::StrCat(request.revision),
               "--namespace",
               request.target.ns,
               "--timeout",
               Seconds(request.timeout),
               "--history-max",
               absl::StrCat(request.max_history)};
  Add(&argv, request.wait ? flags.wait : flags.no_wait);
  if (request.force_conflicts) Add(&argv, flags.force_conflicts);
  if (request.no_hooks) argv.push_back("--no-hooks");
  return argv;
}

Argv TestArgv(const TestRequest& request) {
  // Never --logs: helm prints them to stdout, after the end, and without the names of their pods.
  Argv argv = {"test",      request.target.name,     "--namespace", request.target.ns,
               "--timeout", Seconds(request.timeout)};
  for (const std::string& name : request.names)
    Add(&argv, {"--filter", absl::StrCat("name=", name)});
  return argv;
}

Argv RenderArgv(int major, const RenderRequest& request) {
  Argv argv = {"template", request.release, request.chart_archive, "--namespace", request.ns};
  AddValues(request.value_files, request.sets, &argv);
  if (request.with_crds) argv.push_back("--include-crds");
  if (request.is_upgrade) argv.push_back("--is-upgrade");
  if (request.cluster != nullptr) {
    // helm 3 answers lookups with --dry-run=server, but takes .Capabilities from the cluster only
    // with --validate, which helm 4 deprecates. CRDs that are printed are objects like others to
    // helm 4, and may exist.
    Add(&argv, {"--dry-run=server", "--skip-crds", "--disable-openapi-validation"});
    argv.push_back(major == 3 ? "--validate" : "--take-ownership");
    return argv;
  }
  if (!request.kube_version.empty()) Add(&argv, {"--kube-version", request.kube_version});
  if (!request.api_versions.empty())
    argv.push_back("--api-versions=" + absl::StrJoin(request.api_versions, ","));
  return argv;
}

}  // namespace wheelhouse::helm
