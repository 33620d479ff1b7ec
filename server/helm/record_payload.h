// The payload of a release record, which holds the whole release: `data.release` of helm's Secret
// is base64(base64(gzip(JSON))). Pure functions.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "server/kube/json.h"

namespace wheelhouse::helm {

// The payload of a record's Secret, bounded to 64 MiB unpacked. The data is not trusted.
absl::StatusOr<kube::Json> UnpackPayload(const kube::Json& secret);

// The `data.release` of such a payload. helm reads numbers as JSON numbers, so that what was
// unpacked and is packed again says the same.
std::string PackPayload(const kube::Json& payload);

}  // namespace wheelhouse::helm
