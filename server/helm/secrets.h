// What of a chart's values and objects is secret, for the redactor. Secret are: the values of
// `values_string`; values under names that say so (common/secret_names.h), in any layer, also as
// `{name: DB_PASSWORD, value: ...}`; all that a Secret holds, whether `values_from` reads it or the
// chart renders it. Plain are: all other values, what names an object, and what `values` sets, also
// where a rendered Secret holds the same. ChartInfo.secret_values and plain_values decide before
// any of that.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/formats/manifest.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::helm {

// Which scalars of a values document are secrets.
enum class Scalars { kAll, kNamedAsSecrets /* those under names that say so */ };

// What a layer of values is, for telling its secrets apart.
enum class LayerKind {
  kValues,
  kStrings,  // values_string: secret but for what names say is none
  kSecret,   // of a Secret (values_from): secret whatever names say
};

// The rules of one chart. Thread-safe: constant once made.
class ChartSecrets {
 public:
  // `chart` is copied from. What is no values document in it holds no secrets: the step `values`
  // refuses it.
  explicit ChartSecrets(const v1::ChartInfo& chart);

  // What the chart's own layers, and Secrets among the manifests of its steps, hold.
  const std::vector<std::string>& of_chart() const { return of_chart_; }
  // Empty when `file` is not a values document.
  std::vector<std::string> Of(const v1::ValuesFile& file, Scalars which) const;
  // What the Secrets among `objects` hold, but for what is plain and what one of the objects is
  // called.
  std::vector<std::string> Of(const std::vector<ManifestObject>& objects) const;

  // The paths (SetKey) of the scalars of a layer that are secrets. Its merge keys are resolved.
  std::set<std::string> PathsIn(const YAML::Node& root, LayerKind kind) const;

 private:
  void ReadLayers(const v1::ChartInfo& chart);
  void ReadPairs(const google::protobuf::RepeatedPtrField<v1::SetValue>& pairs, bool as_strings);

  // Without those that plain_values names, wherever else they stand.
  std::vector<std::string> NotDeclaredPlain(std::vector<std::string> secrets) const;

  std::map<std::string, bool> declared_;  // whether it is secret, by path (SetKey)
  std::set<std::string> declared_plain_;  // the values at plain_values
  std::set<std::string> known_plain_;     // what `values` sets, and the release's own names
  std::vector<std::string> of_chart_;
};

}  // namespace wheelhouse::helm
