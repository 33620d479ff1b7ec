#include "client/cli/commands/releases/flag_words.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <utility>

namespace wheelhouse::cli {
namespace {

// `create-replace` of CRD_POLICY_CREATE_REPLACE.
template <typename Enum, typename Parse>
absl::StatusOr<Enum> WordOf(const std::string& text, const char* prefix, Parse parse,
                            const char* flag, const char* words) {
  Enum value{};
  if (text.empty()) return value;
  const std::string name =
      absl::StrCat(prefix, absl::AsciiStrToUpper(absl::StrReplaceAll(text, {{"-", "_"}})));
  if (!parse(name, &value) || value == Enum{})
    return absl::InvalidArgumentError(absl::StrCat(flag, ": must be ", words));
  return value;
}

}  // namespace

absl::Status WrongFlag(absl::string_view flag, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", std::string(status.message())));
}

absl::StatusOr<v1::PodLogs> LogsOf(const std::string& text) {
  return WordOf<v1::PodLogs>(text, "POD_LOGS_", v1::PodLogs_Parse, "--logs",
                             "failing, all or none");
}

absl::StatusOr<v1::CrdPolicy> CrdPolicyOf(const std::string& text) {
  return WordOf<v1::CrdPolicy>(text, "CRD_POLICY_", v1::CrdPolicy_Parse, "--crd-policy",
                               "skip, create or create-replace");
}

absl::StatusOr<v1::FieldConflicts> FieldConflictsOf(const std::string& text) {
  return WordOf<v1::FieldConflicts>(text, "FIELD_CONFLICTS_", v1::FieldConflicts_Parse,
                                    "--field-conflicts", "fail or force");
}

absl::Status SetAllow(const std::vector<std::string>& words, v1::Allow* allow) {
  for (const std::string& word : words) {
    if (word == "crd-loss") {
      allow->set_crd_loss(true);
    } else if (word == "volume-loss") {
      allow->set_volume_loss(true);
    } else if (word == "unlock") {
      allow->set_unlock(true);
    } else {
      return absl::InvalidArgumentError("--allow: must be crd-loss, volume-loss or unlock");
    }
  }
  return absl::OkStatus();
}

absl::Status AddLabels(absl::string_view flag, const std::vector<std::string>& pairs,
                       google::protobuf::Map<std::string, std::string>* labels) {
  for (const std::string& text : pairs) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(text, absl::MaxSplits('=', 1));
    if (pair.first.empty() || text.find('=') == std::string::npos)
      return absl::InvalidArgumentError(absl::StrCat(flag, ": expected KEY=VALUE, not ", text));
    (*labels)[pair.first] = pair.second;
  }
  return absl::OkStatus();
}

const YamlLocations& DeployLocations() {
  static const auto* const places =
      new YamlLocations{{"charts[0].name", "--name"},
                        {"charts[0].namespace", "--namespace"},
                        {"charts[0].chart", "CHART"},
                        {"charts[0].timeout", "--timeout"},
                        {"charts[0].values", "--set"},
                        {"charts[0].valuesString", "--set-string"},
                        {"charts[0].valuesFiles", "--values"},
                        {"charts[0].yamlFilesContent", "--set-json"},
                        {"charts[0].wait", "--wait"},
                        {"charts[0].atomic", "--atomic"},
                        {"charts[0].profile", "--profile"},
                        {"charts[0].secretValues", "--secret-values"},
                        {"charts[0].plainValues", "--plain-values"},
                        {"charts[0].labels", "--label"},
                        {"charts[0].namespaceLabels", "--namespace-label"},
                        {"charts[0].extraNamespaces", "--extra-namespace"},
                        {"charts[0].crdPolicy", "--crd-policy"},
                        {"charts[0].fieldConflicts", "--field-conflicts"},
                        {"charts[0].recreate", "--recreate"},
                        {"charts[0].patches", "--patch"},
                        {"charts[0].maxHistory", "--history-max"},
                        {"charts[0].noHooks", "--no-hooks"}};
  return *places;
}

}  // namespace wheelhouse::cli
