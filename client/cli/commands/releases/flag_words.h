// The words and pairs that flags take, and the fields that they are for.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/map.h>

#include <string>
#include <vector>

#include "common/formats/yaml_proto.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::cli {

// `FLAG: what is wrong`, as INVALID_ARGUMENT.
absl::Status WrongFlag(absl::string_view flag, const absl::Status& status);

// An empty text is the value 0. INVALID_ARGUMENT names the flag and the words.
absl::StatusOr<v1::PodLogs> LogsOf(const std::string& text);
absl::StatusOr<v1::CrdPolicy> CrdPolicyOf(const std::string& text);
absl::StatusOr<v1::FieldConflicts> FieldConflictsOf(const std::string& text);

// `crd-loss`, `volume-loss`, `unlock`.
absl::Status SetAllow(const std::vector<std::string>& words, v1::Allow* allow);

// `K=V`.
absl::Status AddLabels(absl::string_view flag, const std::vector<std::string>& pairs,
                       google::protobuf::Map<std::string, std::string>* labels);

// Where the daemon's violations of `deploy` come from: of each field, its flag.
const YamlLocations& DeployLocations();

}  // namespace wheelhouse::cli
