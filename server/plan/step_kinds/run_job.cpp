#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckRunJob(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::RunJobStep& job = step.run_job();
  const std::string at = path + ".run_job";
  if (job.image().empty()) wrong->push_back({at + ".image", "expected the container's image"});
  CheckStatic(job.image(), at + ".image", wrong);
  CheckStatic(job.service_account(), at + ".service_account", wrong);
  for (int i = 0; i < job.command_size(); ++i)
    CheckStatic(job.command(i), absl::StrCat(at, ".command[", i, "]"), wrong);
  for (const auto& [name, value] : job.env()) {
    if (name.empty() || absl::StrContains(name, '='))
      wrong->push_back({at + ".env", absl::StrCat("\"", name, "\" is not the name of a variable")});
  }
  for (int i = 0; i < job.env_from_secrets_size(); ++i) {
    if (job.env_from_secrets(i).empty())
      wrong->push_back(
          {absl::StrCat(at, ".env_from_secrets[", i, "]"), "expected a Secret's name"});
    CheckStatic(job.env_from_secrets(i), absl::StrCat(at, ".env_from_secrets[", i, "]"), wrong);
  }
  CheckRange(job.backoff_limit(), 0, 100, at + ".backoff_limit", wrong);
  if (!job.stdout_to_payload().empty())
    CheckPayloadKey(job.stdout_to_payload(), at + ".stdout_to_payload", wrong);
}

}  // namespace wheelhouse::plan
