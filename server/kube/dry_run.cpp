#include "server/kube/dry_run.h"

#include <absl/strings/match.h>

#include <algorithm>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::kube {
namespace {

// How the server's validation says that a field keeps its first value. Measured with 1.37.2, but
// for the last three, which are those of older servers.
constexpr const char* kImmutableWords[] = {
    "field is immutable",                // selectors, Job templates, roleRef, StatefulSets, Secrets
    "spec is immutable after creation",  // PersistentVolumeClaim
    "field can not be less than",        // a smaller PersistentVolumeClaim
    "may not change once set",           // Service clusterIP
    "pod updates may not change fields other than",
    "may not be changed in an update",  // PriorityClass
    "updates to statefulset spec for fields other than",
    "cannot change roleRef",
    "updates to parameters are forbidden",  // StorageClass
};

// Refusals that say nothing of what helm's own request will meet.
constexpr const char* kNotAnAnswer[] = {"does not support dry run", "failed calling webhook"};

// What only server-side apply refuses.
constexpr const char* kServerSideAlone[] = {"failed to create typed patch object",
                                            "field not declared in schema"};

template <size_t N>
bool SaysOneOf(absl::string_view words, const char* const (&phrases)[N]) {
  return std::ranges::any_of(
      phrases, [words](const char* phrase) { return absl::StrContains(words, phrase); });
}

}  // namespace

absl::StatusOr<Json> ApplyAsHelm(const Context& context, KubeClient& client, const ObjectId& id,
                                 const std::string& document) {
  return client.Apply(context, id, document,
                      {.field_manager = "helm", .force = true, .dry_run = true});
}

bool WouldChange(const Context& context, KubeClient& client, const ObjectId& id, const Json& live,
                 const std::string& document) {
  const auto applied = ApplyAsHelm(context, client, id, document);
  const Json::json_pointer spec("/spec");
  return !applied.ok() || applied->value(spec, Json()) != live.value(spec, Json());
}

DryRun Meaning(const absl::Status& answer) {
  if (answer.ok()) return DryRun::kAccepted;
  if (!HasReason(answer, Reason::kApplyRejected)) return DryRun::kUnknown;
  const std::string words = FailureOf(answer).message();
  if (SaysOneOf(words, kNotAnAnswer)) return DryRun::kUnknown;
  if (SaysOneOf(words, kServerSideAlone)) return DryRun::kRefusedServerSide;
  return SaysOneOf(words, kImmutableWords) ? DryRun::kImmutable : DryRun::kRefused;
}

absl::StatusOr<DryRunAnswer> TryApply(const Context& context, KubeClient& client,
                                      const ObjectId& id, const std::string& document) {
  absl::Status answer = ApplyAsHelm(context, client, id, document).status();
  RETURN_IF_ERROR(context.Check());
  if (HasReason(answer, Reason::kClusterUnreachable) ||
      HasReason(answer, Reason::kCredentialsInvalid))
    return answer;
  return DryRunAnswer{Meaning(answer), answer.ok() ? "" : FailureOf(answer).message()};
}

}  // namespace wheelhouse::kube
