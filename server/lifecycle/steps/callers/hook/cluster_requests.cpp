#include "server/lifecycle/steps/callers/hook/cluster_requests.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <string>
#include <utility>
#include <vector>

#include "common/formats/manifest.h"
#include "common/status_macros.h"
#include "server/kube/json.h"
#include "server/lifecycle/steps/callers/step_registry.h"
#include "server/plan/step_kinds/step_kinds.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kMostOfObjects = 3 << 20;
constexpr int kMostOfLog = 1 << 20;
constexpr int kMostLines = 10000, kLines = 200;

// The step that does what the request asks for; nullopt for one that only reads an answer.
std::optional<v1::Step> StepOf(const v1::ClusterRequest& request) {
  v1::Step step;
  switch (request.operation_case()) {
    case v1::ClusterRequest::kApply:
      *step.mutable_apply() = request.apply();
      return step;
    case v1::ClusterRequest::kPatch:
      *step.mutable_patch() = request.patch();
      return step;
    case v1::ClusterRequest::kDelete:
      *step.mutable_delete_() = request.delete_();
      return step;
    case v1::ClusterRequest::kWaitFor:
      *step.mutable_wait_for() = request.wait_for();
      return step;
    default:
      return std::nullopt;
  }
}

// From now on what Secrets among them hold is masked.
void MaskSecrets(const Chart& chart, const std::vector<kube::Json>& objects) {
  std::vector<ManifestObject> secrets;
  for (const kube::Json& object : objects) {
    if (kube::Text(object, "/kind") != "Secret") continue;
    ManifestObject secret;
    secret.api_version = "v1";
    secret.kind = "Secret";
    secret.name = kube::Text(object, "/metadata/name");
    secret.text = object.dump();
    secrets.push_back(std::move(secret));
  }
  chart.report.AddSecretsOf(secrets);
}

absl::Status Put(const Chart& chart, const std::vector<kube::Json>& objects,
                 v1::ClusterResponse* response) {
  MaskSecrets(chart, objects);
  size_t bytes = 0;
  for (const kube::Json& object : objects) {
    std::string text = object.dump();
    bytes += text.size();
    if (bytes > kMostOfObjects)
      return MakeFailure(Reason::kPlanInvalid,
                         "what was asked for has more than 3 MiB: ask for fewer objects");
    response->add_objects(std::move(text));
  }
  return absl::OkStatus();
}

absl::Status Get(const Context& context, const Chart& chart, const v1::ObjectRef& ref,
                 v1::ClusterResponse* response) {
  ASSIGN_OR_RETURN(const kube::ObjectId id, chart.Identify(context, ref.api_version(), ref.kind(),
                                                           ref.namespace_(), ref.name()));
  ASSIGN_OR_RETURN(kube::Json object, chart.kube().Get(context, id));
  return Put(chart, {std::move(object)}, response);
}

absl::Status List(const Context& context, const Chart& chart, const v1::ListObjects& list,
                  v1::ClusterResponse* response) {
  ASSIGN_OR_RETURN(const kube::ResourceType type,
                   chart.kube().Resolve(context, list.api_version(), list.kind()));
  kube::ListOptions options;
  options.label_selector = list.label_selector();
  if (type.namespaced)
    options.ns = list.namespace_().empty() ? chart.info().namespace_() : list.namespace_();
  RETURN_IF_ERROR(chart.CheckNamespace(options.ns, absl::StrCat("the list of ", type.plural)));
  ASSIGN_OR_RETURN(const kube::ObjectList found, chart.kube().List(context, type, options));
  return Put(chart, found.items, response);
}

absl::Status ReadLog(const Context& context, const Chart& chart, const v1::ReadLog& log,
                     v1::ClusterResponse* response) {
  const std::string ns = log.namespace_().empty() ? chart.info().namespace_() : log.namespace_();
  RETURN_IF_ERROR(chart.CheckNamespace(ns, absl::StrCat("Pod ", ns, "/", log.pod())));
  if (log.tail_lines() < 0 || log.tail_lines() > kMostLines)
    return MakeFailure(Reason::kPlanInvalid, "tail_lines must be 0 to 10000");
  kube::LogOptions options;
  options.previous = log.previous();
  options.tail_lines = log.tail_lines() == 0 ? kLines : log.tail_lines();
  options.limit_bytes = kMostOfLog;
  ASSIGN_OR_RETURN(std::string text,
                   chart.kube().PodLogs(context, ns, log.pod(), log.container(), options));
  response->set_text(chart.report.Mask(text));
  return absl::OkStatus();
}

