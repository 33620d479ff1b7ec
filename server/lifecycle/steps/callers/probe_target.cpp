#include "server/lifecycle/steps/callers/probe_target.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <algorithm>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/outgoing/grpc_health.h"
#include "server/outgoing/outgoing.h"
#include "server/plan/fields/urls.h"

namespace wheelhouse::lifecycle {
namespace {

// `probe` is an HttpProbe or a ServiceProbe.
template <typename Probe>
std::string LacksIn(const Probe& probe, int status, const std::string& body) {
  const auto& wanted = probe.statuses();
  const bool as_wanted = wanted.empty() ? status >= 200 && status < 400
                                        : std::ranges::find(wanted, status) != wanted.end();
  if (!as_wanted)
    return absl::StrCat("answers ", status, ", expected ",
                        wanted.empty() ? "200 to 399" : absl::StrJoin(wanted, ", "));
  if (!absl::StrContains(body, probe.body_contains()))
    return absl::StrCat("answers ", status, ", but its body does not hold \"",
                        probe.body_contains(), "\"");
  return "";
}

// No answer is one that may come yet.
absl::StatusOr<std::string> NotYet(const std::string& shown, const absl::Status& status) {
  if (!HasReason(status, Reason::kStepFailed)) return status;
  const std::string message = FailureOf(status).message();
  return std::string(absl::StripPrefix(message, shown + " "));
}

class HttpTarget final : public ProbeTarget {
 public:
  explicit HttpTarget(const v1::HttpProbe& probe) : probe_(probe) {}
  std::string Shown(const Chart&) const override { return plan::ShownUrl(probe_.url()); }
  absl::StatusOr<std::string> Lacks(const Context& context, const Chart& chart) const override {
    const std::string shown = Shown(chart);
    const auto answer = outgoing::Ask(context, chart.services.egress, {probe_.url(), shown});
    if (!answer.ok()) return NotYet(shown, answer.status());
    return LacksIn(probe_, answer->status, answer->body);
  }

 private:
  const v1::HttpProbe& probe_;
};

class TcpTarget final : public ProbeTarget {
 public:
  explicit TcpTarget(const v1::TcpProbe& probe) : probe_(probe) {}
  std::string Shown(const Chart&) const override {
    return plan::ShownEndpoint(probe_.host(), probe_.port());
  }
  absl::StatusOr<std::string> Lacks(const Context& context, const Chart& chart) const override {
    const auto connection =
        outgoing::Connect(context, chart.services.egress, probe_.host(), probe_.port());
    if (!connection.ok()) return NotYet(Shown(chart), connection.status());
    return std::string();
  }

 private:
  const v1::TcpProbe& probe_;
};

class GrpcTarget final : public ProbeTarget {
 public:
  explicit GrpcTarget(const v1::GrpcProbe& probe) : probe_(probe) {}
  std::string Shown(const Chart&) const override {
    return plan::ShownEndpoint(probe_.host(), probe_.port());
  }
  absl::StatusOr<std::string> Lacks(const Context& context, const Chart& chart) const override {
    const std::string shown = Shown(chart);
    auto connection =
        outgoing::Connect(context, chart.services.egress, probe_.host(), probe_.port());
    if (!connection.ok()) return NotYet(shown, connection.status());
    return outgoing::AskGrpcHealth(context, *std::move(connection), shown, probe_.service());
  }

 private:
  const v1::GrpcProbe& probe_;
};

class ServiceTarget final : public ProbeTarget {
 public:
  explicit ServiceTarget(const v1::ServiceProbe& probe) : probe_(probe) {}
  std::string Shown(const Chart& chart) const override {
    return absl::StrCat("Service ", Namespace(chart), "/", probe_.name(), ":", probe_.port());
  }
  absl::StatusOr<std::string> Lacks(const Context& context, const Chart& chart) const override {
    const std::string ns = Namespace(chart);
    RETURN_IF_ERROR(chart.CheckNamespace(ns, Shown(chart)));
    const auto answer = chart.kube().AskService(
        context, {ns, probe_.name(), probe_.port(), probe_.path().empty() ? "/" : probe_.path(),
                  probe_.https()});
    if (HasReason(answer.status(), Reason::kClusterUnreachable))
      return absl::StrCat("cannot be reached: ", FailureOf(answer.status()).message());
    RETURN_IF_ERROR(answer.status());
    std::string lacks = LacksIn(probe_, answer->status, answer->body);
    if (!lacks.empty() && !answer->unreached.empty())
      absl::StrAppend(&lacks,
                      ": the API server says: ", CutAtCharacter(ValidUtf8(answer->unreached), 300));
    return lacks;
  }

 private:
  std::string Namespace(const Chart& chart) const {
    return probe_.namespace_().empty() ? chart.info().namespace_() : probe_.namespace_();
  }
  const v1::ServiceProbe& probe_;
};

}  // namespace

std::unique_ptr<ProbeTarget> MakeProbeTarget(const v1::ProbeStep& probe) {
  switch (probe.target_case()) {
    case v1::ProbeStep::kTcp:
      return std::make_unique<TcpTarget>(probe.tcp());
    case v1::ProbeStep::kGrpc:
      return std::make_unique<GrpcTarget>(probe.grpc());
    case v1::ProbeStep::kService:
      return std::make_unique<ServiceTarget>(probe.service());
    default:
      return std::make_unique<HttpTarget>(probe.http());
  }
}

}  // namespace wheelhouse::lifecycle
