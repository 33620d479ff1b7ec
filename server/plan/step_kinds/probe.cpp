#include <absl/strings/str_cat.h>

#include "common/formats/service_path.h"
#include "server/plan/fields/urls.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {
namespace {

// `probe` is an HttpProbe or a ServiceProbe.
template <typename Probe>
void CheckAnswer(const Probe& probe, const std::string& path, FieldViolations* wrong) {
  for (int i = 0; i < probe.statuses_size(); ++i)
    CheckRange(probe.statuses(i), 100, 599, absl::StrCat(path, ".statuses[", i, "]"), wrong);
  CheckStatic(probe.body_contains(), path + ".body_contains", wrong);
}

// `probe` is a TcpProbe or a GrpcProbe.
template <typename Probe>
void CheckEndpoint(const Probe& probe, const std::string& path, FieldViolations* wrong) {
  if (const std::string what = CheckHost(probe.host()); !what.empty())
    wrong->push_back({path + ".host", what});
  CheckRange(probe.port(), 1, 65535, path + ".port", wrong);
}

void CheckService(const v1::ServiceProbe& probe, const std::string& path, FieldViolations* wrong) {
  CheckLabel(probe.name(), 63, path + ".name", wrong);
  if (!probe.namespace_().empty()) CheckLabel(probe.namespace_(), 63, path + ".namespace", wrong);
  CheckLabel(probe.port(), 63, path + ".port", wrong);
  if (!probe.path().empty()) {
    if (const std::string what = CheckServicePath(probe.path()); !what.empty())
      wrong->push_back({path + ".path", what});
    CheckStatic(probe.path(), path + ".path", wrong);
  }
  CheckAnswer(probe, path, wrong);
}

}  // namespace

void CheckProbe(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::ProbeStep& probe = step.probe();
  const std::string at = path + ".probe";
  CheckPositive(probe.has_hold(), probe.hold(), at + ".for", wrong);
  CheckRange(probe.successes(), 0, 1000, at + ".successes", wrong);
  if (probe.has_http()) {
    if (const std::string what = CheckUrl(probe.http().url()); !what.empty())
      wrong->push_back({at + ".http.url", what});
    CheckAnswer(probe.http(), at + ".http", wrong);
  } else if (probe.has_tcp()) {
    CheckEndpoint(probe.tcp(), at + ".tcp", wrong);
  } else if (probe.has_grpc()) {
    CheckEndpoint(probe.grpc(), at + ".grpc", wrong);
    CheckStatic(probe.grpc().service(), at + ".grpc.service", wrong);
  } else if (probe.has_service()) {
    CheckService(probe.service(), at + ".service", wrong);
  } else {
    wrong->push_back({at, "expected what to probe: http, tcp, grpc or service"});
  }
}

void AddNamespacesOfProbe(const v1::Step& step, std::set<std::string>* namespaces) {
  const std::string& ns = step.probe().service().namespace_();
  if (!ns.empty()) namespaces->insert(ns);
}

}  // namespace wheelhouse::plan
