#include "server/helm/archive/unpack.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>
#include <openssl/evp.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/archive/tar_reader.h"

namespace wheelhouse::helm {
namespace {

constexpr int kDeepestNesting = 8;
// Of the headers of a file, and behind the end of an archive.
constexpr size_t kOverheadOfFile = 4 << 10, kPadding = 1 << 20;

// Splits an entry's path into its first folder and the rest, as helm does (pkg/chart/loader/archive
// of 4.3.1): with a backslash anywhere in it, backslashes separate, since archives are packed on
// Windows too; the rest is cleaned of empty and `.` parts. An error for a path that leaves the
// folder.
absl::Status SplitPath(const std::string& path, std::string* root, std::string* below) {
  const char separator = absl::StrContains(path, '\\') ? '\\' : '/';
  if (absl::StartsWith(path, "/") || path[0] == separator)
    return NotAChart(absl::StrCat("the entry ", path, " is an absolute path"));
  std::vector<std::string> parts = absl::StrSplit(path, separator);
  *root = parts[0];
  // A root with folders of its own, as in `web/templates\\a.yaml`, is another chart to helm.
  if (absl::StrContains(*root, '/'))
    return NotAChart(absl::StrCat("the entry ", path, " has both / and \\ in its path"));
  parts.erase(parts.begin());
  if (parts.size() > 1 && parts[0].empty())
    return NotAChart(absl::StrCat("the entry ", path, " is an absolute path below its folder"));
  // Parts between backslashes may have slashes in them.
  parts = absl::StrSplit(absl::StrJoin(parts, "/"), '/');
  for (const std::string& part : parts) {
    if (part == "..") return NotAChart(absl::StrCat("the entry ", path, " leaves the archive"));
  }
  std::erase_if(parts, [](const std::string& part) { return part.empty() || part == "."; });
  if (parts.empty() || *root == "..")
    return NotAChart(absl::StrCat("the entry ", path, " is not inside the chart's folder"));
  *below = absl::StrJoin(parts, "/");
  // `C:/x` below the root, which helm refuses.
  if (below->size() > 2 && absl::ascii_isalpha((*below)[0]) && below->substr(1, 2) == ":/")
    return NotAChart(absl::StrCat("the entry ", path, " names a drive"));
  return absl::OkStatus();
}

// Takes `charts/NAME/` off the front of a path, as often as it begins with it. False for what helm
// ignores.
bool TakeSubchart(absl::string_view* path, std::string* subchart) {
  const absl::string_view whole = *path;
  while (absl::StartsWith(*path, "charts/")) {
    const absl::string_view below = path->substr(7);
    if (below.empty() || below[0] == '_' || below[0] == '.') return false;
    const size_t slash = below.find('/');
    if (slash == absl::string_view::npos) break;
    *path = below.substr(slash + 1);
  }
  *subchart = std::string(whole.substr(0, whole.size() - path->size()));
  return true;
}

// Whether helm unpacks it: `charts/NAME.tgz` of the chart or of a subchart.
bool IsNestedArchive(absl::string_view path) {
  std::string subchart;
  return TakeSubchart(&path, &subchart) && absl::StartsWith(path, "charts/") &&
         absl::EndsWith(path, ".tgz");
}

std::string DigestOf(const std::map<std::string, ChartFile>& files) {
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

// Unpacks an archive and what is nested in it.
class Unpacker {
 public:
  explicit Unpacker(const ChartLimits& limits) : limits_(limits) {}

  absl::StatusOr<ChartTree> Unpack(absl::string_view packed) {
    Gunzip gzip(packed);
    TarReader tar(gzip, limits_.unpacked_bytes - bytes_ +
                            (limits_.files - files_) * kOverheadOfFile + kPadding);
    ChartTree tree;
    std::string root;
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<TarEntry> entry, tar.Next());
      if (!entry.has_value()) break;
      if (++files_ > limits_.files) return ChartTooLarge(limits_.files, "files");
      if (!entry->folder) RETURN_IF_ERROR(AddFile(*entry, tar, &root, &tree));
    }
    RETURN_IF_ERROR(CheckFolders(tree));
    return tree;
  }

