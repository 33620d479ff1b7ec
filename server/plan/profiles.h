// Profiles: lowest-precedence values and steps for well-known charts, as files in the language of
// plans. Those of profiles/ come with the daemon; the operator's directory adds more. They are put
// into a plan once, when it is prepared (server/plan/prepare.h); everything later sees only steps
// and values.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>

#include "wheelhouse/v1/server_service.pb.h"

namespace wheelhouse::plan {

// One profile; `file` names the text in errors. CONFIG_INVALID with `FILE:LINE:COLUMN` for each
// error: a text that is not a profile, a field that a profile may not set, or one that would make
// every plan invalid.
absl::StatusOr<v1::Profile> ReadProfile(const std::string& text, const std::string& file);

// A chart's name and version, as its author wrote them.
struct ChartIdentity {
  std::string name;
  std::string version;  // empty: not known before it is pulled
};

// Not changed after loading, and so thread-safe.
class Profiles {
 public:
  // Those that come with the daemon, and those of the operator's `files` (a file's name to its
  // text). CONFIG_INVALID also when two have the same name.
  static absl::StatusOr<Profiles> Load(const std::map<std::string, std::string>& files);

  // Adds one. CONFIG_INVALID when there is already one of that name.
  absl::Status Add(v1::Profile profile, const std::string& file);

  const std::map<std::string, v1::Profile>& by_name() const { return by_name_; }
  // nullptr when there is none.
  const v1::Profile* Find(const std::string& name) const;
  // The profile that `auto` means: the one whose charts and versions match `chart`, by name only
  // when the version is not known. nullptr when there is none. PLAN_INVALID when there are several.
  absl::StatusOr<const v1::Profile*> FindFor(const ChartIdentity& chart) const;

 private:
  std::map<std::string, v1::Profile> by_name_;
  std::map<std::string, std::string> files_;  // by the profile's name
};

// Whether the profile is for this version of its chart. A text that is not a version is in no
// range.
bool IsFor(const v1::Profile& profile, const std::string& version);

}  // namespace wheelhouse::plan
