// Readiness as a plan says it (ChartInfo.readiness), in place of the rules of this room.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>
#include <re2/re2.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/context.h"
#include "common/formats/label_selector.h"
#include "server/cel/expression.h"
#include "server/kube/readiness/readiness.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::kube {

// Immutable and thread-safe. The first rule that is for an object counts.
class Overrides {
 public:
  // Without rules nothing is overridden.
  Overrides() = default;
  // An expression that cannot be read (plans are checked for that) makes its objects fail.
  explicit Overrides(const google::protobuf::RepeatedPtrField<v1::ReadinessRule>& rules);

  // nullopt where no rule is for the object. An object that is being deleted, or whose controller
  // has not seen its spec, is in progress, unless it is ignored or its existence is enough.
  std::optional<Readiness> VerdictOn(const Context& context, const Json& object) const;

  // The same for an object that does not exist: ready when it is ignored. Rules that ask for labels
  // are for no such object.
  std::optional<Readiness> VerdictOnAbsent(const ObjectId& id) const;

 private:
  struct Expressions {
    absl::StatusOr<cel::Expression> current, failed, in_progress;
  };
  struct Rule {
    v1::ReadinessRule rule;
    std::unique_ptr<re2::RE2> name;
    std::optional<LabelSelector> labels;
    std::optional<Expressions> expressions;
  };

  static Rule Compiled(const v1::ReadinessRule& rule);
  const Rule* RuleFor(const Json& object) const;
  static Readiness ByExpressions(const Context& context, const Expressions& expressions,
                                 const Json& object);

  std::vector<Rule> rules_;
};

}  // namespace wheelhouse::kube
