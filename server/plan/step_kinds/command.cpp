#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckCommand(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::CommandStep& command = step.command();
  if (command.command().empty())
    wrong->push_back(
        {path + ".command.command", "expected the name of a command that the operator listed"});
  if (!command.stdout_to_payload().empty())
    CheckPayloadKey(command.stdout_to_payload(), path + ".command.stdout_to_payload", wrong);
}

}  // namespace wheelhouse::plan
