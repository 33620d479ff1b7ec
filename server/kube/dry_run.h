// What the API server would say if an object were applied, asked by a server-side dry run. Nothing
// is changed.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "common/context.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

enum class DryRun {
  kAccepted,
  // The server keeps a field for the object's life: the object would have to be deleted and made
  // again.
  kImmutable,
  kRefused,
  // Only server-side apply refuses it: two entries of a list with one key, or a field that the
  // schema does not have. A client-side patch is accepted.
  kRefusedServerSide,
  // The server did not say: the credentials may not patch, the kind or the namespace does not exist
  // yet, an admission webhook cannot be reached or takes no dry runs.
  kUnknown,
};

struct DryRunAnswer {
  DryRun outcome = DryRun::kAccepted;
  std::string words;  // the server's own, when it did not accept
};

// Applies `document` as helm's field manager, by force, as a dry run. Thread-safe. Errors: what
// ended the Context, CLUSTER_UNREACHABLE, CREDENTIALS_INVALID.
absl::StatusOr<DryRunAnswer> TryApply(const Context& context, KubeClient& client,
                                      const ObjectId& id, const std::string& document);

// What the answer of a dry run means; a pure function of its reason and its words.
DryRun Meaning(const absl::Status& answer);

}  // namespace wheelhouse::kube
