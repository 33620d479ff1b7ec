// HelmClient over the helm binary.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "common/mutex.h"
#include "common/process/process.h"
#include "server/helm/helm_argv.h"
#include "server/helm/helm_client.h"
#include "server/helm/process_slots.h"

namespace wheelhouse::helm {

struct HelmOptions {
  std::string path;  // looked up in PATH when it has no slash
  // helm's caches and configuration are below it, apart from any user's.
  std::string state_directory;
  // The program that helm starts as its post-renderer: what InstallPostRenderer was given.
  std::string post_renderer;
  int max_processes = 0;  // see ProcessSlots
  // Names of the daemon's environment variables that the exec plugins of kubeconfigs get, which
  // helm runs itself.
  std::vector<std::string> plugin_env;
};

class HelmCli final : public HelmClient {
 public:
  // `runner` must outlive the client.
  HelmCli(HelmOptions options, ProcessRunner& runner)
      : options_(std::move(options)), runner_(runner), slots_(options_.max_processes) {}

  absl::StatusOr<HelmVersion> Version(const Context& context) override;
  absl::StatusOr<int> Upgrade(const Context& context, const UpgradeRequest& request,
                              const OnHelmLine& on_line) override;
  absl::StatusOr<std::string> Rehearse(const Context& context,
                                       const UpgradeRequest& request) override;
  absl::Status Uninstall(const Context& context, const UninstallRequest& request,
                         const OnHelmLine& on_line) override;
  absl::StatusOr<int> Rollback(const Context& context, const RollbackRequest& request,
                               const OnHelmLine& on_line) override;
  absl::Status Test(const Context& context, const TestRequest& request,
                    const OnHelmLine& on_line) override;
  absl::StatusOr<std::string> Render(const Context& context, const RenderRequest& request) override;

  // How many helm processes run, and how many calls wait until they may start one.
  std::array<SlotCounts, 3> Slots() const { return slots_.Counts(); }

 private:
  // A binary, and what distinguishes it from another at the same path: a replaced helm is asked for
  // its version again.
  struct Binary {
    std::string path;
    uint64_t inode = 0;
    int64_t modified = 0;
    bool operator==(const Binary&) const = default;
  };

  absl::StatusOr<Binary> FindBinary() const;
  absl::StatusOr<HelmVersion> AskVersion(const Context& context, const std::string& path);
  struct Call {
    int major = 0;
    kube::Cluster* cluster = nullptr;  // lent; nullptr: helm talks to none
    Argv argv;
    std::string doing;                   // for errors: `helm upgrade demo/web`
    const Redactor* redactor = nullptr;  // lent
    OnHelmLine on_line = nullptr;
    std::vector<int> descriptors = {};  // as in ProcessSpec
    kube::HelmUse use = kube::HelmUse::kWrites;
    bool undoes = false;
  };
  // Runs helm and returns its stdout. A non-zero exit is HelmError(doing).
  absl::StatusOr<std::string> Run(const Context& context, Call call);
  // The same with the post-renderer, which asks `gate`.
  absl::StatusOr<std::string> RunThrough(const Context& context, const Gate& gate, Call call);
  // helm's whole environment. `access` is nullptr when helm does not talk to a cluster.
  std::map<std::string, std::string> Environment(int major, const kube::HelmAccess* access) const;

  const HelmOptions options_;
  ProcessRunner& runner_;
  ProcessSlots slots_;
  Mutex mutex_;
  std::optional<Binary> asked_ ABSL_GUARDED_BY(mutex_);
  HelmVersion version_ ABSL_GUARDED_BY(mutex_);  // of `asked_`
};

}  // namespace wheelhouse::helm
