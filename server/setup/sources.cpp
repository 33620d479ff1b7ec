#include "server/setup/sources.h"

#include <vector>

#include "common/failure.h"

namespace wheelhouse::setup {

namespace {

// Its credential is found in `credentials`; there is none by the name before the configuration is
// checked.
outgoing::AllowedSource SourceOf(const config::v1::AllowedSource& source,
                                 const config::v1::Sources& sources) {
  outgoing::AllowedSource allowed{source.url(),
                                  {source.also().begin(), source.also().end()},
                                  {source.networks().begin(), source.networks().end()},
                                  source.ca(),
                                  source.plain_http(),
                                  {}};
  for (const config::v1::SourceCredential& one : sources.credentials()) {
    if (source.credential().empty() || one.name() != source.credential()) continue;
    allowed.credential = {one.name(),         one.username(),    one.password_file(),
                          one.token_file(),   one.client_cert(), one.client_key(),
                          one.docker_config()};
  }
  return allowed;
}

}  // namespace

absl::StatusOr<outgoing::ChartSources> SourcesOf(const config::v1::Sources& config) {
  std::vector<outgoing::AllowedSource> allowed;
  for (const config::v1::AllowedSource& source : config.allow())
    allowed.push_back(SourceOf(source, config));
  return outgoing::ChartSources::Make(allowed);
}

std::map<std::string, std::string> WrongWithSource(const config::v1::AllowedSource& source) {
  std::map<std::string, std::string> wrong;
  for (const FieldViolation& violation :
       ViolationsOf(outgoing::ChartSources::Make({SourceOf(source, {})}).status()))
    wrong[violation.field.substr(std::string("sources.allow[0]").size())] = violation.description;
  return wrong;
}

}  // namespace wheelhouse::setup
