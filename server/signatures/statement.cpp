#include "server/signatures/statement.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <vector>

#include "common/failure.h"
#include "common/formats/yaml_document.h"

namespace wheelhouse::signatures {
namespace {

absl::Status Unreadable(const std::string& what) {
  return MakeFailure(Reason::kSignatureInvalid,
                     absl::StrCat("what the provenance file signs is not a chart: ", what));
}

}  // namespace

absl::StatusOr<Statement> ReadStatement(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, "\n...\n");
  if (parts.size() != 2) return Unreadable("expected Chart.yaml, a line `...`, and `files`");
  const YAML::Node chart = MappingIn(parts[0]);
  Statement statement{ScalarIn(chart, "name"), ScalarIn(chart, "version"), {}};
  if (statement.name.empty() || statement.version.empty())
    return Unreadable("its Chart.yaml has no name or no version");
  const YAML::Node files = MappingIn(parts[1])["files"];
  if (!files.IsDefined() || !files.IsMap()) return Unreadable("it has no files");
  for (const auto& file : files) {
    if (file.first.IsScalar() && file.second.IsScalar())
      statement.files[file.first.Scalar()] = file.second.Scalar();
  }
  return statement;
}

}  // namespace wheelhouse::signatures
