#include "client/cli/output/output.h"

#include <google/protobuf/util/json_util.h>

#include <iostream>

#include "client/cli/output/failure_text.h"
#include "client/cli/shell/exit_code.h"

namespace wheelhouse::cli {

void PrintJson(const google::protobuf::Message& message) {
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  if (!status.ok()) {
    std::cerr << "wheelhouse: cannot print as JSON: " << status.ToString() << "\n";
    return;
  }
  std::cout << json << std::endl;
}

int Fail(const absl::Status& status) {
  PrintError(status, std::cerr);
  return ExitCodeOf(status);
}

}  // namespace wheelhouse::cli
