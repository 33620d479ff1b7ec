#include "server/plan/profile_expansion.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <vector>

#include "server/plan/stage_table.h"

namespace wheelhouse::plan {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Steps = google::protobuf::RepeatedPtrField<v1::Step>;

// Messages that are merged field by field. Other messages are replaced as a whole.
bool IsGroup(const FieldDescriptor& field) {
  const auto* type = field.message_type();
  return type == v1::Stages::descriptor() || type == v1::StagePlan::descriptor() ||
         type == v1::EarlyFailure::descriptor();
}

// Clears in `low` what `high` sets, except lists and maps, where both count.
void ClearWhatIsSet(const Message& high, Message* low) {
  std::vector<const FieldDescriptor*> fields;
  high.GetReflection()->ListFields(high, &fields);
  const auto* reflection = low->GetReflection();
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated()) continue;
    if (!IsGroup(*field)) {
      reflection->ClearField(low, field);
    } else if (reflection->HasField(*low, field)) {
      ClearWhatIsSet(high.GetReflection()->GetMessage(high, field),
                     reflection->MutableMessage(low, field));
    }
  }
}

// What `profile` puts ahead of the caller's items in the lists of a chart.
void NoteLists(const v1::ChartInfo& profile, Origins* origins) {
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = profile.GetReflection();
  reflection->ListFields(profile, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated() && !field->is_map())
      origins->Note(std::string(field->name()), {0, reflection->FieldSize(profile, field)});
  }
}

void RemoveDeletedCrds(Steps* steps) {
  const auto deletes = [](const v1::Step& step) { return step.crds().has_delete_(); };
  steps->erase(std::remove_if(steps->begin(), steps->end(), deletes), steps->end());
}

}  // namespace

v1::ChartInfo WithProfile(const v1::ChartInfo& chart, const v1::Profile& profile,
                          Origins* origins) {
  Origins ignored;
  if (origins == nullptr) origins = &ignored;
  v1::ChartInfo merged = profile.chart();
  for (v1::ValuesFile& file : *merged.mutable_yaml_files_content()) {
    file.set_name(absl::StrCat("profile ", profile.name(), ": ", file.name()));
    merged.add_values_files()->Swap(&file);
  }
  merged.clear_yaml_files_content();
  NoteLists(merged, origins);
  ClearWhatIsSet(chart, &merged);
  merged.MergeFrom(chart);
  for (const StageRow& row : kStages) {
    if (!(merged.stages().*row.has)()) continue;
    v1::StagePlan* stage = (merged.mutable_stages()->*row.mut)();
    const v1::StagePlan& own = PlanOf(profile.chart().stages(), row.stage);
    Steps before = own.before(), after = own.after();
    if (!chart.delete_crds()) {
      RemoveDeletedCrds(&before);
      RemoveDeletedCrds(&after);
    }
    const v1::StagePlan& callers = PlanOf(chart.stages(), row.stage);
    const std::string path = absl::StrCat("stages.", row.name);
    origins->Note(path + ".before", {callers.before_size(), before.size()});
    origins->Note(path + ".after", {0, after.size()});
    *stage->mutable_before() = callers.before();
    stage->mutable_before()->MergeFrom(before);
    *stage->mutable_after() = after;
    stage->mutable_after()->MergeFrom(callers.after());
  }
  merged.set_profile(profile.name());
  return merged;
}

void CheckStepNames(const v1::ChartInfo& chart, const v1::Profile& profile, const std::string& path,
                    FieldViolations* wrong) {
  for (const StageRow& row : kStages) {
    const v1::StagePlan& own = PlanOf(profile.chart().stages(), row.stage);
    const auto taken = [&own](const std::string& name) {
      const auto is = [&name](const v1::Step& step) { return step.name() == name; };
      return std::ranges::any_of(own.before(), is) || std::ranges::any_of(own.after(), is);
    };
    const v1::StagePlan& callers = PlanOf(chart.stages(), row.stage);
    for (const auto& [list, steps] :
         {std::pair{"before", &callers.before()}, std::pair{"after", &callers.after()}}) {
      for (int i = 0; i < steps->size(); ++i) {
        const std::string& name = (*steps)[i].name();
        if (name.empty() || !taken(name)) continue;
        wrong->push_back({absl::StrCat(path, ".stages.", row.name, ".", list, "[", i, "].name"),
                          absl::StrCat("is `", name, "`, the name of a step of the profile ",
                                       profile.name(), ".")});
      }
    }
  }
}

}  // namespace wheelhouse::plan
