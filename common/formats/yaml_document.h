// One YAML document as a tree of nodes, for readers that report where something is wrong.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "common/reason.h"

namespace wheelhouse {

// The document of `text`; a null node when it is empty. Bytes that are not UTF-8, a second document
// and a quote that is never closed, which yaml-cpp lets pass, are errors too. Errors: `reason` with
// one violation, `FILE:LINE:COLUMN` and what is wrong. Aliases are shared nodes: a walk over the
// tree of n bytes may take more than n steps, or never end.
absl::StatusOr<YAML::Node> LoadYaml(const std::string& text, const std::string& file,
                                    Reason reason);

// A document of a text with several, as it was written.
struct YamlText {
  std::string text;
  int line = 1;  // where it begins, from 1
};

// The documents between lines that begin with `---`, whether lines end in LF or CRLF. What follows
// `---` in its line is of the next document: a comment, or all of it. Some may be empty. The text
// is not parsed: YAML has no such lines inside a document.
std::vector<YamlText> SplitYaml(absl::string_view text);

// The first document of the text. Throws YAML::Exception, YamlTooLarge (yaml_budget.h) among them.
// Use it instead of YAML::Load for whatever comes from outside.
YAML::Node LoadFirstYaml(const std::string& text);

// The first document of the text, if it is a mapping; an empty mapping for anything else, and for
// what is not YAML: whoever must say what is wrong with it reads it otherwise.
YAML::Node MappingIn(const std::string& text);

// The field of a mapping; empty when there is none, or no scalar.
std::string ScalarIn(const YAML::Node& mapping, const char* key);

// All documents of the text, within the same budget. Throws YAML::Exception. Use it instead of
// YAML::LoadAll, which in yaml-cpp 0.7 reads documents without end from a text such as `,n`,
// because it never consumes the comma.
std::vector<YAML::Node> LoadAllYaml(const std::string& text);

// Where a node begins. A mapping or list that was made anew has no position of its own, and begins
// where its first entry does.
YAML::Mark MarkOf(const YAML::Node& node);

// `FILE:LINE:COLUMN`, from 1.
std::string YamlLocation(const std::string& file, const YAML::Mark& mark);

}  // namespace wheelhouse
