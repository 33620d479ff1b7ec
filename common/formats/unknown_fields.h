// Fields and enum values that this binary's proto does not know: a newer client asked for something
// that this daemon does not support. They are refused with their paths, never ignored.
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <vector>

namespace wheelhouse {

// `charts[0].stages.pre_exec.before[1]: field 31`, one for each; empty when everything is known.
std::vector<std::string> UnknownFields(const google::protobuf::Message& message);

}  // namespace wheelhouse
