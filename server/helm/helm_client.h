// helm, as the lifecycle needs it. What the binary does differently between its majors, and what it
// gets wrong, stays behind this interface (helm-cli.cpp has one argv table per major).
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/context.h"
#include "common/redactor.h"
#include "server/kube/cluster.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

struct HelmVersion {
  int major = 0;
  int minor = 0;
  int patch = 0;
  std::string text;  // `v4.3.1`
};

// Which release on which cluster.
struct ReleaseTarget {
  kube::Cluster* cluster = nullptr;  // lent
  std::string ns;
  std::string name;
  const Redactor* redactor = nullptr;  // lent; masks helm's words in errors; nullptr: no secrets
};

// Called with each line of helm's stderr as it comes, unmasked; on the thread that made the call.
using OnHelmLine = std::function<void(absl::string_view line)>;

struct UpgradeRequest {
  ReleaseTarget target;
  std::string chart_archive;  // a local .tgz: charts are pulled first, or stdout is polluted
  std::vector<std::string> value_files;  // 0600, lowest first; each ends in a newline (helm #32506)
  std::vector<std::string> sets;         // ValuesFiles.sets: `a.b=1`
  std::map<std::string, std::string> labels;
  // Program and arguments that the rendered manifests go through; empty: none. The program is the
  // one that InstallPostRenderer was given.
  std::vector<std::string> post_renderer;
  int max_history = 50;
  absl::Duration timeout;  // helm's own, per operation; the Context bounds the whole
  bool wait = true;
  // The newest revision is uninstalled, its history kept. `helm upgrade --install` takes the last
  // record by name for the newest, which from revision 10 on it is not, and fails with "has no
  // deployed releases" (4.3.1, 3.22.0).
  bool over_uninstalled = false;
  bool force = false;            // replace instead of patch
  bool force_conflicts = false;  // server-side apply takes fields of other managers (helm 4)
};

struct UninstallRequest {
  ReleaseTarget target;
  absl::Duration timeout;
  bool keep_history = false;
};

struct RollbackRequest {
  ReleaseTarget target;
  int revision = 0;  // always named
  absl::Duration timeout;
  bool wait = true;
  int max_history = 50;
  bool force_conflicts = false;  // as UpgradeRequest's
};

struct TestRequest {
  ReleaseTarget target;
  std::vector<std::string> names;  // of test hooks; empty: all. helm ignores one that is not there
  absl::Duration timeout;
};

struct RenderRequest {
  std::string release;
  std::string ns;
  std::string chart_archive;
  std::vector<std::string> value_files;
  std::vector<std::string> sets;
  std::string kube_version;  // what .Capabilities says; helm is not let near the cluster, which may
                             // lack CRDs yet
  bool is_upgrade = false;
  const Redactor* redactor = nullptr;  // as ReleaseTarget's
};

// Thread-safe; at most a configured number of helm processes run at once (more wait, within their
// Context). No call returns success that is none: the record is read again after upgrade and
// rollback (helm's exit 0 can lie). Errors are classified: HELM_MISSING, HELM_UNSUPPORTED,
// VALUES_INVALID, CHART_INVALID, CHART_NOT_FOUND, REPOSITORY_UNAVAILABLE, CLUSTER_UNREACHABLE,
// CREDENTIALS_INVALID, PERMISSION_DENIED, KIND_UNKNOWN, RELEASE_LOCKED, OWNERSHIP_CONFLICT,
// FIELD_CONFLICT (details: field, manager), OBJECT_CONFLICT, OBJECT_NOT_FOUND, APPLY_REJECTED,
// HOOK_FAILED (details: job), POD_FAILING, NOT_READY, else HELM_FAILED; each with the tail of
// helm's words, masked. When the
// Context ends, helm gets SIGTERM, later SIGKILL, and the Context's cause is returned.
class HelmClient {
 public:
  virtual ~HelmClient() = default;

  // Runs `helm version`; HELM_MISSING, HELM_UNSUPPORTED (3.18+ and 4 are supported).
  virtual absl::StatusOr<HelmVersion> Version(const Context& context) = 0;

  // upgrade --install. OK means that the newest record says deployed; returns its revision.
  virtual absl::StatusOr<int> Upgrade(const Context& context, const UpgradeRequest& request,
                                      const OnHelmLine& on_line) = 0;

  // Foreground cascade; an absent release is OBJECT_NOT_FOUND.
  virtual absl::Status Uninstall(const Context& context, const UninstallRequest& request,
                                 const OnHelmLine& on_line) = 0;

  // OK means that the newest record says deployed; returns its revision.
  virtual absl::StatusOr<int> Rollback(const Context& context, const RollbackRequest& request,
                                       const OnHelmLine& on_line) = 0;

  // Runs test hooks of the newest revision, whose record then says how each ended. helm says of a
  // failed one HOOK_FAILED or POD_FAILING; a release without tests is OK.
  virtual absl::Status Test(const Context& context, const TestRequest& request,
                            const OnHelmLine& on_line) = 0;

  // The files of crds/ folders, of enabled subcharts only (SplitEnabledCrds takes them off), then
  // the rendered manifest, hooks included (their annotations say so).
  virtual absl::StatusOr<std::string> Render(const Context& context,
                                             const RenderRequest& request) = 0;

  // Pulls `source` (oci or repository) into `directory` and returns the archive's path.
  virtual absl::StatusOr<std::string> Pull(const Context& context, const v1::ChartSource& source,
                                           const std::string& directory) = 0;
};

}  // namespace wheelhouse::helm
