// The path of a request that the API server forwards to a Service.
#pragma once

#include <string>

namespace wheelhouse {

// What is wrong with such a path (with its query); empty when nothing is. A path may not lead out
// of the Service, into the rest of the API.
std::string CheckServicePath(const std::string& path);

}  // namespace wheelhouse
