#include "server/kustomize/post_render.h"

#include <filesystem>
#include <iostream>
#include <iterator>

#include "common/failure.h"
#include "common/process/supervisor.h"
#include "server/kustomize/patches.h"

namespace wheelhouse::kustomize {

absl::StatusOr<std::string> OwnProgram() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return MakeFailure(Reason::kInternal, "/proc/self/exe: " + error.message());
  return program.string();
}

int PostRender(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "expected " << kPostRender << " KUSTOMIZE FOLDER\n";
    return kExitUsage;
  }
  const auto supervisor = Supervisor::Start();
  if (!supervisor.ok()) {
    std::cerr << std::string(supervisor.status().message()) << "\n";
    return 1;
  }
  const std::string rendered(std::istreambuf_iterator<char>(std::cin), {});
  const auto patched =
      ApplyPatches(Context::Background(), **supervisor, argv[2], argv[3], rendered);
  if (!patched.ok()) {
    std::cerr << FailureOf(patched.status()).message() << "\n";
    return 1;
  }
  std::cout << *patched << std::flush;
  return std::cout.good() ? 0 : 1;
}

}  // namespace wheelhouse::kustomize
