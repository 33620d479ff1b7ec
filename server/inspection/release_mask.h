// What of a release is masked for whoever looks at it. Its record does not tell which values were
// given as secret, so names decide, and what Secrets hold.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <memory>
#include <string>
#include <vector>

#include "common/redactor.h"
#include "server/helm/releases.h"

namespace wheelhouse::inspection {

// Thread-safe: constant once made.
class ReleaseMask {
 public:
  // Knows the secrets of all of `releases`: their values under names that say so
  // (common/secret_names.h), and what Secrets among their objects and hooks hold. Error: a manifest
  // that cannot be read, of which nothing may be shown then.
  static absl::StatusOr<ReleaseMask> Of(const std::vector<const helm::Release*>& releases);

  // A text, without the secrets.
  std::string Text(absl::string_view text) const;

  // Values with `***` for each that is secret by its name, or stands in a text that is masked.
  // `path` is where they stand: the names of the mappings around them, outermost first. The paths
  // of what is masked are added to `*masked` (`db.password`), unless it is null.
  kube::Json Values(const kube::Json& values, const std::vector<std::string>& path,
                    std::vector<std::string>* masked) const;

  // A manifest. What Secrets hold is replaced, so that they are written anew; they are added to
  // `*masked` (`Secret web`). Error: as Of.
  absl::StatusOr<std::string> Manifest(const std::string& manifest,
                                       std::vector<std::string>* masked) const;

 private:
  ReleaseMask() : redactor_(std::make_unique<Redactor>()) {}
  std::unique_ptr<Redactor> redactor_;
};

}  // namespace wheelhouse::inspection
