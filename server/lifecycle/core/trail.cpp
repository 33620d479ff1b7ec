#include "server/lifecycle/core/trail.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/sha256.h"
#include "common/status_macros.h"

namespace wheelhouse::lifecycle {
namespace {

// A number, and nothing that tells of the text: a store keeps names in clear.
std::string NameOf(int number) { return absl::StrCat("payload/", number); }

}  // namespace

Trail NewTrail() {
  Trail trail;
  trail.set_attempt(1);
  return trail;
}

// A text that changes gets a new number: the trail that was written before still means the old one.
absl::StatusOr<std::string> StoredTrail::Write(const Trail& trail) {
  Trail written = trail;
  written.clear_payload();
  for (const auto& [key, text] : trail.payload()) {
    Text& kept = kept_[key];
    if (std::string digest = Sha256Hex(text); digest != kept.digest) {
      RETURN_IF_ERROR(journal_.Keep(NameOf(newest_ + 1), text));
      kept = {++newest_, std::move(digest)};
    }
    (*written.mutable_kept_payload())[key] = kept.number;
  }
  return written.SerializeAsString();
}

absl::StatusOr<Trail> StoredTrail::Read(const Resume& resume) {
  Trail trail;
  bool readable = !resume.memory.empty() && trail.ParseFromString(resume.memory);
  for (const auto& [key, number] : trail.kept_payload()) {
    ASSIGN_OR_RETURN(std::optional<std::string> text, journal_.Kept(NameOf(number)));
    readable = readable && text.has_value();
    if (!readable) break;
    kept_[key] = {number, Sha256Hex(*text)};
    newest_ = std::max(newest_, number);
    (*trail.mutable_payload())[key] = *std::move(text);
  }
  trail.clear_kept_payload();
  if (readable) return trail;
  return MakeFailure(resume.lost_claims ? Reason::kLeaseLost : Reason::kInterrupted,
                     absl::StrCat(resume.lost_claims ? "the claims were lost" : "the daemon ended",
                                  " while the chart was running, and its journal cannot be read"));
}

}  // namespace wheelhouse::lifecycle
