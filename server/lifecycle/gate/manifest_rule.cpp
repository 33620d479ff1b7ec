#include "server/lifecycle/gate/manifest_rule.h"

#include <array>

#include "common/status_macros.h"
#include "server/lifecycle/gate/foresight.h"
#include "server/lifecycle/gate/rules.h"

namespace wheelhouse::lifecycle {

absl::Status AskRules(const Context& context, const Chart& chart, const ManifestChange& change,
                      Decided& decided) {
  // What costs nothing comes first, what asks the cluster most comes last.
  static const NamespacesRule namespaces;
  static const RecordSizeRule record_size;
  static const LossesRule losses;
  static const OwnershipRule ownership;
  static const ForesightRule foresight;
  static const std::array<const ManifestRule*, 5> rules = {&namespaces, &record_size, &losses,
                                                           &ownership, &foresight};
  for (const ManifestRule* rule : rules)
    RETURN_IF_ERROR(rule->Check(context, chart, change, decided));
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle
