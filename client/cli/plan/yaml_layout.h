// The lines of a YAML text, with the comments that every reader of YAML drops, and a layout of
// their own: two spaces for each level, dashes under the key that they belong to. A reader of lines
// and not of YAML: whoever uses it compares what the text means before and after.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace wheelhouse::cli {

struct YamlLine {
  enum class Kind {
    kBlank,
    kComment,
    kEntry,  // begins an item of a list, an entry of a mapping, or both
    kRest,   // what an entry has in further lines: of a block scalar, a flow collection, a text
    kMarker  // `---`
  };
  Kind kind = Kind::kBlank;
  int column = 0;    // of the text, from 0
  std::string text;  // without what stands before the column
  // Of an entry:
  int dash_column = -1;  // of its first dash; -1 without one
  int key_column = -1;   // -1 without a key
  std::string key;
  bool has_value = false;  // beside the key or dash
};

// The lines of `text`, laid out: indentation, trailing blanks, empty lines in a row and line ends.
// What is in block scalars and quotes stays, but moves with its entry. nullopt for texts with tabs
// for indentation or `? ` keys.
std::optional<std::vector<YamlLine>> LayOutYaml(const std::string& text);

// The text again; ends with a newline, unless there are no lines.
std::string TextOfLines(const std::vector<YamlLine>& lines);

}  // namespace wheelhouse::cli
