#include "client/cli/output/output.h"

#include <google/protobuf/util/json_util.h>

#include "client/cli/output/failure_text.h"
#include "client/cli/shell/exit_code.h"

namespace wheelhouse::cli {

void PrintJson(const Console& console, const google::protobuf::Message& message) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  if (!status.ok()) {
    console.errors << "wheelhouse: cannot print as JSON: " << status.ToString() << "\n";
    return;
  }
  console.out << json << std::endl;
}

int Fail(const Console& console, const absl::Status& status) {
  PrintError(status, console.errors);
  return ExitCodeOf(status);
}

}  // namespace wheelhouse::cli
