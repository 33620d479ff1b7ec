// Values layers, as helm merges them: chart, profile, values_files, yaml_files_content, values,
// values_string.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

// Checks every layer without touching a disk: each document is a YAML mapping or empty, each pair
// follows the grammar, and no pair indexes into a list that a lower layer sets (helm would replace
// the whole list). VALUES_INVALID names layer, line and column, and both layers for an index.
absl::Status CheckValues(const v1::ChartInfo& chart, const std::string& chart_values_yaml);

// `--set` (and `--set-string`) pairs as one JSON document, as helm's strvals package makes it.
absl::StatusOr<std::string> SetPairsToJson(
    const google::protobuf::RepeatedPtrField<v1::SetValue>& pairs, bool as_strings);

// Values on disk for one helm call: 0600 files in a fresh 0700 directory, gone when this object is.
class ValuesFiles {
 public:
  virtual ~ValuesFiles() = default;
  // Lowest first. Text of callers is written as it came (plus a final newline: helm #32506).
  virtual const std::vector<std::string>& paths() const = 0;
  virtual const std::string& directory() const = 0;
};
absl::StatusOr<std::unique_ptr<ValuesFiles>> WriteValues(const v1::ChartInfo& chart,
                                                         const std::string& temp_root);

// The bytes of all layers in order, length-prefixed, for the fingerprint.
std::string ValuesFingerprintInput(const v1::ChartInfo& chart);

// Every string of the layers that may be secret (all values of `values`, `values_string`, and
// scalar leaves of the documents under keys that look secret), for the redactor.
std::vector<std::string> SecretsIn(const v1::ChartInfo& chart);

}  // namespace wheelhouse::helm