  // Replaces the archives among the files by what is in them.
  absl::Status UnpackNested(ChartTree* tree, int depth = 1) {
    for (auto file = tree->files.begin(); file != tree->files.end();) {
      const auto& [path, packed] = *file;
      if (!IsNestedArchive(path)) {
        ++file;
        continue;
      }
      if (depth > kDeepestNesting)
        return NotAChart(absl::StrCat("subcharts are nested more than ", kDeepestNesting, " deep"));
      absl::StatusOr<ChartTree> nested = Unpack(packed.content);
      const absl::Status status = nested.ok() ? UnpackNested(&*nested, depth + 1) : nested.status();
      if (!status.ok()) return While(absl::StrCat("reading ", path), status);
      tree->archives[path] = *std::move(nested);
      file = tree->files.erase(file);
    }
    return absl::OkStatus();
  }

 private:
  absl::Status AddFile(const TarEntry& entry, TarReader& tar, std::string* root, ChartTree* tree) {
    std::string top, below;
    RETURN_IF_ERROR(SplitPath(entry.path, &top, &below));
    if (root->empty()) *root = top;
    if (top != *root)
      return NotAChart(absl::StrCat("it has two top folders, ", *root, " and ", top));
    if (entry.size > limits_.unpacked_bytes - bytes_)
      return ChartTooLarge(limits_.unpacked_bytes, "bytes unpacked");
    bytes_ += entry.size;
    ASSIGN_OR_RETURN(std::string content, tar.ReadContent());
    if (!tree->files.try_emplace(below, entry.executable, std::move(content)).second)
      return NotAChart(absl::StrCat("the entry ", entry.path, " appears twice"));
    return absl::OkStatus();
  }

  // A file and a folder of one name, which only some readers can have both of.
  static absl::Status CheckFolders(const ChartTree& tree) {
    for (const auto& [path, file] : tree.files) {
      for (size_t slash = path.find('/'); slash != std::string::npos;
           slash = path.find('/', slash + 1)) {
        if (tree.files.contains(path.substr(0, slash)))
          return NotAChart(
              absl::StrCat("the entry ", path.substr(0, slash), " is both a file and a folder"));
      }
    }
    return absl::OkStatus();
  }

  const ChartLimits& limits_;
  size_t bytes_ = 0, files_ = 0;
};

absl::Status Visit(const ChartTree& tree, const std::string& archive,
                   const ChartFileVisitor& visit) {
  for (const auto& [whole, file] : tree.files) {
    absl::string_view path = whole;
    std::string subchart;
    if (TakeSubchart(&path, &subchart)) RETURN_IF_ERROR(visit(archive + subchart, path, file));
  }
  for (const auto& [path, nested] : tree.archives)
    RETURN_IF_ERROR(Visit(nested, absl::StrCat(archive, path, "!"), visit));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadPacked(const std::string& path, size_t most) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error && size > most) return ChartTooLarge(most, "bytes packed");
  std::string packed(error ? 0 : size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (error || !file.read(packed.data(), static_cast<std::streamsize>(size)))
    return NotAChart("it cannot be read");
  return packed;
}

}  // namespace

absl::Status NotAChart(absl::string_view what) {
  return MakeFailure(Reason::kChartInvalid, absl::StrCat("this archive is not a chart: ", what));
}

absl::Status ChartTooLarge(size_t bound, absl::string_view unit) {
  return MakeFailure(Reason::kChartTooLarge,
                     absl::StrCat("the chart has more than ", bound, " ", unit));
}

absl::StatusOr<UnpackedChart> UnpackChart(const std::string& path, const ChartLimits& limits) {
  Unpacker unpacker(limits);
  UnpackedChart chart;
  {
    ASSIGN_OR_RETURN(const std::string packed, ReadPacked(path, limits.archive_bytes));
    ASSIGN_OR_RETURN(chart.tree, unpacker.Unpack(packed));
  }
  chart.digest = DigestOf(chart.tree.files);
  RETURN_IF_ERROR(unpacker.UnpackNested(&chart.tree));
  return chart;
}

absl::Status VisitFiles(const ChartTree& tree, const ChartFileVisitor& visit) {
  return Visit(tree, "", visit);
}

}  // namespace wheelhouse::helm
