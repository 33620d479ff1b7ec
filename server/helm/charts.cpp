#include "server/helm/charts.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>
#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "common/failure.h"
#include "common/formats/yaml_budget.h"
#include "common/formats/yaml_document.h"
#include "common/status_macros.h"
#include "common/utf8_locale.h"
#include "server/helm/record_size.h"

namespace wheelhouse::helm {
namespace {

struct File {
  bool executable = false;
  std::string content;
};
using Files = std::map<std::string, File>;  // by path below the chart's root: sorted

absl::Status Invalid(const std::string& what) {
  return MakeFailure(Reason::kChartInvalid, absl::StrCat("this archive is not a chart: ", what));
}

// Splits an entry's path into its first folder and the rest, as helm does (pkg/chart/loader/archive
// of 4.3.1): with a backslash anywhere in it, backslashes separate, since archives are packed on
// Windows too; the rest is cleaned of empty and `.` parts. An error for a path that leaves the
// folder.
absl::Status SplitPath(const std::string& path, std::string* root, std::string* below) {
  const char separator = absl::StrContains(path, '\\') ? '\\' : '/';
  if (absl::StartsWith(path, "/") || path[0] == separator)
    return Invalid(absl::StrCat("the entry ", path, " is an absolute path"));
  // Go's tar reader takes such a file for a folder, and skips what it holds.
  if (absl::EndsWith(path, "/"))
    return Invalid(absl::StrCat("the entry ", path, " is a file with the name of a folder"));
  std::vector<std::string> parts = absl::StrSplit(path, separator);
  *root = parts[0];
  // A root with folders of its own, as in `web/templates\\a.yaml`, is another chart to helm.
  if (absl::StrContains(*root, '/'))
    return Invalid(absl::StrCat("the entry ", path, " has both / and \\ in its path"));
  parts.erase(parts.begin());
  if (parts.size() > 1 && parts[0].empty())
    return Invalid(absl::StrCat("the entry ", path, " is an absolute path below its folder"));
  for (const std::string& part : parts) {
    if (part == "..") return Invalid(absl::StrCat("the entry ", path, " leaves the archive"));
  }
  std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
  if (parts.empty() || *root == "..")
    return Invalid(absl::StrCat("the entry ", path, " is not inside the chart's folder"));
  *below = absl::StrJoin(parts, "/");
  // `C:/x` below the root, which helm refuses.
  if (below->size() > 2 && absl::ascii_isalpha((*below)[0]) && below->substr(1, 2) == ":/")
    return Invalid(absl::StrCat("the entry ", path, " names a drive"));
  return absl::OkStatus();
}

absl::Status TooLarge(size_t bound, absl::string_view unit) {
  return MakeFailure(Reason::kUploadTooLarge,
                     absl::StrCat("the chart has more than ", bound, " ", unit));
}

// What an archive and those nested in it have used up.
struct Used {
  size_t bytes = 0;
  size_t files = 0;
};

class ArchiveReader {
 public:
  ArchiveReader(const ChartLimits& limits, Used* used)
      : limits_(limits), used_(used), archive_(archive_read_new(), archive_read_free) {
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
  }

  absl::StatusOr<Files> ReadFile(const std::string& path) {
    std::error_code error;
    const auto size = std::filesystem::file_size(path, error);
    if (!error && size > limits_.archive_bytes)
      return TooLarge(limits_.archive_bytes, "bytes packed");
    return archive_read_open_filename(archive_.get(), path.c_str(), 64 << 10) == ARCHIVE_OK
               ? ReadAll()
               : Broken();
  }
  absl::StatusOr<Files> ReadMemory(const std::string& data) {
    return archive_read_open_memory(archive_.get(), data.data(), data.size()) == ARCHIVE_OK
               ? ReadAll()
               : Broken();
  }

 private:
  absl::Status Broken() {
    const char* why = archive_error_string(archive_.get());
    return Invalid(absl::StrCat("it is not a gzipped tar", why != nullptr ? ": " : "",
                                why != nullptr ? why : ""));
  }

