#include "client/cli/output/output.h"

#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "client/cli/output/failure_text.h"
#include "client/cli/output/terminal_text.h"
#include "client/cli/shell/exit_code.h"
#include "common/formats/block_yaml.h"

namespace wheelhouse::cli {

void PrintMessage(const Console& console, const google::protobuf::Message& message) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  if (!status.ok()) {
    console.errors << "wheelhouse: cannot print the answer: " << status.ToString() << "\n";
    return;
  }
  if (console.options.output == "yaml") {
    console.out << "---\n" << BlockYaml(nlohmann::ordered_json::parse(json)) << std::flush;
  } else {
    console.out << json << std::endl;
  }
}

void PrintText(const Console& console, absl::string_view text) {
  text = absl::StripSuffix(text, "\n");
  for (const absl::string_view line : absl::StrSplit(text, '\n'))
    console.out << (console.terminal < 0 ? std::string(line) : Printable(line)) << "\n";
  console.out << std::flush;
}

int Fail(const Console& console, const absl::Status& status) {
  PrintError(status, StyleOf(console.options), console.errors);
  return ExitCodeOf(status);
}

}  // namespace wheelhouse::cli
