#include "server/helm/releases.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"
#include "common/parallel.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/helm/release_payload.h"

namespace wheelhouse::helm {
namespace {

using kube::Json;
using kube::Text;

const kube::ResourceType& SecretType() {
  static const auto* const type = new kube::ResourceType{"", "v1", "Secret", "secrets", true};
  return *type;
}

absl::Status Unreadable(const std::string& what) {
  return MakeFailure(Reason::kHelmFailed, absl::StrCat("a release record cannot be read: ", what));
}

// helm labels a record with the time only when it rewrites the record.
absl::Time UpdateTimeOf(const Json& secret, const ReleaseRecord& record) {
  const absl::Time created =
      ParseRfc3339(Text(secret, "/metadata/creationTimestamp")).value_or(absl::UnixEpoch());
  const auto label = record.labels.find("modifiedAt");
  int64_t seconds = 0;
  if (label == record.labels.end() || !absl::SimpleAtoi(label->second, &seconds)) return created;
  return std::max(created, absl::FromUnixSeconds(seconds));
}

// False for a Secret that is not a release record.
bool RecordOf(const Json& secret, ReleaseRecord* record) {
  record->ns = Text(secret, "/metadata/namespace");
  record->secret_name = Text(secret, "/metadata/name");
  record->uid = Text(secret, "/metadata/uid");
  record->resource_version = Text(secret, "/metadata/resourceVersion");
  const Json labels = secret.value("/metadata/labels"_json_pointer, Json::object());
  for (const auto& [key, value] : labels.items()) {
    if (value.is_string()) record->labels[key] = value.get<std::string>();
  }
  record->name = record->labels["name"];
  record->status = record->labels["status"];
  record->updated = UpdateTimeOf(secret, *record);
  return absl::SimpleAtoi(record->labels["version"], &record->revision) && !record->name.empty();
}

constexpr char kRecords[] = "type=helm.sh/release.v1";

void Sort(std::vector<ReleaseRecord>& records) {
  std::sort(records.begin(), records.end(), [](const ReleaseRecord& a, const ReleaseRecord& b) {
    return std::tie(a.ns, a.name, b.revision) < std::tie(b.ns, b.name, a.revision);
  });
}

absl::StatusOr<std::vector<ReleaseRecord>> ListBySelector(const Context& context,
                                                          kube::KubeClient& client,
                                                          const std::string& ns,
                                                          const std::string& selector) {
  kube::ListOptions options{ns, selector, kRecords, true};
  ASSIGN_OR_RETURN(const kube::ObjectList list, client.List(context, SecretType(), options));
  std::vector<ReleaseRecord> records;
  for (const Json& secret : list.items) {
    ReleaseRecord record;
    if (RecordOf(secret, &record)) records.push_back(std::move(record));
  }
  Sort(records);
  return records;
}

std::string SecretName(const std::string& name, int revision) {
  return absl::StrCat("sh.helm.release.v1.", name, ".v", revision);
}

// The records of these revisions, read at the same time; nullopt: there is none.
absl::StatusOr<std::vector<std::optional<ReleaseRecord>>> ReadRecords(
    const Context& context, kube::KubeClient& client, const std::string& ns,
    const std::string& name, const std::vector<int>& revisions) {
  std::vector<absl::StatusOr<Json>> secrets(revisions.size());
  InParallel(revisions.size(), revisions.size(), [&](size_t i) {
    secrets[i] = client.GetMetadata(context, {SecretType(), ns, SecretName(name, revisions[i])});
  });
  std::vector<std::optional<ReleaseRecord>> records(revisions.size());
  for (size_t i = 0; i < revisions.size(); ++i) {
    if (HasReason(secrets[i].status(), Reason::kObjectNotFound)) continue;
    RETURN_IF_ERROR(secrets[i].status());
    ReleaseRecord record;
    if (RecordOf(*secrets[i], &record)) records[i] = std::move(record);
  }
  return records;
}

ReleaseHook HookOf(const Json& json) {
  ReleaseHook hook;
  hook.name = Text(json, "/name");
  hook.kind = Text(json, "/kind");
  hook.manifest = Text(json, "/manifest");
  for (const Json& event : kube::List(json, "/events")) {
    if (event.is_string()) hook.events.insert(event.get<std::string>());
  }
  hook.last_started = Text(json, "/last_run/started_at");
  hook.last_phase = Text(json, "/last_run/phase");
  return hook;
}

}  // namespace

bool ReleaseRecord::Pending() const { return absl::StartsWith(status, "pending-"); }

bool ReleaseRecord::Locked() const { return Pending() || status == kUninstalling; }

bool ReleaseRecord::LabelsCount() const {
  const auto found = labels.find(kRevisionLabel);
  return found != labels.end() && found->second == std::to_string(revision);
}

std::string ReleaseRecord::OurLabel(const std::string& key) const {
  const auto found = labels.find(key);
  const bool is_set = found != labels.end() && found->second != kRemovesLabel;
  return LabelsCount() && is_set ? found->second : std::string();
}

bool ReleaseRecord::Good() const {
  return (status == "deployed" || status == "superseded") &&
         (!LabelsCount() || OurLabel(kVerdictLabel) == kVerdictGood);
}

const ReleaseRecord* FindRecord(const std::vector<ReleaseRecord>& records, int revision) {
  for (const ReleaseRecord& record : records) {
    if (record.revision == revision) return &record;
  }
  return nullptr;
}

int DeployedRevision(const std::vector<ReleaseRecord>& records) {
  for (const ReleaseRecord& record : records) {
    if (record.status == "deployed") return record.revision;
  }
  return 0;
}

const ReleaseRecord* InstalledRecord(const std::vector<ReleaseRecord>& records) {
  if (const int deployed = DeployedRevision(records); deployed != 0)
    return FindRecord(records, deployed);
  return records.empty() || records[0].status == kUninstalled ? nullptr : &records[0];
}

absl::StatusOr<Release> DecodeRelease(const Json& secret) {
  Release release;
  if (!RecordOf(secret, &release.record))
    return Unreadable("its labels do not name a release and a version");
  ASSIGN_OR_RETURN(const Json json, UnpackRelease(secret));
  release.chart_name = Text(json, "/chart/metadata/name");
  release.chart_version = Text(json, "/chart/metadata/version");
  release.app_version = Text(json, "/chart/metadata/appVersion");
  release.description = Text(json, "/info/description");
  release.first_deployed = Text(json, "/info/first_deployed");
  release.last_deployed = Text(json, "/info/last_deployed");
  release.manifest = Text(json, "/manifest");
  release.notes = Text(json, "/info/notes");
  if (const auto values = json.find("config"); values != json.end() && values->is_object())
    release.values = *values;
  release.server_side = Text(json, "/apply_method") == "ssa";
  for (const Json& hook : kube::List(json, "/hooks")) release.hooks.push_back(HookOf(hook));
  return release;
}

absl::StatusOr<std::vector<ReleaseRecord>> ListRecords(const Context& context,
                                                       kube::KubeClient& client,
                                                       const std::string& ns,
                                                       const std::string& name) {
  return ListBySelector(context, client, ns, absl::StrCat("owner=helm,name=", name));
}

absl::StatusOr<std::vector<ReleaseRecord>> ListRecordsAgain(
    const Context& context, kube::KubeClient& client, const std::string& ns,
    const std::string& name, const std::vector<ReleaseRecord>& before) {
  std::vector<ReleaseRecord> records = before;
  std::vector<int> revisions = {before.empty() ? 1 : before[0].revision + 1};
  std::vector<ReleaseRecord*> known;
  const ReleaseRecord* installed = InstalledRecord(records);
  for (ReleaseRecord& record : records) {
    if (&record != records.data() && &record != installed) continue;
    known.push_back(&record);
    revisions.push_back(record.revision);
  }
  ASSIGN_OR_RETURN(const auto now, ReadRecords(context, client, ns, name, revisions));
  bool same = !now[0].has_value();
  for (size_t i = 0; same && i < known.size(); ++i) {
    same = now[i + 1].has_value() && now[i + 1]->uid == known[i]->uid;
    if (same) *known[i] = *now[i + 1];
  }
  if (same) return records;
  return ListRecords(context, client, ns, name);
}

absl::StatusOr<std::vector<ReleaseRecord>> ListRecordsFrom(const Context& context,
                                                           kube::KubeClient& client,
                                                           const std::string& ns,
                                                           const std::string& name, int revision) {
  ASSIGN_OR_RETURN(const auto now,
                   ReadRecords(context, client, ns, name, {revision, revision + 1}));
  if (now[0].has_value() && !now[1].has_value()) return std::vector<ReleaseRecord>{*now[0]};
  return ListRecords(context, client, ns, name);
}

absl::StatusOr<std::optional<std::vector<ReleaseRecord>>> ListSharedRecords(
    const Context& context, kube::SharedReads& reads, absl::Duration since, const std::string& ns,
    const std::string& name) {
  ASSIGN_OR_RETURN(const auto all,
                   reads.List(context, SecretType(), {ns, "owner=helm", kRecords, true}, since));
  if (all == nullptr) return std::nullopt;
  std::vector<ReleaseRecord> records;
  const std::string prefix = absl::StrCat("sh.helm.release.v1.", name, ".v");
  for (auto at = all->lower_bound({ns, prefix}); at != all->end(); ++at) {
    const auto& [where, secret] = *at;
    if (where.first != ns || !absl::StartsWith(where.second, prefix)) break;
    ReleaseRecord record;
    // A release `web` may have a neighbour `web.v2`.
    if (RecordOf(secret, &record) && record.name == name) records.push_back(std::move(record));
  }
  Sort(records);
  return records;
}

absl::StatusOr<std::vector<ReleaseRecord>> ListAllRecords(const Context& context,
                                                          kube::KubeClient& client,
                                                          const std::string& ns) {
  return ListBySelector(context, client, ns, "owner=helm");
}

absl::StatusOr<std::vector<ReleaseRecord>> ListRecordsOfPlan(const Context& context,
                                                             kube::KubeClient& client,
                                                             const std::string& ns,
                                                             const std::string& plan,
                                                             const std::string& owner) {
  return ListBySelector(context, client, ns,
                        absl::StrCat("owner=helm,status!=superseded,", kPlanLabel, "=", plan, ",",
                                     kPlanOwnerLabel, "=", owner));
}

absl::StatusOr<bool> HasConfigMapRecords(const Context& context, kube::KubeClient& client,
                                         const std::string& ns, const std::string& name) {
  const kube::ResourceType type{"", "v1", "ConfigMap", "configmaps", true};
  const kube::ListOptions options{ns, absl::StrCat("owner=helm,name=", name), "", true};
  ASSIGN_OR_RETURN(const kube::ObjectList list, client.List(context, type, options));
  return std::ranges::any_of(list.items, [](const Json& object) {
    return absl::StartsWith(Text(object, "/metadata/name"), "sh.helm.release.v1.");
  });
}

absl::StatusOr<Release> ReadRelease(const Context& context, kube::KubeClient& client,
                                    const ReleaseRecord& record) {
  ASSIGN_OR_RETURN(const Json secret,
                   client.Get(context, {SecretType(), record.ns, record.secret_name}));
  return DecodeRelease(secret);
}

absl::Status SetRecordLabels(const Context& context, kube::KubeClient& client,
                             const ReleaseRecord& record,
                             const std::map<std::string, std::string>& labels) {
  Json patch = Json::object();
  for (const auto& [key, value] : labels)
    patch["metadata"]["labels"][key] = value.empty() ? Json() : Json(value);
  return client.MergePatch(context, {SecretType(), record.ns, record.secret_name}, patch).status();
}

absl::Status RewriteRecord(const Context& context, kube::KubeClient& client,
                           const ReleaseRecord& record,
                           const std::function<absl::Status(Json& release)>& edit) {
  const kube::ObjectId id{SecretType(), record.ns, record.secret_name};
  ASSIGN_OR_RETURN(Json secret, client.Get(context, id));
  if (Text(secret, "/metadata/uid") != record.uid ||
      Text(secret, "/metadata/labels/status") != record.status) {
    return MakeFailure(Reason::kObjectConflict,
                       absl::StrCat("revision ", record.revision, " of ", record.ns, "/",
                                    record.name, " has changed since it was read"));
  }
  ASSIGN_OR_RETURN(Json release, UnpackRelease(secret));
  if (!release.value("info", Json()).is_object()) return Unreadable("it has no info");
  RETURN_IF_ERROR(edit(release));
  secret["data"]["release"] = PackRelease(release);
  if (const std::string status = Text(release, "/info/status"); !status.empty())
    secret["metadata"]["labels"]["status"] = status;
  return client.Replace(context, id, secret).status();
}

}  // namespace wheelhouse::helm
