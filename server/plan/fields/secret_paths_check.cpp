#include "server/plan/fields/secret_paths_check.h"

#include <absl/strings/str_cat.h>

#include <set>

#include "common/formats/set_grammar.h"

namespace wheelhouse::plan {

void CheckSecretPaths(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  std::set<std::string> known;
  for (const bool secret : {true, false}) {
    const auto& texts = secret ? chart.secret_values() : chart.plain_values();
    for (int i = 0; i < texts.size(); ++i) {
      const std::string at =
          absl::StrCat(path, secret ? ".secret_values[" : ".plain_values[", i, "]");
      const absl::StatusOr<KeyPath> key = ParseSetKey(texts[i]);
      if (!key.ok()) {
        wrong->push_back({at, absl::StrCat("must be a path as in --set: ",
                                           FailureOf(key.status()).message(), ".")});
      } else if (!known.insert(SetKey(*key)).second) {
        wrong->push_back(
            {at, "is listed twice; list each path once, in secretValues or in plainValues."});
      }
    }
  }
}

}  // namespace wheelhouse::plan
