#include "server/lifecycle/core/trail.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

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
absl::StatusOr<int> StoredTrail::NumberOf(const std::string& key, const std::string& text,
                                          KeepText keep) {
  const auto found = kept_.find(key);
  std::string digest = Sha256Hex(text);
  if (found != kept_.end() && found->second.digest == digest) return found->second.number;
  RETURN_IF_ERROR((journal_.*keep)(NameOf(newest_ + 1), text));
  kept_[key] = {++newest_, std::move(digest)};
  return newest_;
}

absl::Status StoredTrail::KeepPayload(Trail& trail) {
  absl::Status refused;
  std::vector<std::string> without_room;
  for (const auto& [key, text] : trail.payload()) {
    absl::Status kept = NumberOf(key, text, &Journal::KeepWithinBound).status();
    if (!kept.ok() && !HasReason(kept, Reason::kCallerLimit)) return kept;
    if (kept.ok()) continue;
    refused = kept;
    without_room.push_back(key);
  }
  for (const std::string& key : without_room) {
    const auto before = kept_.find(key);
    std::optional<std::string> text;
    if (before != kept_.end()) {
      ASSIGN_OR_RETURN(text, journal_.Kept(NameOf(before->second.number)));
    }
    trail.mutable_payload()->erase(key);
    if (text.has_value()) (*trail.mutable_payload())[key] = *std::move(text);
  }
  return refused;
}

absl::StatusOr<std::string> StoredTrail::Write(const Trail& trail) {
  Trail written = trail;
  written.clear_payload();
  for (const auto& [key, text] : trail.payload()) {
    ASSIGN_OR_RETURN((*written.mutable_kept_payload())[key], NumberOf(key, text, &Journal::Keep));
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
