// Where two texts differ, line by line.
#pragma once

#include <string>

namespace wheelhouse::cli {

// As `diff -u` shows it: `-`, `+` and three lines around each change, under the two names; empty
// for equal texts. Of texts with very many changed lines all are shown as removed and added.
std::string LineDiff(const std::string& before, const std::string& after,
                     const std::string& before_name, const std::string& after_name);

}  // namespace wheelhouse::cli
