#include <absl/strings/str_cat.h>

#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckHelmTest(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  for (int i = 0; i < step.helm_test().names_size(); ++i)
    CheckLabel(step.helm_test().names(i), 63, absl::StrCat(path, ".helm_test.names[", i, "]"),
               wrong);
}

}  // namespace wheelhouse::plan
