// The files that testdata/make has made.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

namespace wheelhouse::signatures {

inline std::string TestFile(const std::string& name) {
  return WHEELHOUSE_TESTS "/unit/server/signatures/testdata/" + name;
}

inline std::string TextOf(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(TestFile(name), std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace wheelhouse::signatures
