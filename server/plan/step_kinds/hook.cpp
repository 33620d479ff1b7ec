#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"
#include "common/formats/set_grammar.h"
#include "common/time.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {
namespace {

constexpr size_t kLongestName = 100;
constexpr size_t kMostInput = 64 << 10;
constexpr int kMostValues = 50;

bool IsName(const std::string& name) {
  return name.size() <= kLongestName && std::ranges::all_of(name, [](char c) {
           return absl::ascii_isalnum(c) || absl::StrContains("._-/", c);
         });
}

void CheckHeartbeat(const v1::HookStep& hook, const std::string& path, FieldViolations* wrong) {
  if (!hook.has_heartbeat()) return;
  const absl::Duration heartbeat = ToDuration(hook.heartbeat());
  if (heartbeat < absl::Seconds(1) || heartbeat > absl::Minutes(10))
    wrong->push_back({path, "must be 1s to 10m."});
}

// One that may not run leaves nobody to do what helm would have done.
void CheckReplaces(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  if (step.hook().replaces().empty()) return;
  if (step.hook().replaces() != "helm")
    wrong->push_back({path, "must be `helm`, the only step that a hook can take the place of."});
  if (step.when().has_payload() || !step.when().expression().empty() ||
      !step.when().installed_version().empty())
    wrong->push_back({path, "must not be set on a step whose `when` has more than actions."});
}

void CheckValuePaths(const google::protobuf::RepeatedPtrField<std::string>& paths,
                     const std::string& at, FieldViolations* wrong) {
  for (int i = 0; i < paths.size(); ++i) {
    const absl::Status read = ParseSetKey(paths[i]).status();
    if (read.ok()) continue;
    wrong->push_back({absl::StrCat(at, "[", i, "]"), absl::StrCat("must be a path as in --set: ",
                                                                  FailureOf(read).message(), ".")});
  }
}

}  // namespace

void CheckHook(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::HookStep& hook = step.hook();
  const std::string at = path + ".hook";
  if (hook.name().empty()) wrong->push_back({at + ".name", "expected the name of a hook"});
  for (const auto& [text, field] : {std::pair(&hook.name(), ".name"),
                                    {&hook.version(), ".version"},
                                    {&hook.scope(), ".scope"}}) {
    if (!IsName(*text))
      wrong->push_back(
          {at + field, absl::StrCat("must be at most ", kLongestName,
                                    " characters of A-Z, a-z, 0-9, `.`, `_`, `-` and `/`.")});
  }
  if (hook.input().ByteSizeLong() > kMostInput)
    wrong->push_back({at + ".input", "must be at most 64 KiB."});
  if (hook.values_size() + hook.secret_values_size() > kMostValues)
    wrong->push_back({at + ".values", absl::StrCat("must be at most ", kMostValues,
                                                   " paths, with those of secret_values.")});
  CheckValuePaths(hook.values(), at + ".values", wrong);
  CheckValuePaths(hook.secret_values(), at + ".secret_values", wrong);
  CheckHeartbeat(hook, at + ".heartbeat", wrong);
  CheckPositive(hook.has_queue_timeout(), hook.queue_timeout(), at + ".queue_timeout", wrong);
  CheckReplaces(step, at + ".replaces", wrong);
}

bool HookReadsOnly(const v1::Step& step) {
  return step.hook().effect() == v1::HOOK_EFFECT_READ_ONLY;
}

}  // namespace wheelhouse::plan
