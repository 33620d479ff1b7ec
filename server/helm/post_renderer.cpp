#include "server/helm/post_renderer.h"

#include <absl/strings/str_cat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "common/failure.h"
#include "common/process/temp_folder.h"

namespace wheelhouse::helm {

absl::Status InstallPostRenderer(const std::string& state_directory, const std::string& program) {
  const std::string folder = absl::StrCat(state_directory, "/helm/plugins/", kPostRendererPlugin);
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return MakeFailure(Reason::kStoreUnavailable, absl::StrCat(folder, ": ", error.message()));
  // JSON is YAML, and quotes the path. Arguments come from --post-renderer-args.
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
