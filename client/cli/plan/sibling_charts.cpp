#include "client/cli/plan/sibling_charts.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "client/cli/shell/files.h"
#include "common/formats/yaml_document.h"

namespace wheelhouse::cli {
namespace {

namespace fs = std::filesystem;

// A mapping.
YAML::Node Read(const fs::path& file) {
  const absl::StatusOr<std::string> text = ReadFile(file.string());
  if (!text.ok()) return YAML::Node(YAML::NodeType::Map);
  return MappingIn(*text);
}

bool Holds(const fs::path& chart, const std::string& name) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(chart / "charts", error)) {
    const std::string file = entry.path().filename().string();
    if (absl::StartsWith(file, name + "-") && absl::EndsWith(file, ".tgz")) return true;
    if (ScalarIn(Read(entry.path() / "Chart.yaml"), "name") == name) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<SiblingChart>> SiblingsOf(const fs::path& chart) {
  std::vector<SiblingChart> siblings;
  std::error_code error;
  const bool old = !Read(chart / "Chart.yaml")["dependencies"].IsDefined() &&
                   fs::exists(chart / "requirements.yaml", error);
  const YAML::Node list = Read(chart / (old ? "requirements.yaml" : "Chart.yaml"))["dependencies"];
  if (!list.IsDefined() || !list.IsSequence()) return siblings;
  for (const YAML::Node& one : list) {
    if (!one.IsMap()) continue;
    const std::string name = ScalarIn(one, "name"), repository = ScalarIn(one, "repository");
    absl::string_view path = repository;
    // A name of something else than a chart is the daemon's to refuse.
    const bool sane = !name.empty() && name[0] != '.' && !absl::StrContains(name, '/');
    if (!sane || !absl::ConsumePrefix(&path, "file://") || Holds(chart, name)) continue;
    const fs::path folder = chart / std::string(path);
    if (!fs::exists(folder / "Chart.yaml", error))
      return absl::InvalidArgumentError(absl::StrCat(chart.string(), " depends on ", name,
                                                     ", but there is no chart at ",
                                                     folder.lexically_normal().string()));
    if (std::ranges::find(siblings, name, &SiblingChart::name) == siblings.end())
      siblings.push_back({name, fs::canonical(folder, error)});
  }
  return siblings;
}

}  // namespace wheelhouse::cli
