// Fields of a plan file that are not read by reflection: paths where the API has contents, and
// values that stand above others.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/cli/plan/git_chart.h"
#include "common/formats/yaml_proto.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::cli {

// What the readers have found beside the plan, by the chart that it belongs to.
struct BesideThePlan {
  // A chart's folder or .tgz.
  std::map<const google::protobuf::Message*, std::string> paths;
  std::map<const google::protobuf::Message*, GitChart> git;
  // valuesJson and setFile, which stand above the other values of their chart wherever they stand
  // in the file.
  std::map<const google::protobuf::Message*, std::vector<v1::ValuesFile>> json;
  std::map<const google::protobuf::Message*, std::vector<v1::SetValue>> files;
};

// Paths are relative to `folder`. `beside` is lent.
YamlReadOptions PlanReaders(const std::string& folder, BesideThePlan* beside);

}  // namespace wheelhouse::cli
