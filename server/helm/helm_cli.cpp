#include "server/helm/helm_cli.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/file_marks.h"
#include "server/helm/gate_channel.h"
#include "server/helm/helm_errors.h"
#include "server/helm/post_render.h"
#include "server/helm/post_renderer/gate_wire.h"
#include "server/helm/releases.h"

namespace wheelhouse::helm {
namespace {

std::string Named(const char* verb, const ReleaseTarget& target) {
  return absl::StrCat("helm ", verb, " ", target.ns, "/", target.name);
}

std::string SearchPath() {
  const char* path = std::getenv("PATH");
  return path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
}

// What ended a helm that renders. When its own time ran out, not that of the run, it is most likely
// a template that does not end.
absl::Status EndOfRendering(const Context& context, const std::string& doing) {
  absl::Status ended = context.Check();
  if (!HasReason(ended, Reason::kStepFailed)) return ended;
  return MakeFailure(Reason::kRenderTimeout, absl::StrCat(doing, " had not ended when ",
                                                          std::string(FailureOf(ended).message())));
}

bool Supported(const HelmVersion& version) {
  return version.major == 4 || (version.major == 3 && version.minor >= 18);
}

// The revision of the newest record when that is deployed: helm's exit 0 can be wrong (a last PUT
// that failed).
absl::StatusOr<int> RevisionIn(const absl::StatusOr<std::vector<ReleaseRecord>>& records,
                               const std::string& doing) {
  RETURN_IF_ERROR(records.status());
  if (!records->empty() && records->front().status == "deployed") return records->front().revision;
  return MakeFailure(
      Reason::kHelmFailed,
      absl::StrCat(doing, " reported success, but the newest release record ",
                   records->empty() ? "does not exist" : "is " + records->front().status));
}

}  // namespace

absl::StatusOr<HelmCli::Binary> HelmCli::FindBinary() const {
  std::vector<std::string> candidates = {options_.path};
  if (!absl::StrContains(options_.path, "/")) {
    candidates.clear();
    for (const auto folder : absl::StrSplit(SearchPath(), ':')) {
      candidates.push_back(absl::StrCat(folder, "/", options_.path));
    }
  }
  for (const std::string& candidate : candidates) {
    struct stat info{};
    if (stat(candidate.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (access(candidate.c_str(), X_OK) != 0) continue;
    return Binary{candidate, info.st_ino,
                  info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
  }
  return MakeFailure(Reason::kHelmMissing, absl::StrCat("there is no helm at ", options_.path));
}

std::map<std::string, std::string> HelmCli::Environment(int major,
                                                        const kube::HelmAccess* access) const {
  const std::string& home = options_.state_directory;
  std::map<std::string, std::string> environment = {
      {"PATH", SearchPath()},
      {"HOME", home},
      {"HELM_CACHE_HOME", home + "/helm/cache"},
      {"HELM_CONFIG_HOME", home + "/helm/config"},
      {"HELM_DATA_HOME", home + "/helm/data"},
      {"HELM_PLUGINS", PluginFolder(home, major)},
      {"KUBECACHEDIR", home + "/helm/kube-cache"},
      {"HELM_DRIVER", "secret"},
      // Half as many collections of garbage as Go makes by itself: an upgrade takes 12 % less CPU
      // and 8 MiB more memory (helm 4.3.1, a chart like podinfo). Without any it takes 110 MiB
      // more.
      {"GOGC", "200"},
  };
  // An exec plugin of the kubeconfig gets the same from helm as from us. No proxy variables: the
  // daemon's environment must not redirect cluster traffic.
  if (access == nullptr) return environment;
  std::vector<std::string> inherited = {"HOME"};
  inherited.insert(inherited.end(), options_.plugin_env.begin(), options_.plugin_env.end());
  if (!access->token.empty()) environment["HELM_KUBETOKEN"] = access->token;
  for (const std::string& name : inherited) {
    if (const char* value = std::getenv(name.c_str())) environment[name] = value;
  }
  return environment;
}

absl::StatusOr<HelmVersion> HelmCli::AskVersion(const Context& context, const std::string& path) {
  ProcessSpec spec{.argv = {path, "version", "--template", "{{.Version}}"},
                   .env = Environment(0, nullptr)};
  const auto result = runner_.Run(context, spec);
  RETURN_IF_ERROR(context.Check());
  if (!result.ok() || result->exit_code != 0) {
    return MakeFailure(Reason::kHelmMissing,
                       absl::StrCat("the helm at ", path, " cannot be run: ",
                                    result.ok() ? result->err.substr(0, 300)
                                                : std::string(result.status().message())));
  }
  HelmVersion version;
  version.text = std::string(absl::StripAsciiWhitespace(result->out));
  if (std::sscanf(version.text.c_str(), "v%d.%d.%d", &version.major, &version.minor,
                  &version.patch) != 3) {
    return MakeFailure(Reason::kHelmUnsupported,
                       absl::StrCat("the helm at ", path,
                                    " reports an unknown version: ", version.text.substr(0, 100)));
  }
  if (!Supported(version)) {
    return MakeFailure(Reason::kHelmUnsupported,
                       absl::StrCat("the helm at ", path, " is ", version.text,
                                    "; wheelhouse needs helm 3.18 or later, or helm 4"));
  }
  return version;
}

absl::StatusOr<HelmVersion> HelmCli::Version(const Context& context) {
  ASSIGN_OR_RETURN(const Binary binary, FindBinary());
  {
    MutexLock lock(&mutex_);
    if (asked_ == binary) return version_;
  }
  ASSIGN_OR_RETURN(HelmVersion version, AskVersion(context, binary.path));
  MutexLock lock(&mutex_);
  asked_ = binary;
  version_ = version;
  return version;
}

absl::StatusOr<std::string> HelmCli::Run(const Context& context, Call call) {
  const std::string verb = call.argv.front();
  const bool renders = call.use == kube::HelmUse::kReads;
  ASSIGN_OR_RETURN(const Binary binary, FindBinary());
  const SlotUse use = call.undoes                         ? SlotUse::kUndoes
                      : call.use == kube::HelmUse::kReads ? SlotUse::kReads
                                                          : SlotUse::kChanges;
  RETURN_IF_ERROR(slots_.Take(context, use));
  const auto free = absl::MakeCleanup([this, use] { slots_.Free(use); });
  // Only now: a token may live for less than the wait.
  kube::HelmAccess access;
  if (call.cluster != nullptr) {
    ASSIGN_OR_RETURN(access, call.cluster->AccessForHelm(context, call.use));
    const Argv connection = ConnectionArgv(access);
    call.argv.insert(call.argv.end(), connection.begin(), connection.end());
  }
  call.argv.insert(call.argv.begin(), binary.path);
  ProcessSpec spec{.argv = std::move(call.argv),
                   .env = Environment(call.major, call.cluster != nullptr ? &access : nullptr),
                   .descriptors = std::move(call.descriptors)};
  spec.on_stderr_line = call.on_line;
  spec.stdout_limit = kLargestManifest;
  // Leaves helm the time to mark its record as failed. One that renders has none, and a template
  // that loops would only go on.
  spec.grace = renders ? absl::ZeroDuration() : absl::Seconds(15);
  auto result = runner_.Run(context, spec);
  if (!result.ok()) {
    RETURN_IF_ERROR(renders ? EndOfRendering(context, call.doing) : context.Check());
    return MakeFailure(Reason::kHelmMissing,
                       absl::StrCat("the helm at ", binary.path,
                                    " cannot be run: ", std::string(result.status().message())));
  }
  if (result->exit_code != 0) {
    const Redactor patterns_only;
    return HelmError(verb, call.doing, *result,
                     call.redactor != nullptr ? *call.redactor : patterns_only);
  }
  if (result->truncated) return ManifestTooLarge(absl::StrCat("the output of ", call.doing));
  return std::move(result->out);
}

absl::StatusOr<std::string> HelmCli::RunThrough(const Context& context, const Gate& gate,
                                                Call call) {
  ASSIGN_OR_RETURN(const auto server, GateServer::Start(context, gate));
  const Argv post_renderer = PostRendererArgv(call.major, options_.post_renderer);
  call.argv.insert(call.argv.end(), post_renderer.begin(), post_renderer.end());
  call.descriptors = {server->far_end()};
  const std::string doing = call.doing;
  auto ended = Run(context, std::move(call));
  const GateServer::Outcome outcome = server->Finish();
  if (!ended.ok() && !HasReason(ended.status(), Reason::kRenderTimeout))
    RETURN_IF_ERROR(context.Check());
  RETURN_IF_ERROR(outcome.refusal);
  RETURN_IF_ERROR(ended.status());
  if (outcome.asked) return ended;
  return MakeFailure(Reason::kHelmFailed,
                     absl::StrCat(doing, " ended without passing what it rendered to the daemon"));
}

absl::StatusOr<int> HelmCli::Upgrade(const Context& context, const UpgradeRequest& request,
                                     const OnHelmLine& on_line) {
  ASSIGN_OR_RETURN(const HelmVersion version, Version(context));
  const std::string doing = Named(request.over_uninstalled ? "install" : "upgrade", request.target);
  RETURN_IF_ERROR(
      RunThrough(context, request.gate,
                 {version.major, request.target.cluster, UpgradeArgv(version.major, request), doing,
                  request.target.redactor, on_line})
          .status());
  const ReleaseTarget& target = request.target;
  return RevisionIn(
      ListRecordsFrom(context, target.cluster->client(), target.ns, target.name, request.revision),
      doing);
}

absl::StatusOr<std::string> HelmCli::Rehearse(const Context& context,
                                              const UpgradeRequest& request) {
  ASSIGN_OR_RETURN(const HelmVersion version, Version(context));
  Call call{version.major, request.target.cluster, RehearsalArgv(version.major, request),
            Named("upgrade --dry-run", request.target), request.target.redactor};
  call.use = kube::HelmUse::kReads;
  // helm gets nothing back, and so looks for nothing in the cluster (as in Render).
  std::optional<std::string> shown;
  const Gate keep = [&shown](const Context&, std::string manifest) {
    shown = std::move(manifest);
    return absl::StatusOr<std::string>("");
  };
  absl::Status ended = RunThrough(context, keep, std::move(call)).status();
  // What helm finds wrong after that is wrong with nothing.
  if (shown.has_value()) return *std::move(shown);
  return ended;
}

absl::Status HelmCli::Uninstall(const Context& context, const UninstallRequest& request,
                                const OnHelmLine& on_line) {
  ASSIGN_OR_RETURN(const HelmVersion version, Version(context));
  Call call{version.major,
            request.target.cluster,
            UninstallArgv(version.major, request),
            Named("uninstall", request.target),
            request.target.redactor,
            on_line};
  call.undoes = request.target.undoes;
  return Run(context, std::move(call)).status();
}

absl::StatusOr<int> HelmCli::Rollback(const Context& context, const RollbackRequest& request,
                                      const OnHelmLine& on_line) {
  ASSIGN_OR_RETURN(const HelmVersion version, Version(context));
  const std::string doing = Named("rollback", request.target);
  Call call{version.major, request.target.cluster,  RollbackArgv(version.major, request),
            doing,         request.target.redactor, on_line};
  call.undoes = request.target.undoes;
  RETURN_IF_ERROR(Run(context, std::move(call)).status());
  const ReleaseTarget& target = request.target;
  return RevisionIn(ListRecords(context, target.cluster->client(), target.ns, target.name), doing);
}

absl::Status HelmCli::Test(const Context& context, const TestRequest& request,
                           const OnHelmLine& on_line) {
  ASSIGN_OR_RETURN(const HelmVersion version, Version(context));
  return Run(context, {version.major, request.target.cluster, TestArgv(request),
                       Named("test", request.target), request.target.redactor, on_line})
      .status();
}

absl::StatusOr<std::string> HelmCli::Render(const Context& context, const RenderRequest& request) {
  ASSIGN_OR_RETURN(const HelmVersion version, Version(context));
  Call call{version.major, request.cluster, RenderArgv(version.major, request),
            absl::StrCat("helm template ", request.ns, "/", request.release), request.redactor};
  call.use = kube::HelmUse::kReads;
  if (request.cluster == nullptr) return Run(context, std::move(call));
  // With a cluster helm goes on and looks for what it has rendered there: kinds that this run will
  // have brought by then, objects that it will have adopted. So helm gets nothing back to look for.
  std::string shown;
  const Gate keep = [&shown](const Context&, std::string manifest) {
    shown = std::move(manifest);
    return absl::StatusOr<std::string>("");
  };
  ASSIGN_OR_RETURN(const std::string printed, RunThrough(context, keep, std::move(call)));
  // helm 3 shows the CRDs and prints the hooks; helm 4 shows the hooks and prints the CRDs, behind
  // which SplitEnabledCrds looks for the next file.
  return version.major == 3
             ? absl::StrCat(shown, "\n---\n", printed)
             : absl::StrCat(printed, "\n---\n# Source: manifest\n", WithoutFileMarks(shown));
}

}  // namespace wheelhouse::helm
