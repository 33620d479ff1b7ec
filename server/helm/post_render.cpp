#include "server/helm/post_render.h"

#include <absl/strings/str_cat.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/failure.h"
#include "common/process/temp_folder.h"
#include "server/helm/gate_channel.h"

namespace wheelhouse::helm {
namespace {

// All of stdin; nullopt when that is more than a manifest may have.
std::optional<std::string> ReadManifest() {
  std::string manifest;
  char buffer[64 << 10];
  for (ssize_t size; (size = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0;) {
    manifest.append(buffer, static_cast<size_t>(size));
    if (manifest.size() > kLargestManifest) return std::nullopt;
  }
  return manifest;
}

}  // namespace

absl::StatusOr<std::string> OwnProgram() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return MakeFailure(Reason::kInternal, "/proc/self/exe: " + error.message());
  return program.string();
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
  // JSON is YAML, and quotes the path. The argument comes from --post-renderer-args.
  const nlohmann::json plugin = {
      {"apiVersion", "v1"},
      {"type", "postrenderer/v1"},
      {"name", kPostRendererPlugin},
      {"version", "1.0.0"},
      {"runtime", "subprocess"},
      {"runtimeConfig", {{"platformCommand", {{{"command", program}}}}}}};
  return WritePrivateFile(folder + "/plugin.yaml", plugin.dump(2) + "\n");
}

int PostRender() {
  signal(SIGPIPE, SIG_IGN);
  const auto manifest = AskGate(kGateDescriptor, ReadManifest());
  if (!manifest.ok()) {
    std::cerr << std::string(manifest.status().message()) << "\n";
    return 1;
  }
  std::cout << *manifest << std::flush;
  return std::cout.good() ? 0 : 1;
}

}  // namespace wheelhouse::helm
