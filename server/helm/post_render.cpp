#include "server/helm/post_render.h"

#include <absl/strings/str_cat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/failure.h"
#include "common/process/temp_folder.h"

namespace wheelhouse::helm {
absl::StatusOr<std::string> FindPostRenderer() {
  std::error_code error;
  const std::filesystem::path daemon = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return MakeFailure(Reason::kInternal, "/proc/self/exe: " + error.message());
  std::string program = daemon.parent_path() / "wheelhouse-post-renderer";
  if (access(program.c_str(), X_OK) == 0) return program;
  return MakeFailure(Reason::kInternal,
                     absl::StrCat(program, ": ", strerror(errno),
                                  "; it has to be in the folder of wheelhoused: install both"));
}

std::string PluginFolder(const std::string& state_directory, int major) {
  return absl::StrCat(state_directory, "/helm/plugins/", major);
}

absl::Status InstallPostRenderer(const std::string& state_directory, const std::string& program) {
  const std::string folder =
      absl::StrCat(PluginFolder(state_directory, 4), "/", kPostRendererPlugin);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return MakeFailure(Reason::kStoreUnavailable, absl::StrCat(folder, ": ", error.message()));
  // JSON is YAML, and quotes the path.
  const nlohmann::json plugin = {
      {"apiVersion", "v1"},
      {"type", "postrenderer/v1"},
      {"name", kPostRendererPlugin},
      {"version", "1.0.0"},
      {"runtime", "subprocess"},
      {"runtimeConfig", {{"platformCommand", {{{"command", program}}}}}}};
  return WritePrivateFile(folder + "/plugin.yaml", plugin.dump(2) + "\n");
}

}  // namespace wheelhouse::helm
