// Requests to an OCI registry for one repository of it, as the OCI Distribution Specification has
// them. Shows who the daemon is when it is asked to.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <optional>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/outgoing/sources/allowed_source.h"
#include "server/outgoing/sources/download.h"
#include "server/outgoing/sources/login.h"

namespace wheelhouse::outgoing {

inline constexpr char kImageManifest[] = "application/vnd.oci.image.manifest.v1+json";
inline constexpr char kImageIndex[] = "application/vnd.oci.image.index.v1+json";

// `sha256:` and hex.
bool IsDigest(absl::string_view digest);

// Whether it has only letters, digits and the characters of `more`.
bool IsWithin(absl::string_view text, absl::string_view more);

// What a registry that answers 401 asks for: `Bearer
// realm="https://auth.example/token",service="x"`.
struct Challenge {
  std::string realm, service, scope;
};

// nullopt for another scheme.
std::optional<Challenge> ParseChallenge(const std::string& header);

// For one thread.
class RegistryClient {
 public:
  // `name` is what messages call the chart. The context and the source are lent.
  RegistryClient(const Context& context, const Source& source, Login login, std::string name,
                 std::string repository);

  const std::string& name() const { return name_; }

  // Each is a tag; those that are none are left out.
  absl::StatusOr<std::vector<std::string>> Tags();

  // What is there under a tag or a digest, of a media type of `accept`. CHART_NOT_FOUND,
  // CHART_INVALID when it is not what its digest says, and the errors of outgoing::Get.
  absl::StatusOr<Downloaded> GetManifest(const std::string& tag_or_digest, const std::string& what,
                                         const std::vector<std::string>& accept);

  // The index of what refers to a manifest; nullopt where the registry has no such thing.
  absl::StatusOr<std::optional<std::string>> GetReferrers(const std::string& digest,
                                                          const std::string& what);

  // What is in a blob of at most `most` bytes; written to the file `into` where that is named, else
  // returned. The errors of GetManifest.
  absl::StatusOr<std::string> GetBlob(const std::string& digest, const std::string& what,
                                      uint64_t most, const std::string& into = "");

 private:
  Download Ask(const std::string& below, const std::string& what) const;
  // An answer with any status but 401.
  absl::StatusOr<Downloaded> Answer(Download download);
  absl::StatusOr<Downloaded> Get(const Download& download);
  absl::StatusOr<std::string> Authorize(const std::string& header);

  const Context& context_;
  const Source& source_;
  const Login login_;
  const std::string name_;
  const std::string repository_;
  std::string authorization_;
};

}  // namespace wheelhouse::outgoing
