#include "server/helm/charts.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "common/failure.h"
#include "common/formats/yaml_budget.h"
#include "common/formats/yaml_document.h"
#include "common/status_macros.h"
#include "server/helm/archive/pack.h"
#include "server/helm/record_size.h"

namespace wheelhouse::helm {
namespace {

std::string Text(const YAML::Node& node, const char* key) {
  return node[key] && node[key].IsScalar() ? node[key].Scalar() : std::string();
}

absl::Status ReadChartYaml(const std::string& text, Chart* chart) {
  try {
    const YAML::Node node = LoadFirstYaml(text);
    if (!node.IsMap()) return NotAChart("its Chart.yaml is not a mapping");
    chart->name = Text(node, "name");
    chart->version = Text(node, "version");
    chart->app_version = Text(node, "appVersion");
    chart->kube_version = Text(node, "kubeVersion");
    chart->library = Text(node, "type") == "library";
  } catch (const YAML::Exception& error) {
    return NotAChart(absl::StrCat("Chart.yaml:", error.mark.line + 1, ": ", error.msg));
  }
  if (chart->name.empty()) return NotAChart("its Chart.yaml has no name");
  if (chart->version.empty()) return NotAChart("its Chart.yaml has no version");
  if (chart->library)
    return NotAChart(absl::StrCat(chart->name, " is a library chart, which cannot be deployed"));
  return absl::OkStatus();
}

bool IsManifest(absl::string_view path) {
  for (const char* end : {".yaml", ".yml", ".json"}) {
    if (absl::EndsWithIgnoreCase(path, end)) return true;
  }
  return false;
}

constexpr size_t kLargestParsed = 32 << 20;

// What helm parses whole, in the chart and in each subchart.
bool IsParsed(absl::string_view path) {
  static const auto* const names = new std::set<absl::string_view>{
      "Chart.yaml", "values.yaml", "Chart.lock", "requirements.yaml", "requirements.lock"};
  return names->contains(path) || absl::StartsWith(path, "crds/");
}

// Whether helm and we can be trusted with it: 40 MB of `[1,1,...]` take several GB in either. What
// is not YAML is for whoever parses it to report.
absl::Status CheckSize(const std::string& name, const ChartFile& file) {
  try {
    CheckYamlBudget(file.content);
  } catch (const YamlTooLarge& error) {
    return MakeFailure(Reason::kChartTooLarge,
                       absl::StrCat(name, ":", error.mark.line + 1, ": ", error.msg));
  } catch (const YAML::Exception&) {
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CrdFile>> CollectCrds(const ChartTree& files) {
  std::map<std::pair<std::string, std::string>, std::string> crds;  // by subchart and path
  size_t bytes = 0;
  RETURN_IF_ERROR(VisitFiles(files,
                             [&](const std::string& subchart, absl::string_view path,
                                 const ChartFile& file) -> absl::Status {
                               if (!IsParsed(path)) return absl::OkStatus();
                               RETURN_IF_ERROR(CheckSize(absl::StrCat(subchart, path), file));
                               bytes += file.content.size();
                               if (bytes > kLargestParsed)
                                 return ChartTooLarge(
                                     kLargestParsed,
                                     "bytes in its values.yaml and crds/, and those of subcharts");
                               if (!absl::StartsWith(path, "crds/") || !IsManifest(path))
                                 return absl::OkStatus();
                               absl::string_view content = file.content;
                               absl::ConsumePrefix(&content, "\xEF\xBB\xBF");  // as helm does
                               crds[{subchart, std::string(path)}] = std::string(content);
                               return absl::OkStatus();
                             }));
  std::vector<CrdFile> sorted;
  for (auto& [place, content] : crds)
    sorted.push_back({place.first + place.second, std::move(content)});
  return sorted;
}

constexpr absl::string_view kSource = "---\n# Source: ";

// True for `web/charts/sub/crds/a.yaml`. The path decides, since a template may hold the same bytes
// as a CRD file.
bool IsOfCrdsFolder(absl::string_view source) {
  do {
    const size_t slash = source.find('/');
    if (slash == absl::string_view::npos) return false;
    source.remove_prefix(slash + 1);
  } while (absl::ConsumePrefix(&source, "charts/"));
  return absl::StartsWith(source, "crds/");
}

struct OpenedChart {
  Chart chart;
  ChartTree files;
};

absl::StatusOr<OpenedChart> Open(const std::string& path, const ChartLimits& limits) {
  ASSIGN_OR_RETURN(UnpackedChart unpacked, UnpackChart(path, limits));
  const auto& files = unpacked.tree.files;
  const auto chart_yaml = files.find("Chart.yaml");
  if (chart_yaml == files.end()) return NotAChart("it has no Chart.yaml in its one top folder");
  Chart chart;
  ASSIGN_OR_RETURN(chart.crd_files, CollectCrds(unpacked.tree));
  RETURN_IF_ERROR(ReadChartYaml(chart_yaml->second.content, &chart));
  chart.digest = std::move(unpacked.digest);
  if (const auto values = files.find("values.yaml"); values != files.end())
    chart.values_yaml = values->second.content;
  ChartInRecord in_record;
  for (const auto& [below, file] : files) in_record.Add(below, file.content);
  chart.in_record = in_record.Finish();
  chart.missing = MissingDependencies(unpacked.tree);
  return OpenedChart{std::move(chart), std::move(unpacked.tree)};
}

absl::Status Add(const ChartLimits& limits, Subchart* add, ChartTree* to) {
  ASSIGN_OR_RETURN(UnpackedChart unpacked, UnpackChart(add->archive, limits));
  const auto chart_yaml = unpacked.tree.files.find("Chart.yaml");
  if (chart_yaml == unpacked.tree.files.end())
    return NotAChart(absl::StrCat("what was fetched as ", add->name, " has no Chart.yaml"));
  Chart chart;
  absl::Status read = ReadChartYaml(chart_yaml->second.content, &chart);
  if (!read.ok() && !chart.library) return read;
  if (chart.name != add->name)
    return NotAChart(absl::StrCat("what was fetched as ", add->name, " is called ", chart.name));
  if (!add->must_be.empty() &&
      absl::StripPrefix(chart.version, "v") != absl::StripPrefix(add->must_be, "v"))
    return MakeFailure(Reason::kSignatureInvalid,
                       absl::StrCat("what was fetched as ", add->name, " ", add->must_be,
                                    " is signed, but as ", chart.version));
  add->version = chart.version;
  add->digest = std::move(unpacked.digest);
  const std::string path = absl::StrCat("charts/", chart.name, "-", chart.version, ".tgz");
  to->archives[path] = std::move(unpacked.tree);
  return absl::OkStatus();
}

absl::Status Damaged(const std::string& digest, const absl::StatusOr<OpenedChart>& opened) {
  const std::string now = opened.ok() ? absl::StrCat("its digest is ", opened->chart.digest)
                                      : std::string(opened.status().message());
  return MakeFailure(
      Reason::kChartNotUploaded,
      absl::StrCat("the archive with the digest ", digest, " is not what was uploaded (", now,
                   "): the daemon's disk has damaged it; upload the chart again"),
      {{"digest", digest}});
}

}  // namespace

ChartLimits LimitsFor(int64_t archive_bytes) {
  const size_t bytes = std::min(static_cast<size_t>(archive_bytes), SIZE_MAX / 5);
  return {.archive_bytes = bytes, .unpacked_bytes = 5 * bytes, .files = 10000};
}

absl::StatusOr<Chart> ChartReader::Read(const std::string& archive, const std::string& packed) {
  const MutexLock lock(&turn_);
  ASSIGN_OR_RETURN(OpenedChart opened, Open(archive, limits_));
  if (!packed.empty()) RETURN_IF_ERROR(PackChart(opened.files, packed));
  return std::move(opened.chart);
}

absl::StatusOr<Chart> ChartReader::ReadKept(const std::string& archive, const std::string& digest,
                                            const std::string& packed) {
  const MutexLock lock(&turn_);
  absl::StatusOr<OpenedChart> opened = Open(archive, limits_);
  if (!opened.ok() || opened->chart.digest != digest) return Damaged(digest, opened);
  if (!packed.empty()) RETURN_IF_ERROR(PackChart(opened->files, packed));
  return std::move(opened->chart);
}

absl::StatusOr<Chart> ChartReader::Complete(const std::string& archive, const std::string& digest,
                                            const std::string& packed, std::vector<Subchart>* add) {
  const MutexLock lock(&turn_);
  {
    absl::StatusOr<OpenedChart> opened = Open(archive, limits_);
    if (!opened.ok() || opened->chart.digest != digest) return Damaged(digest, opened);
    for (Subchart& one : *add) RETURN_IF_ERROR(Add(limits_, &one, &opened->files));
    RETURN_IF_ERROR(PackChart(opened->files, packed));
  }
  ASSIGN_OR_RETURN(OpenedChart whole, Open(packed, limits_));
  return std::move(whole.chart);
}

absl::StatusOr<Chart> ReadChartArchive(const std::string& path, const ChartLimits& limits) {
  return ChartReader(limits).Read(path);
}

std::string SplitEnabledCrds(absl::string_view rendered, std::vector<CrdFile>* crds) {
  std::set<size_t> enabled;
  while (absl::StartsWith(rendered, kSource)) {
    const size_t line_end = std::min(rendered.find('\n', kSource.size()), rendered.size());
    if (!IsOfCrdsFolder(rendered.substr(0, line_end).substr(kSource.size()))) break;
    const absl::string_view body = rendered.substr(line_end);
    // Of files that begin alike take the longest; of equal ones the first will do.
    std::optional<size_t> printed;
    absl::string_view after_printed = body;
    for (size_t i = 0; i < crds->size(); ++i) {
      absl::string_view after = body;
      if (!absl::ConsumePrefix(&after, "\n") ||
          !absl::ConsumePrefix(&after, absl::StripTrailingAsciiWhitespace((*crds)[i].content)))
        continue;
      after = absl::StripLeadingAsciiWhitespace(after);
      if (!after.empty() && !absl::StartsWith(after, kSource)) continue;
      if (after.size() >= after_printed.size()) continue;
      printed = i;
      after_printed = after;
    }
    if (!printed.has_value()) break;
    enabled.insert(*printed);
    rendered = after_printed;
  }
  std::vector<CrdFile> kept;
  kept.reserve(enabled.size());
  for (const size_t i : enabled) kept.push_back(std::move((*crds)[i]));
  *crds = std::move(kept);
  return std::string(rendered);
}

}  // namespace wheelhouse::helm
