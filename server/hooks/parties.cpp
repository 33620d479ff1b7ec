#include "server/hooks/parties.h"

#include "common/failure.h"

namespace wheelhouse::hooks {

v1::Attempt ToProto(const AttemptKey& key) {
  v1::Attempt attempt;
  attempt.set_id(key.first);
  attempt.set_attempt(key.second);
  return attempt;
}

const v1::Attempt* AttemptOf(const v1::SessionRequest& message) {
  switch (message.message_case()) {
    case v1::SessionRequest::kAccept:
      return &message.accept().attempt();
    case v1::SessionRequest::kDecline:
      return &message.decline().attempt();
    case v1::SessionRequest::kHeartbeat:
      return &message.heartbeat().attempt();
    case v1::SessionRequest::kLog:
      return &message.log().attempt();
    case v1::SessionRequest::kProgress:
      return &message.progress().attempt();
    case v1::SessionRequest::kCluster:
      return &message.cluster().attempt();
    case v1::SessionRequest::kResult:
      return &message.result().attempt();
    default:
      return nullptr;
  }
}

void Send(Session* session, v1::SessionResponse response) {
  session->out.push_back(std::move(response));
  session->wake();
}

v1::Failure Overtaken() {
  return FailureOf(MakeFailure(Reason::kHookOvertaken,
                               "the attempt was given up: its heartbeat passed, it was cancelled, "
                               "or its step has ended"));
}

void SayOver(Session* session, const v1::Attempt& attempt) {
  const v1::Failure why = Overtaken();
  v1::SessionResponse response;
  *response.mutable_cancel()->mutable_attempt() = attempt;
  response.mutable_cancel()->set_reason(why.reason());
  response.mutable_cancel()->set_message(why.message());
  Send(session, std::move(response));
}

void Acknowledge(Session* session, const v1::Attempt& attempt,
                 const std::optional<v1::Failure>& refused) {
  v1::SessionResponse response;
  *response.mutable_result_ack()->mutable_attempt() = attempt;
  if (refused.has_value()) *response.mutable_result_ack()->mutable_refused() = *refused;
  Send(session, std::move(response));
}

}  // namespace wheelhouse::hooks
