// The values of a chart as one tree, merged as helm merges the layers (values.h), for whoever is
// told single values by their paths. Of defaults it knows those of the chart's own values.yaml, and
// not those of its subcharts.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/formats/set_grammar.h"
#include "server/helm/secrets.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

struct FoundAt {
  nlohmann::json value;             // without entries that are null
  std::vector<std::string> secret;  // paths of what in it is a secret (ChartSecrets)
};

// A constant once read.
class MergedValues {
 public:
  // `from_secrets`: by index, which of chart.yaml_files_content() were read from Secrets. The
  // layers have passed CheckValues; VALUES_INVALID for those that have not, and for more than
  // 100,000 values.
  static absl::StatusOr<MergedValues> Read(const v1::ChartInfo& chart,
                                           const std::string& chart_values_yaml,
                                           const std::set<int>& from_secrets,
                                           const ChartSecrets& secrets);

  // nullopt: nothing is there, or null.
  std::optional<FoundAt> At(const KeyPath& path) const;

 private:
  struct Value {
    enum class Kind { kScalar, kList, kMap };
    Kind kind = Kind::kScalar;
    nlohmann::json scalar;
    bool secret = false;  // of a scalar
    std::vector<Value> list;
    std::map<std::string, Value> map;

    bool is_null() const { return kind == Kind::kScalar && scalar.is_null(); }
  };
  class Reader;

  static void Cover(Value above, Value* below);
  static nlohmann::json ToJson(const Value& value, KeyPath* path, std::vector<std::string>* secret);

  Value root_;
};

}  // namespace wheelhouse::helm
