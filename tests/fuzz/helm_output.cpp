// helm's words on stderr as a failure.
#include "common/failure.h"
#include "common/redactor.h"
#include "server/helm/helm_errors.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  ProcessResult result;
  result.exit_code = 1;
  result.err = fuzz::Text(data, size);
  const Redactor redactor({"correct horse"});
  for (const char* verb : {"upgrade", "uninstall", "rollback", "template"}) {
    const absl::Status status = helm::HelmError(verb, "helm x demo/web", result, redactor);
    fuzz::Require(!status.ok() && ReasonOf(status) != Reason::kInternal, "it has a reason");
    fuzz::Require(FailureOf(status).DebugString().find("correct horse") == std::string::npos,
                  "no secret is told");
  }
  return 0;
}