  absl::StatusOr<Files> ReadAll() {
    const Utf8Locale locale;
    Files files;
    archive_entry* entry = nullptr;
    int code;
    while ((code = archive_read_next_header(archive_.get(), &entry)) == ARCHIVE_OK) {
      // helm wants exactly one gzip layer; libarchive also accepts none or several.
      if (archive_filter_count(archive_.get()) != 2) return Broken();
      RETURN_IF_ERROR(ReadEntry(entry, &files));
    }
    if (code != ARCHIVE_EOF) return Broken();
    return files;
  }

  absl::Status ReadEntry(archive_entry* entry, Files* files) {
    if (++used_->files > limits_.files) return TooLarge(limits_.files, "files");
    const char* name = archive_entry_pathname(entry);
    const std::string path = name != nullptr ? name : "";
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR) return absl::OkStatus();
    if (type != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
      return Invalid(
          absl::StrCat("the entry ", path, " is not a plain file (links and devices are refused)"));
    }
    std::string root, below;
    RETURN_IF_ERROR(SplitPath(path, &root, &below));
    if (root_.empty()) root_ = root;
    if (root != root_)
      return Invalid(absl::StrCat("it has two top folders, ", root_, " and ", root));
    const auto [file, is_new] = files->try_emplace(below);
    if (!is_new) return Invalid(absl::StrCat("the entry ", path, " appears twice"));
    file->second.executable = (archive_entry_perm(entry) & 0100) != 0;
    return ReadContent(&file->second.content);
  }

  absl::Status ReadContent(std::string* content) {
    char buffer[64 << 10];
    ssize_t size;
    while ((size = archive_read_data(archive_.get(), buffer, sizeof(buffer))) > 0) {
      used_->bytes += static_cast<size_t>(size);
      if (used_->bytes > limits_.unpacked_bytes)
        return TooLarge(limits_.unpacked_bytes, "bytes unpacked");
      content->append(buffer, static_cast<size_t>(size));
    }
    return size < 0 ? Broken() : absl::OkStatus();
  }

