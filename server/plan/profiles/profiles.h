// Profiles: lowest-precedence values and steps for well-known charts, as files in the language of
// plans. Those of profiles/ come with the daemon, the operator's directory adds to them. They are
// put into a plan once, when it is prepared (server/plan/prepare.h); all that comes after knows
// steps and values only.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>

#include "wheelhouse/v1/server_service.pb.h"

namespace wheelhouse::plan {

// One profile; `file` names the text in errors. CONFIG_INVALID with `FILE:LINE:COLUMN` for each:
// what is no profile, sets what a profile may not set, or would make every plan invalid.
absl::StatusOr<v1::Profile> ReadProfile(const std::string& text, const std::string& file);

// What a chart is called by its author.
struct ChartIdentity {
  std::string name;
  std::string version;  // empty: not known before it is pulled
};

// Fixed once read: thread-safe.
class Profiles {
 public:
  // Those that come with the daemon, and those of the operator's `files` (a file's name to its
  // text). CONFIG_INVALID also where two have one name.
  static absl::StatusOr<Profiles> Load(const std::map<std::string, std::string>& files);

  // Adds one. CONFIG_INVALID where there is one of that name.
  absl::Status Add(v1::Profile profile, const std::string& file);

  const std::map<std::string, v1::Profile>& by_name() const { return by_name_; }
  // nullptr when there is none.
  const v1::Profile* Find(const std::string& name) const;
  // What `auto` takes: the profile whose charts and versions hold `chart`; of a chart whose version
  // is not known the one for its name. nullptr when there is none. PLAN_INVALID when there are
  // several.
  absl::StatusOr<const v1::Profile*> FindFor(const ChartIdentity& chart) const;

 private:
  std::map<std::string, v1::Profile> by_name_;
  std::map<std::string, std::string> files_;  // by the profile's name
};

// Whether the profile is for this version of its chart; one that is no version is in no range.
bool IsFor(const v1::Profile& profile, const std::string& version);

}  // namespace wheelhouse::plan
