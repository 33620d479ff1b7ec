#include "server/setup/sources.h"

#include <vector>

#include "common/failure.h"

namespace wheelhouse::setup {

namespace {

signatures::TrustedKeys KeysOf(const config::v1::Signatures& signatures) {
  return {signatures.keyring(),
          {signatures.cosign_keys().begin(), signatures.cosign_keys().end()},
          signatures.required()};
}

// Its credential is found in `credentials`; there is none by the name before the configuration is
// checked.
outgoing::AllowedSource SourceOf(const config::v1::AllowedSource& source,
                                 const config::v1::Sources& sources) {
  outgoing::AllowedSource allowed{source.url(),
                                  {source.also().begin(), source.also().end()},
                                  {source.networks().begin(), source.networks().end()},
                                  source.ca(),
                                  source.plain_http(),
                                  {},
                                  KeysOf(source.signatures())};
  for (const config::v1::SourceCredential& one : sources.credentials()) {
    if (source.credential().empty() || one.name() != source.credential()) continue;
    allowed.credential = {one.name(),         one.username(),    one.password_file(),
                          one.token_file(),   one.client_cert(), one.client_key(),
                          one.docker_config()};
  }
  return allowed;
}

}  // namespace

absl::StatusOr<outgoing::ChartSources> SourcesOf(const config::v1::Config& config) {
  std::vector<outgoing::AllowedSource> allowed;
  for (const config::v1::AllowedSource& source : config.sources().allow())
    allowed.push_back(SourceOf(source, config.sources()));
  return outgoing::ChartSources::Make(allowed, KeysOf(config.uploads().signatures()));
}

std::map<std::string, std::string> WrongWithSource(const config::v1::AllowedSource& source) {
  std::map<std::string, std::string> wrong;
  for (const FieldViolation& violation :
       ViolationsOf(outgoing::ChartSources::Make({SourceOf(source, {})}).status()))
    wrong[violation.field.substr(std::string("sources.allow[0]").size())] = violation.description;
  return wrong;
}

}  // namespace wheelhouse::setup
