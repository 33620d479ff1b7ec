// --set-json and --set-file, as helm reads them, in terms of a ChartInfo's layers.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::cli {

// `text` is a JSON object, or `a.b=JSON,c=JSON`. The document means what helm makes of it: a pair
// replaces what lower layers set there, an object as a whole is merged with them. It belongs above
// all values files and below the pairs of --set. INVALID_ARGUMENT, without the text, which may be
// secret; a path with an index (`a[0]`) is one.
absl::StatusOr<v1::ValuesFile> ReadSetJson(const std::string& text);

// The same for one pair. `name` is for messages.
absl::StatusOr<v1::ValuesFile> ReadJsonPair(const std::string& name, const std::string& key,
                                            const std::string& json);

// The pair of ChartInfo.values_string that sets `key` to `content` as it is.
v1::SetValue SetToText(const std::string& key, const std::string& content);

}  // namespace wheelhouse::cli
