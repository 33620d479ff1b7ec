// Values layers, as helm merges them: chart, profile, values_files, yaml_files_content, values,
// values_string.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

// Checks every layer without I/O: each document of a file is a YAML mapping or empty, and several
// are layers of their own, as with helm 4; each pair follows the
// grammar (common/formats/set_grammar.h), finds mappings where it needs them, as in helm, and does
// not index into a list that a lower layer sets (`values` is below `values_string`). VALUES_INVALID
// has a violation for each wrong layer and pair, which names the layer, line and column, or both
// layers.
absl::Status CheckValues(const v1::ChartInfo& chart, const std::string& chart_values_yaml);

// `--set` (and `--set-string`) pairs as one JSON document, as helm's strvals package would make it.
absl::StatusOr<std::string> SetPairsToJson(
    const google::protobuf::RepeatedPtrField<v1::SetValue>& pairs, bool as_strings);

// Values for one helm call: 0600 files in a new 0700 directory, removed with this object, and
// `--set` texts. helm reads every number in a file as a float64 (12345678 renders as 1.2345678e+07,
// and `eq .Values.n 1` fails), but a number given with --set as an int64. So the whole numbers of
// `values` that nothing replaces are also given as --set texts, which override all files. These
// numbers and their keys are in helm's arguments, where everyone on the machine can read them;
// strings never are.
class ValuesFiles {
 public:
  virtual ~ValuesFiles() = default;
  // Lowest first. A caller's text is written unchanged (plus a final newline: helm #32506), or as a
  // file for each of its documents.
  virtual const std::vector<std::string>& paths() const = 0;
  // `a.b[0]=1`, keys escaped; at most 32 KiB.
  virtual const std::vector<std::string>& sets() const = 0;
  virtual const std::string& directory() const = 0;
};
absl::StatusOr<std::unique_ptr<ValuesFiles>> WriteValues(const v1::ChartInfo& chart,
                                                         const std::string& temp_root);

}  // namespace wheelhouse::helm
