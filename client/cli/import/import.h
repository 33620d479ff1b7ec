// Plans from the files of other tools. Each reader carries over what a plan can say, and names what
// it cannot, with the line where it stands; nothing is left out in silence.
#pragma once

#include <absl/status/statusor.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wheelhouse::cli {

struct SourceFile {
  std::string name;  // for messages
  std::string text;
};

struct Imported {
  nlohmann::ordered_json plan;       // with the fields of a plan file
  std::vector<std::string> missing;  // `helmfile.yaml:12:3: hooks: is not carried over`
};

// Errors: PLAN_INVALID, with the place, for text that is not YAML (a Go template, say).
absl::StatusOr<Imported> ImportHelmfile(const SourceFile& file);
absl::StatusOr<Imported> ImportHelmsman(const SourceFile& file);
// Applications of Argo CD; other kinds are named as missing.
absl::StatusOr<Imported> ImportArgoCd(const std::vector<SourceFile>& files);
// HelmReleases of Flux with their HelmRepositories and OCIRepositories, which may be in other
// files.
absl::StatusOr<Imported> ImportFlux(const std::vector<SourceFile>& files);

}  // namespace wheelhouse::cli
