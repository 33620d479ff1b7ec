// The payload of a release record, `data.release` of its Secret: base64(base64(gzip(JSON))). Pure
// functions.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <string>

#include "server/kube/json.h"

namespace wheelhouse::helm {

// Releases that unpack to more are not read.
inline constexpr size_t kMostUnpackedRelease = 32 << 20;

// The release as helm's JSON, an object. The data is not trusted: it is bounded. HELM_FAILED says
// what is wrong with it.
absl::StatusOr<kube::Json> UnpackRelease(const kube::Json& secret);

// The value of `data.release` for a release, packed as helm does it: gzip at its best compression.
std::string PackRelease(const kube::Json& release);

}  // namespace wheelhouse::helm