absl::Status RunStep(const Context& context, const Chart& chart, Known& known, const v1::Step& step,
                     v1::ClusterResponse* response) {
  plan::FieldViolations wrong;
  const plan::StepKind* kind = plan::FindStepKind(step);
  if (kind->check != nullptr) kind->check(step, "request", &wrong);
  if (!wrong.empty()) return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
  const auto manifests = ReadManifests(step.apply().manifests(), "");
  if (manifests.ok()) chart.report.AddSecretsOf(*manifests);
  StepSettings settings;
  settings.name = "of the hook";
  settings.default_step = false;
  ASSIGN_OR_RETURN(
      const StepResult done,
      FindCallerStep(step)->make(step, std::move(settings))->Execute(context, chart, known));
  response->set_outcome(chart.report.Mask(done.outcome));
  return absl::OkStatus();
}

absl::Status Do(const Context& context, const Chart& chart, Known& known,
                const v1::ClusterRequest& request, v1::ClusterResponse* response) {
  if (const auto step = StepOf(request); step.has_value())
    return RunStep(context, chart, known, *step, response);
  switch (request.operation_case()) {
    case v1::ClusterRequest::kGet:
      return Get(context, chart, request.get(), response);
    case v1::ClusterRequest::kList:
      return List(context, chart, request.list(), response);
    case v1::ClusterRequest::kLog:
      return ReadLog(context, chart, request.log(), response);
    default:
      return MakeFailure(Reason::kPlanInvalid, "the request has no operation");
  }
}

// KIND NAMESPACE/NAME, as far as it is given.
std::string NameOf(const std::string& kind, const std::string& ns, const std::string& name) {
  return absl::StrCat(kind, " ", ns, ns.empty() ? "" : "/", name);
}

template <typename Refs>
void AddNames(const Refs& refs, std::vector<std::string>* names) {
  for (const v1::ObjectRef& ref : refs)
    names->push_back(NameOf(ref.kind(), ref.namespace_(), ref.name()));
}

std::vector<std::string> NamesIn(const v1::ClusterRequest& request) {
  std::vector<std::string> names;
  const auto manifests = ReadManifests(request.apply().manifests(), "");
  if (request.has_apply() && manifests.ok()) {
    for (const ManifestObject& object : *manifests)
      names.push_back(NameOf(object.kind, object.ns, object.name));
  }
  AddNames(request.patch().objects(), &names);
  AddNames(request.delete_().objects(), &names);
  for (const v1::ObjectSelector& selector : request.delete_().selectors())
    names.push_back(NameOf(selector.kind(), selector.namespace_(), selector.label_selector()));
  return names;
}

}  // namespace

bool Changes(const v1::ClusterRequest& request) {
  return request.has_apply() || request.has_patch() || request.has_delete_();
}

std::string WordsOf(const v1::ClusterRequest& request) {
  constexpr size_t kMostNames = 10;
  std::vector<std::string> names = NamesIn(request);
  const size_t more = names.size() > kMostNames ? names.size() - kMostNames : 0;
  names.resize(names.size() - more);
  const char* verb = request.has_apply() ? "apply " : request.has_patch() ? "patch " : "delete ";
  return absl::StrCat(verb, absl::StrJoin(names, ", "),
                      more > 0 ? absl::StrCat(" and ", more, " more") : "");
}

v1::ClusterResponse AnswerClusterRequest(const Context& context, const Chart& chart, Known& known,
                                         const v1::ClusterRequest& request) {
  v1::ClusterResponse response;
  const absl::Status done = Do(context, chart, known, request, &response);
  if (done.ok()) return response;
  response.clear_objects();
  *response.mutable_failure() = chart.report.FailureHere(done);
  return response;
}

}  // namespace wheelhouse::lifecycle
