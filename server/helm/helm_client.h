// helm, as the lifecycle needs it. Differences between helm's majors, and helm's bugs, stay behind
// this interface (helm_argv.cpp has the flags of each major).
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <functional>
#include <map>
#include <optional>
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
  const Redactor* redactor = nullptr;  // lent; masks helm's output in errors; nullptr: no secrets
  bool undoes =
      false;  // what is done to it undoes a failed run's changes; a process is kept for that
};

// Called with each line of helm's stderr as it comes, unmasked; on the thread that made the call.
using OnHelmLine = std::function<void(absl::string_view line)>;

// Sees what helm has rendered, for real, before helm applies any of it: returns the bytes to apply,
// or a refusal, after which helm has changed nothing and made no record. Called on a thread of its
// own, within a Context that ends with the call to helm. helm 4 hands over hooks too; helm 3 does
// not.
using Gate =
    std::function<absl::StatusOr<std::string>(const Context& context, std::string manifest)>;

struct UpgradeRequest {
  ReleaseTarget target;
  std::string chart_archive;             // a local .tgz
  std::vector<std::string> value_files;  // 0600, lowest first; each ends in a newline (helm #32506)
  std::vector<std::string> sets;         // ValuesFiles.sets: `a.b=1`
  std::map<std::string, std::string> labels;
  Gate gate;               // required
  int max_history = 0;     // revisions to keep; 0: all
  absl::Duration timeout;  // helm's own, per operation; the Context bounds the whole
  bool wait = true;
  // The newest revision is uninstalled with its history kept. There `helm upgrade --install` takes
  // the last record by name for the newest, which is wrong from revision 10 on, and fails with "has
  // no deployed releases" (4.3.1, 3.22.0).
  bool over_uninstalled = false;
  int revision = 0;              // that helm is to make
  bool force = false;            // replace instead of patch
  bool force_conflicts = false;  // server-side apply takes over fields of other managers (helm 4)
  bool no_hooks = false;
  // helm 4: whether objects are applied server-side; unset: as the release was applied before.
  // `force` and `force_conflicts` each need one of the two, and come first.
  std::optional<bool> server_side;
};

struct UninstallRequest {
  ReleaseTarget target;
  absl::Duration timeout;
  bool keep_history = false;
  bool no_hooks = false;
};

struct RollbackRequest {
  ReleaseTarget target;
  int revision = 0;  // always named
  absl::Duration timeout;
  bool wait = true;
  int max_history = 0;           // revisions to keep; 0: all
  bool force_conflicts = false;  // as in UpgradeRequest
  bool no_hooks = false;
};

struct TestRequest {
  ReleaseTarget target;
  std::vector<std::string> names;  // of test hooks; empty: all. helm ignores unknown names
  absl::Duration timeout;
};

struct RenderRequest {
  std::string release;
  std::string ns;
  std::string chart_archive;
  std::vector<std::string> value_files;
  std::vector<std::string> sets;
  std::string kube_version;  // for .Capabilities, without a cluster
  bool is_upgrade = false;
  const Redactor* redactor = nullptr;  // as in ReleaseTarget
  bool with_crds = false;              // print the files of crds/ folders, too
  // Lent. .Capabilities are the cluster's, and `lookup` is answered. nullptr: helm asks no cluster;
  // `lookup` finds nothing, and .Capabilities.APIVersions are those that helm knows itself (some of
  // which no cluster serves any more) and `api_versions`.
  kube::Cluster* cluster = nullptr;
  std::vector<std::string> api_versions = {};  // `apps/v1`, `apps/v1/Deployment`
};

// Thread-safe; the number of helm processes at once is bounded (process_slots.h; others wait,
// within their Context). A success is checked: the record is read again after upgrade and rollback,
// since helm's exit 0 can be wrong. Errors are classified: HELM_MISSING, HELM_UNSUPPORTED,
// VALUES_INVALID, CHART_INVALID, CLUSTER_UNREACHABLE, CREDENTIALS_INVALID, PERMISSION_DENIED,
// KIND_UNKNOWN, RELEASE_LOCKED, OWNERSHIP_CONFLICT, FIELD_CONFLICT (details: field, manager),
// OBJECT_CONFLICT, OBJECT_NOT_FOUND, APPLY_REJECTED, HOOK_FAILED (details: job), POD_FAILING,
// NOT_READY, CHILD_OUT_OF_MEMORY, CHILD_OUT_OF_CPU, else HELM_FAILED; each with the masked tail of
// helm's output. When the Context ends, helm gets SIGTERM, later SIGKILL, and the Context's cause
// is returned.
class HelmClient {
 public:
  virtual ~HelmClient() = default;

  // Runs `helm version`; HELM_MISSING, HELM_UNSUPPORTED (3.18+ and 4 are supported).
  virtual absl::StatusOr<HelmVersion> Version(const Context& context) = 0;

  // upgrade --install. OK means that the gate was asked and that the newest record is deployed;
  // returns its revision. A refusal of the gate is returned as the gate made it.
  virtual absl::StatusOr<int> Upgrade(const Context& context, const UpgradeRequest& request,
                                      const OnHelmLine& on_line) = 0;

  // What `Upgrade` with this request would hand to its gate now, by a dry run: as it is rendered
  // for the revision that it would make, on this cluster. Its `gate` is not asked. Changes nothing.
  // Errors: as Render.
  virtual absl::StatusOr<std::string> Rehearse(const Context& context,
                                               const UpgradeRequest& request) = 0;

  // Foreground cascade; an absent release is OBJECT_NOT_FOUND.
  virtual absl::Status Uninstall(const Context& context, const UninstallRequest& request,
                                 const OnHelmLine& on_line) = 0;

  // OK means that the newest record is deployed; returns its revision.
  virtual absl::StatusOr<int> Rollback(const Context& context, const RollbackRequest& request,
                                       const OnHelmLine& on_line) = 0;

  // Runs test hooks of the newest revision, whose record then has the result of each. A failed test
  // is HOOK_FAILED or POD_FAILING; a release without tests is OK.
  virtual absl::Status Test(const Context& context, const TestRequest& request,
                            const OnHelmLine& on_line) = 0;

  // The rendered manifest, including hooks (marked by their annotations), as revision 1 of the
  // release; before it, where they are asked for, the files of the crds/ folders of the chart and
  // of enabled subcharts (SplitEnabledCrds removes them). Nothing is compared with the cluster: not
  // whether it serves a kind, nor whose an object is. CHART_TOO_LARGE when it is; RENDER_TIMEOUT
  // when the bound of a stage or step (STEP_FAILED) ends it.
  virtual absl::StatusOr<std::string> Render(const Context& context,
                                             const RenderRequest& request) = 0;
};

}  // namespace wheelhouse::helm
