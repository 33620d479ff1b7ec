#include "server/identity/caller.h"

#include <grpc/grpc_security_constants.h>

#include <vector>

#include "common/failure.h"
#include "common/utf8.h"

namespace wheelhouse::identity {

absl::StatusOr<Principal> CallerOf(const std::string& configured,
                                   const grpc::AuthContext* certificate) {
  if (!configured.empty()) return Principal{"unix:" + configured, KnownBy::kUnixSocket};
  if (certificate != nullptr && certificate->IsPeerAuthenticated()) {
    for (const char* property :
         {GRPC_PEER_URI_PROPERTY_NAME, GRPC_PEER_DNS_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME}) {
      const std::vector<grpc::string_ref> values = certificate->FindPropertyValues(property);
      if (values.empty() || values.front().empty()) continue;
      const std::string name(values.front().data(), values.front().size());
      // The name appears in runs, in logs and on terminals.
      if (!IsValidUtf8(name) || EscapeControls(name, false) != name) {
        return MakeFailure(Reason::kUnauthenticated,
                           "the name in the client certificate is not printable text");
      }
      return Principal{"tls:" + name, KnownBy::kCertificate};
    }
  }
  return MakeFailure(Reason::kUnauthenticated,
                     "the client certificate has no URI, no DNS name and no common name");
}

}  // namespace wheelhouse::identity
