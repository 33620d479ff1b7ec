// How large a YAML text may be as a tree, found out before one is built.
//
// yaml-cpp 0.7 takes 250 to 500 bytes of memory for each node, and about 2,700 for each token of a
// flow collection (`[1,1,...]`), which it reads ahead while the collection may turn out to be a
// key: 400 KB of `[1,1,...]` take 530 MB and four seconds, 40 MB take the machine (measured).
// libyaml reads the same text in constant memory, 100 MB a second.
#pragma once

#include <absl/strings/string_view.h>
#include <yaml-cpp/exceptions.h>

namespace wheelhouse {

struct YamlBudget {
  size_t bytes = 8 << 20;      // five times as many in memory, even if it is one text
  size_t nodes = 300'000;      // scalars, aliases and collections of all documents together
  size_t flow_nodes = 50'000;  // those within flow collections; JSON is one
  size_t depth = 500;          // collections within collections; where yaml-cpp gives up
};

// Thrown, among yaml-cpp's own exceptions, for what is over the budget.
class YamlTooLarge : public YAML::Exception {
 public:
  using YAML::Exception::Exception;
};

// Thrown where the ParseScope of the thread has ended.
class YamlInterrupted : public YAML::Exception {
 public:
  explicit YamlInterrupted(const YAML::Mark& mark) : Exception(mark, "interrupted") {}
};

// Throws YamlTooLarge at the first node over the budget, YAML::ParserException for a large text
// that libyaml (helm's parser is a port of it) cannot read, and YamlInterrupted. Takes no more than
// some kilobytes of memory. Returns whether libyaml has read the text, which it does where the text
// might be over the budget. Thread-safe.
bool CheckYamlBudget(absl::string_view text, const YamlBudget& budget = {});

}  // namespace wheelhouse
