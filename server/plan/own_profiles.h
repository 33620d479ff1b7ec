// The files of profiles/, compiled into the daemon by CMake.
#pragma once

#include <vector>

namespace wheelhouse::plan {

struct OwnProfile {
  const char* file;  // `aws-vpc-cni.yaml`
  const char* text;
};

const std::vector<OwnProfile>& OwnProfiles();

}  // namespace wheelhouse::plan