  const ChartLimits& limits_;
  Used* const used_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  std::string root_;
};

std::string DigestOf(const Files& files) {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  // Lengths first, so that no two sets of files produce the same bytes.
  for (const auto& [path, file] : files) {
    const std::string head =
        absl::StrCat(path.size(), ":", path, file.executable ? "x" : "-", file.content.size(), ":");
    EVP_DigestUpdate(hash.get(), head.data(), head.size());
    EVP_DigestUpdate(hash.get(), file.content.data(), file.content.size());
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(hash.get(), digest, &size);
  return absl::StrCat("sha256:",
                      absl::BytesToHexString(std::string(reinterpret_cast<char*>(digest), size)));
}

std::string Text(const YAML::Node& node, const char* key) {
  return node[key] && node[key].IsScalar() ? node[key].Scalar() : std::string();
}

absl::Status ReadChartYaml(const std::string& text, Chart* chart) {
  try {
    const YAML::Node node = LoadFirstYaml(text);
    if (!node.IsMap()) return Invalid("its Chart.yaml is not a mapping");
    chart->name = Text(node, "name");
    chart->version = Text(node, "version");
    chart->app_version = Text(node, "appVersion");
    chart->kube_version = Text(node, "kubeVersion");
    chart->library = Text(node, "type") == "library";
  } catch (const YAML::Exception& error) {
    return Invalid(absl::StrCat("Chart.yaml:", error.mark.line + 1, ": ", error.msg));
  }
  if (chart->name.empty()) return Invalid("its Chart.yaml has no name");
  if (chart->version.empty()) return Invalid("its Chart.yaml has no version");
  if (chart->library)
    return Invalid(absl::StrCat(chart->name, " is a library chart, which cannot be deployed"));
  return absl::OkStatus();
}

bool IsManifest(absl::string_view path) {
  for (const char* end : {".yaml", ".yml", ".json"}) {
    if (absl::EndsWithIgnoreCase(path, end)) return true;
  }
  return false;
}

// The subcharts below charts/, by what their paths begin with. helm ignores _NAME, .NAME and
// signatures; anything else that is not a chart it refuses itself.
absl::StatusOr<std::map<std::string, Files>> Subcharts(const Files& files,
                                                       const ChartLimits& limits, Used* used) {
  std::map<std::string, Files> subcharts;
  for (const auto& [path, file] : files) {
    absl::string_view below = path;
    if (!absl::ConsumePrefix(&below, "charts/") || absl::EndsWith(below, ".prov")) continue;
    if (below[0] == '_' || below[0] == '.') continue;
    const size_t slash = below.find('/');
    if (slash != absl::string_view::npos) {
      const std::string prefix = absl::StrCat("charts/", below.substr(0, slash + 1));
      subcharts[prefix][std::string(below.substr(slash + 1))] = file;
    } else if (absl::EndsWith(below, ".tgz")) {
      auto nested = ArchiveReader(limits, used).ReadMemory(file.content);
      if (!nested.ok()) return While(absl::StrCat("reading ", path), nested.status());
      subcharts[path + "!"] = *std::move(nested);
    }
  }
  return subcharts;
}

// Whether helm, which reads these files whole, can be trusted with them: 40 MB of `[1,1,...]` take
// several GB there as here. What is not YAML is for whoever parses it to report.
absl::Status CheckYamlSizes(const Files& files, const std::string& prefix) {
  for (const auto& [path, file] : files) {
    const bool parsed = path == "Chart.yaml" || path == "values.yaml" || path == "Chart.lock" ||
                        path == "requirements.yaml" || absl::StartsWith(path, "crds/");
    if (!parsed) continue;
    try {
      CheckYamlBudget(file.content);
    } catch (const YamlTooLarge& error) {
      return Invalid(absl::StrCat(prefix, path, ":", error.mark.line + 1, ": ", error.msg));
    } catch (const YAML::Exception&) {
      continue;
    }
  }
  return absl::OkStatus();
}

absl::Status CollectCrds(const Files& files, const std::string& prefix, const ChartLimits& limits,
                         int depth, Used* used, std::vector<CrdFile>* crds) {
  if (depth > 8) return Invalid("subcharts are nested more than 8 deep");
  RETURN_IF_ERROR(CheckYamlSizes(files, prefix));
  for (const auto& [path, file] : files) {
    if (!absl::StartsWith(path, "crds/") || !IsManifest(path)) continue;
    absl::string_view content = file.content;
    absl::ConsumePrefix(&content, "\xEF\xBB\xBF");  // as helm does
    crds->push_back({prefix + path, std::string(content)});
  }
  ASSIGN_OR_RETURN(const auto subcharts, Subcharts(files, limits, used));
  for (const auto& [below, subchart] : subcharts)
    RETURN_IF_ERROR(CollectCrds(subchart, prefix + below, limits, depth + 1, used, crds));
  return absl::OkStatus();
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

}  // namespace

ChartLimits LimitsFor(int64_t archive_bytes) {
  const size_t bytes = std::min(static_cast<size_t>(archive_bytes), SIZE_MAX / 5);
  return {.archive_bytes = bytes, .unpacked_bytes = 5 * bytes, .files = 10000};
}

absl::StatusOr<Chart> ReadChartArchive(const std::string& path, const ChartLimits& limits) {
  Used used;
  ASSIGN_OR_RETURN(const Files files, ArchiveReader(limits, &used).ReadFile(path));
  const auto chart_yaml = files.find("Chart.yaml");
  if (chart_yaml == files.end()) return Invalid("it has no Chart.yaml in its one top folder");
  Chart chart;
  RETURN_IF_ERROR(ReadChartYaml(chart_yaml->second.content, &chart));
  chart.digest = DigestOf(files);
  if (const auto values = files.find("values.yaml"); values != files.end())
    chart.values_yaml = values->second.content;
  ChartInRecord in_record;
  for (const auto& [below, file] : files) in_record.Add(below, file.content);
  chart.in_record = in_record.Finish();
  RETURN_IF_ERROR(CollectCrds(files, "", limits, 0, &used, &chart.crd_files));
  return chart;
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
