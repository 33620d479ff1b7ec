#include "server/outgoing/sources/chart_sources.h"

#include <absl/strings/str_cat.h>

#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/outgoing/sources/registry.h"
#include "server/outgoing/sources/repository.h"

namespace wheelhouse::outgoing {

namespace {

bool MustBeSigned(const signatures::TrustedKeys& by, v1::Verify verify) {
  return by.required || verify == v1::VERIFY_REQUIRED;
}

absl::Status CheckKeys(const signatures::TrustedKeys& by, v1::Verify verify,
                       const std::string& what, const std::string& field) {
  if (!MustBeSigned(by, verify) || by.any()) return absl::OkStatus();
  return MakeFailure(
      Reason::kNoTrustedKeys,
      absl::StrCat("this daemon cannot tell who signed ", what,
                   ": its operator has to name the keys that it trusts, in ", field));
}

absl::Status CheckKeysOf(const Source& from, const v1::ChartSource& source) {
  const bool registry = source.has_oci();
  return CheckKeys(
      from.keys(), source.verify(),
      registry ? source.oci().reference()
               : absl::StrCat(source.repository().name(), " of ", source.repository().url()),
      registry ? "signatures (keyring or cosignKeys) of its entry in sources.allow"
               : "signatures (keyring) of its entry in sources.allow");
}

std::string AddressOf(const v1::ChartSource& source) {
  return source.has_oci() ? source.oci().reference() : source.repository().url();
}

}  // namespace

absl::StatusOr<ChartSources> ChartSources::Make(const std::vector<AllowedSource>& allowed,
                                                signatures::TrustedKeys uploads) {
  ChartSources sources;
  sources.uploads_ = std::move(uploads);
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
  if (source.has_archive_digest()) {
    return CheckKeys(uploads_, source.verify(), "an uploaded chart", "uploads.signatures.keyring");
  }
  if (!source.has_oci() && !source.has_repository()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Source* from, Find(AddressOf(source)));
  return CheckKeysOf(*from, source);
}

const signatures::TrustedKeys* ChartSources::SignersOfUpload(v1::Verify verify) const {
  return MustBeSigned(uploads_, verify) ? &uploads_ : nullptr;
}

absl::StatusOr<FetchedArchive> ChartSources::Fetch(const Context& context,
                                                   const v1::ChartSource& source,
                                                   const std::string& directory,
                                                   uint64_t most) const {
  ASSIGN_OR_RETURN(const Source* from, Find(AddressOf(source)));
  RETURN_IF_ERROR(CheckKeysOf(*from, source));
  const bool sign = MustBeSigned(from->keys(), source.verify());
  return source.has_oci()
             ? FetchFromRegistry(context, *from, source.oci(), directory, most, sign)
             : FetchFromRepository(context, *from, source.repository(), directory, most, sign);
}

}  // namespace wheelhouse::outgoing
