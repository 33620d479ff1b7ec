// What the tests of this room use of the real helm: its binaries, and its code in tests/oracle.
#pragma once

#include <string>

#include "tests/unit/fakes/command_output.h"

namespace wheelhouse::helm {

// The helm of that major, built when it is not cached.
inline std::string HelmBinary(int major) {
  static const auto* const folder = [] {
    std::string out = Output({WHEELHOUSE_TESTS "/sandbox/tool", "--helm"});
    return new std::string(out.substr(0, out.find('\n')));
  }();
  return *folder + (major == 3 ? "/helm3" : "/helm");
}

}  // namespace wheelhouse::helm
