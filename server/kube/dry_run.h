// What the API server would say if an object were applied, asked by a server-side dry run. Nothing
// is changed.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "common/context.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// Applies `document` as helm's field manager, by force, as a dry run: the object as it would be.
// Thread-safe. Errors: KubeClient::Apply's.
absl::StatusOr<Json> ApplyAsHelm(const Context& context, KubeClient& client, const ObjectId& id,
                                 const std::string& document);

// Whether `document`, applied by helm, would change the spec of `live`. Also true when the server
// does not answer. (A generation says less: a Deployment's also counts changes of annotations, and
// helm adds some to what it rendered.)
bool WouldChange(const Context& context, KubeClient& client, const ObjectId& id, const Json& live,
                 const std::string& document);

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

// What ApplyAsHelm comes to. Thread-safe. Errors: what ended the Context, CLUSTER_UNREACHABLE,
// CREDENTIALS_INVALID.
absl::StatusOr<DryRunAnswer> TryApply(const Context& context, KubeClient& client,
                                      const ObjectId& id, const std::string& document);

// What the answer of a dry run means; a pure function of its reason and its words.
DryRun Meaning(const absl::Status& answer);

}  // namespace wheelhouse::kube
