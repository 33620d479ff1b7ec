#include "server/helm/charts.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <archive.h>
#include <archive_entry.h>
#include <openssl/evp.h>
#include <yaml-cpp/yaml.h>

#include <map>

#include "common/failure.h"
#include "common/status_macros.h"

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

// Path below the chart's root folder; an error for what tries to leave it.
absl::StatusOr<std::string> BelowRoot(const std::string& path) {
  std::vector<std::string> parts = absl::StrSplit(path, '/', absl::SkipEmpty());
  if (absl::StartsWith(path, "/"))
    return Invalid(absl::StrCat("the entry ", path, " is an absolute path"));
  if (!parts.empty() && parts[0] == ".") parts.erase(parts.begin());
  for (const std::string& part : parts) {
    if (part == "..") return Invalid(absl::StrCat("the entry ", path, " leaves the archive"));
  }
  if (parts.size() < 2) return std::string();
  std::string below;
  for (size_t i = 1; i < parts.size(); ++i) absl::StrAppend(&below, i > 1 ? "/" : "", parts[i]);
  return below;
}

class ArchiveReader {
 public:
  explicit ArchiveReader(const ChartLimits& limits)
      : limits_(limits), archive_(archive_read_new(), archive_read_free) {
    archive_read_support_format_tar(archive_.get());
    archive_read_support_filter_gzip(archive_.get());
  }

  absl::StatusOr<Files> ReadFile(const std::string& path) {
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
    return Invalid(absl::StrCat("it is no gzipped tar: ", archive_error_string(archive_.get())));
  }

  absl::StatusOr<Files> ReadAll() {
    Files files;
    archive_entry* entry = nullptr;
    int code;
    while ((code = archive_read_next_header(archive_.get(), &entry)) == ARCHIVE_OK) {
      RETURN_IF_ERROR(ReadEntry(entry, &files));
    }
    if (code != ARCHIVE_EOF) return Broken();
    return files;
  }

  absl::Status ReadEntry(archive_entry* entry, Files* files) {
    const char* name = archive_entry_pathname(entry);
    const std::string path = name != nullptr ? name : "";
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR) return absl::OkStatus();
    if (type != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
      return Invalid(
          absl::StrCat("the entry ", path, " is not a plain file (links and devices are refused)"));
    }
    ASSIGN_OR_RETURN(const std::string below, BelowRoot(path));
    if (below.empty())
      return Invalid(absl::StrCat("the entry ", path, " is not inside the chart's folder"));
    if (files->size() >= limits_.files) return TooLarge(absl::StrCat(limits_.files, " files"));
    File& file = (*files)[below];
    file.executable = (archive_entry_perm(entry) & 0100) != 0;
    file.content.clear();
    char buffer[64 << 10];
    ssize_t size;
    while ((size = archive_read_data(archive_.get(), buffer, sizeof(buffer))) > 0) {
      total_ += static_cast<size_t>(size);
      if (total_ > limits_.unpacked_bytes)
        return TooLarge(absl::StrCat(limits_.unpacked_bytes, " bytes unpacked"));
      file.content.append(buffer, static_cast<size_t>(size));
    }
    return size < 0 ? Broken() : absl::OkStatus();
  }

  static absl::Status TooLarge(const std::string& bound) {
    return MakeFailure(Reason::kUploadTooLarge, absl::StrCat("the chart has more than ", bound));
  }

  const ChartLimits& limits_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  size_t total_ = 0;
};

std::string DigestOf(const Files& files) {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
  // Lengths first, so that no two sets of files run together to the same bytes.
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
    const YAML::Node node = YAML::Load(text);
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

// The chart's own crds/ first, then those of its subcharts, as helm's CRDObjects goes.
absl::Status CollectCrds(const Files& files, const std::string& prefix, const ChartLimits& limits,
                         int depth, Chart* chart) {
  for (const auto& [path, file] : files) {
    const bool own = absl::StartsWith(path, "crds/");
    const bool unpacked_subchart =
        absl::StartsWith(path, "charts/") && absl::StrContains(path, "/crds/");
    if ((own || unpacked_subchart) &&
        (absl::EndsWith(path, ".yaml") || absl::EndsWith(path, ".yml") ||
         absl::EndsWith(path, ".json"))) {
      chart->crd_files.push_back({prefix + path, file.content});
    }
  }
  for (const auto& [path, file] : files) {
    if (!absl::StartsWith(path, "charts/") || !absl::EndsWith(path, ".tgz")) continue;
    if (depth >= 8) return Invalid("subcharts are nested more than 8 deep");
    ASSIGN_OR_RETURN(const Files subchart, ArchiveReader(limits).ReadMemory(file.content));
    RETURN_IF_ERROR(
        CollectCrds(subchart, absl::StrCat(prefix, path, "!"), limits, depth + 1, chart));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Chart> ReadChartArchive(const std::string& path, const ChartLimits& limits) {
  ASSIGN_OR_RETURN(const Files files, ArchiveReader(limits).ReadFile(path));
  const auto chart_yaml = files.find("Chart.yaml");
  if (chart_yaml == files.end()) return Invalid("it has no Chart.yaml in its one top folder");
  Chart chart;
  RETURN_IF_ERROR(ReadChartYaml(chart_yaml->second.content, &chart));
  chart.digest = DigestOf(files);
  if (const auto values = files.find("values.yaml"); values != files.end())
    chart.values_yaml = values->second.content;
  RETURN_IF_ERROR(CollectCrds(files, "", limits, 0, &chart));
  return chart;
}

}  // namespace wheelhouse::helm
