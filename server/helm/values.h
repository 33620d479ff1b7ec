// Values layers, as helm merges them: chart, profile, values_files, yaml_files_content, values,
// values_string.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

// Checks every layer without touching a disk: each document is one YAML mapping or empty, each pair
// follows the grammar (set_grammar.h), finds mappings where it needs them, as helm would have it,
// and indexes into no list that a lower layer sets (`values` is below `values_string`).
// VALUES_INVALID with a violation for each wrong layer and pair, naming layer, line and column, or
// both layers.
absl::Status CheckValues(const v1::ChartInfo& chart, const std::string& chart_values_yaml);

// `--set` (and `--set-string`) pairs as one JSON document, as helm's strvals package makes it.
absl::StatusOr<std::string> SetPairsToJson(
    const google::protobuf::RepeatedPtrField<v1::SetValue>& pairs, bool as_strings);

// Values for one helm call: 0600 files in a fresh 0700 directory, gone when this object is, and
// `--set` texts. helm reads each number of a file as a float64 (12345678 renders as 1.2345678e+07,
// and `eq .Values.n 1` fails), where --set gives an int64: so the whole numbers of `values` that
// nothing replaces are given once more as --set texts, which go over all files. They, and the names
// on the way to them, stand in helm's arguments for all of the machine to read; texts never do.
class ValuesFiles {
 public:
  virtual ~ValuesFiles() = default;
  // Lowest first. Text of callers is written as it came (plus a final newline: helm #32506).
  virtual const std::vector<std::string>& paths() const = 0;
  // `a.b[0]=1`, keys escaped; at most 32 KiB.
  virtual const std::vector<std::string>& sets() const = 0;
  virtual const std::string& directory() const = 0;
};
absl::StatusOr<std::unique_ptr<ValuesFiles>> WriteValues(const v1::ChartInfo& chart,
                                                         const std::string& temp_root);

// The bytes of all layers in order, length-prefixed, for the fingerprint.
std::string ValuesFingerprintInput(const v1::ChartInfo& chart);

// Which scalars of a values document are secrets.
enum class Scalars { kAll, kNamedAsSecrets /* those under keys that look secret */ };

// They, for the redactor; VALUES_INVALID where `file` is no values document.
absl::StatusOr<std::vector<std::string>> SecretsOf(const v1::ValuesFile& file, Scalars which);

// Every string of the layers that may be secret (all values of `values`, `values_string`, and
// scalar leaves of the documents under keys that look secret), for the redactor.
std::vector<std::string> SecretsIn(const v1::ChartInfo& chart);

}  // namespace wheelhouse::helm
