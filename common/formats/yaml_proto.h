// YAML <-> proto by reflection: plan files, profiles and wheelhoused.yaml are messages, so one
// reader gives all of them the same errors, with file:line:column and the nearest known field.
// Field names are the proto's in lowerCamelCase, durations are `10m`, `1h30m`, `500ms`; enum values
// go by their short name (`ROLLBACK` for ON_FAILURE_ROLLBACK).
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/reason.h"

namespace wheelhouse {

struct YamlSource {
  std::string file;  // for messages
};

// `charts[0].timeout` -> `plan.yaml:7:12`: where each field was read.
using YamlLocations = std::map<std::string, std::string>;

// Reads one field's node other than by reflection (a path where the proto has contents, say).
// Returns true when it did, false to read the node as usual. `path` is `charts[0].chart`. Errors:
// MakeYamlError for a node of its own; any other status is reported at the field.
using YamlFieldReader = std::function<absl::StatusOr<bool>(
    const YAML::Node& node, const std::string& path, google::protobuf::Message* parent)>;

struct YamlReadOptions {
  Reason reason = Reason::kPlanInvalid;  // of the errors
  // By `Message.fieldName`, e.g. `ChartInfo.chart`. The name need not be a field of the proto.
  std::map<std::string, YamlFieldReader> readers;
  // Fields that are known but not accepted, by `Message.fieldName`, with what to report.
  std::map<std::string, std::string> not_yet;
  YamlLocations* locations = nullptr;  // filled when set
};

// Fills `message` from one YAML document. Collects all errors, not only the first: PLAN_INVALID (or
// `reason`) whose message has a line `FILE:LINE:COLUMN: PATH: what is wrong, what was expected` for
// each, and a violation for each (the first hundred). A null leaves its field unset; strings stay
// as they are written (`010`, `1e3`, `true`). Aliases are followed, and merge keys (`<<`) resolved,
// as far as memory allows; top-level keys that begin with `x-` are ignored, whatever is below them:
// a place for anchors.
absl::Status ReadYaml(const std::string& text, const YamlSource& source,
                      const YamlReadOptions& options, google::protobuf::Message* message);

// The same for a document that LoadYaml has read from `text_size` bytes, and that was changed since
// (MarkOf in yaml_document.h).
absl::Status ReadYamlNode(const YAML::Node& root, size_t text_size, const YamlSource& source,
                          const YamlReadOptions& options, google::protobuf::Message* message);

// An error at a node, in the same form, for readers.
absl::Status MakeYamlError(const YAML::Node& node, const std::string& path,
                           const std::string& what);

// A field's path as files spell it, as protobuf makes JSON names: `depends_on` -> `dependsOn`.
std::string LowerCamelCase(const std::string& path);

// The position of a field that the daemon names: `charts[0].depends_on[1]` in the proto's
// snake_case. If that field was not read, the position of the nearest field around it that was;
// empty when none was.
std::string LocationOf(const YamlLocations& locations, const std::string& proto_path);

// `unknown field NAME; did you mean X?`, or the known ones.
std::string UnknownField(const std::string& name, const std::vector<std::string>& known);

// The known name nearest to `name` by edit distance; empty when none is close.
std::string NearestName(const std::string& name, const std::vector<std::string>& known);

}  // namespace wheelhouse
