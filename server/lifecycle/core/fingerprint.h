// What identifies the inputs of a deployed release: equal fingerprints, equal release. It is the
// value of the record's label wheelhouse-spec.
//
// A fingerprint carries the number of the rule that it was made by: `v2-` and 52 characters. A rule
// is never changed, since every release of every cluster would be upgraded for nothing; a new one
// is added, and a release that an older daemon made is compared by the rule of its label.
#pragma once

#include <string>
#include <utility>

#include "server/helm/charts.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::lifecycle {

class Fingerprint {
 public:
  // Of nothing: no label is equal to it.
  Fingerprint() = default;
  // As it stands in a label.
  explicit Fingerprint(std::string label) : text_(std::move(label)) {}

  // Over the chart's digest, values, patches, options that reach the cluster, CRD policy and
  // source, and the steps of pre_exec, exec and post_exec; not timeouts, retries, names or
  // validation. Values count as helm reads them (helm/values_fingerprint.h), and line ends count
  // nowhere but in the chart.
  static Fingerprint Of(const v1::ChartInfo& info, const helm::Chart& chart);

  // By the newest rule; at most 63 characters, as a label's value.
  const std::string& text() const { return text_; }

  // Whether the label's fingerprint was made of the same inputs. False for one by a rule that this
  // daemon does not know.
  bool Is(const std::string& label) const;

 private:
  std::string text_;
  std::string by_first_rule_;  // empty when the inputs have what that rule does not know
};

}  // namespace wheelhouse::lifecycle
