#include "server/outgoing/sources/chart_sources.h"

#include <absl/strings/str_cat.h>

#include <optional>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/outgoing/sources/registry.h"
#include "server/outgoing/sources/repository.h"

namespace wheelhouse::outgoing {

absl::StatusOr<ChartSources> ChartSources::Make(const std::vector<AllowedSource>& allowed) {
  ChartSources sources;
  std::vector<FieldViolation> wrong;
  for (size_t i = 0; i < allowed.size(); ++i) {
    auto source = Source::Make(allowed[i]);
    if (source.ok()) {
      sources.sources_.push_back(*std::move(source));
      continue;
    }
    const std::string text(source.status().message());
    const size_t colon = text.find(": ");
    wrong.push_back(
        {absl::StrCat("sources.allow[", i, "].", text.substr(0, colon)), text.substr(colon + 2)});
  }
  if (!wrong.empty()) return MakeInvalid(Reason::kConfigInvalid, std::move(wrong));
  return sources;
}

absl::StatusOr<const Source*> ChartSources::Find(const std::string& url) const {
  const Source* nearest = nullptr;
  size_t longest = 0;
  for (const Source& source : sources_) {
    const std::optional<size_t> shared = source.Allows(url);
    if (!shared.has_value() || *shared < longest) continue;
    nearest = &source;
    longest = *shared;
  }
  if (nearest != nullptr) return nearest;
  return MakeFailure(Reason::kSourceNotAllowed,
                     absl::StrCat("this daemon does not fetch charts from ", url,
                                  "; its operator can allow it in sources.allow"),
                     {{"source", url}});
}

absl::Status ChartSources::Check(const v1::ChartSource& source) const {
  if (source.has_oci()) return Find(source.oci().reference()).status();
  if (source.has_repository()) return Find(source.repository().url()).status();
  return absl::OkStatus();
}

absl::StatusOr<FetchedArchive> ChartSources::Fetch(const Context& context,
                                                   const v1::ChartSource& source,
                                                   const std::string& directory,
                                                   uint64_t most) const {
  if (source.has_oci()) {
    ASSIGN_OR_RETURN(const Source* from, Find(source.oci().reference()));
    return FetchFromRegistry(context, *from, source.oci(), directory, most);
  }
  ASSIGN_OR_RETURN(const Source* from, Find(source.repository().url()));
  return FetchFromRepository(context, *from, source.repository(), directory, most);
}

}  // namespace wheelhouse::outgoing
