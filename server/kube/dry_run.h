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
  // The server changes no field of this kind in place: the object would have to be deleted and made
  // again.
  kImmutable,
  kRefused,
  // The server did not say: the credentials may not patch, the kind or the namespace does not exist
  // yet, an admission webhook cannot be reached or takes no dry runs.
  kUnknown,
};

struct DryRunAnswer {
  DryRun outcome = DryRun::kAccepted;
  std::string words;  // the server's own, when it did not accept
};

// How helm is going to apply the object. Server-side apply refuses what a client-side patch
// accepts: two entries of a list with one key, and fields that the schema does not have.
enum class ApplyMode { kClientSide, kServerSide };

// Applies `document` as helm's field manager, by force, as a dry run. Thread-safe. Errors: what
// ended the Context, CLUSTER_UNREACHABLE, CREDENTIALS_INVALID.
absl::StatusOr<DryRunAnswer> TryApply(const Context& context, KubeClient& client,
                                      const ObjectId& id, const std::string& document,
                                      ApplyMode mode);

// What an error of a dry run means; a pure function of its reason and its words.
DryRun Meaning(const absl::Status& error, ApplyMode mode);

}  // namespace wheelhouse::kube
