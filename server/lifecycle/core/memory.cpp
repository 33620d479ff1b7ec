#include "server/lifecycle/core/memory.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "server/lifecycle/core/memory.pb.h"

namespace wheelhouse::lifecycle {
namespace {

void Write(const LeftChanged::Change& change, Change* memory) {
  *memory->mutable_told() = change.told;
  if (!change.object.has_value()) return;
  const kube::ObjectId& id = *change.object;
  Object* object = memory->mutable_object();
  object->set_group(id.type.group);
  object->set_version(id.type.version);
  object->set_kind(id.type.kind);
  object->set_plural(id.type.plural);
  object->set_namespaced(id.type.namespaced);
  object->set_ns(id.ns);
  object->set_name(id.name);
}

LeftChanged::Change Read(const Change& memory) {
  LeftChanged::Change change;
  change.told = memory.told();
  if (!memory.has_object()) return change;
  const Object& object = memory.object();
  change.object = kube::ObjectId{
      {object.group(), object.version(), object.kind(), object.plural(), object.namespaced()},
      object.ns(),
      object.name()};
  return change;
}

}  // namespace

std::string MemoryOf(const ChartContext& chart) {
  const Facts& facts = chart.facts;
  Memory memory;
  memory.mutable_payload()->insert(chart.payload.begin(), chart.payload.end());
  if (facts.installed_version.has_value()) memory.set_installed_version(*facts.installed_version);
  memory.set_baseline_revision(facts.baseline_revision);
  memory.set_intended_revision(facts.intended_revision);
  memory.set_asked_attempt(facts.asked_attempt);
  memory.set_made_revision(facts.made_revision);
  memory.set_reinstalled_revision(facts.reinstalled_revision);
  memory.set_uninstalled(facts.uninstalled);
  memory.set_undoing_revision(facts.undoing_revision);
  memory.set_undone(facts.undone);
  for (const LeftChanged::Change& change : facts.left_changed.all())
    Write(change, memory.add_left_changed());
  memory.set_attempt(facts.attempt.number);
  memory.mutable_earlier()->Assign(facts.attempt.earlier.begin(), facts.attempt.earlier.end());
  memory.set_rollback_target(facts.rollback_target);
  memory.mutable_doomed_crds()->Assign(facts.doomed_crds.begin(), facts.doomed_crds.end());
  if (facts.records_before.has_value()) {
    memory.mutable_records_before()->mutable_uids()->Assign(facts.records_before->begin(),
                                                            facts.records_before->end());
  }
  memory.set_overtaken_by(facts.overtaken_by);
  return memory.SerializeAsString();
}

absl::Status Remember(const Resume& resume, ChartContext* chart) {
  Memory memory;
  if (resume.memory.empty() || !memory.ParseFromString(resume.memory)) {
    return MakeFailure(
        resume.lost_claims ? Reason::kLeaseLost : Reason::kInterrupted,
        absl::StrCat(resume.lost_claims ? "the claims were lost" : "the daemon ended",
                     " while the chart was on its way, and what was journalled cannot be read"));
  }
  Facts& facts = chart->facts;
  chart->payload.insert(memory.payload().begin(), memory.payload().end());
  if (memory.has_installed_version()) facts.installed_version = memory.installed_version();
  facts.decision = resume.chart.decision();
  facts.decision_reason = resume.chart.decision_reason();
  facts.baseline_revision = memory.baseline_revision();
  facts.intended_revision = memory.intended_revision();
  facts.asked_attempt = memory.asked_attempt();
  facts.made_revision = memory.made_revision();
  facts.reinstalled_revision = memory.reinstalled_revision();
  facts.uninstalled = memory.uninstalled();
  facts.undoing_revision = memory.undoing_revision();
  facts.undone = memory.undone();
  std::vector<LeftChanged::Change> changes;
  for (const Change& change : memory.left_changed()) changes.push_back(Read(change));
  facts.left_changed = LeftChanged(std::move(changes));
  facts.attempt.number = memory.attempt();
  facts.attempt.earlier.assign(memory.earlier().begin(), memory.earlier().end());
  facts.rollback_target = memory.rollback_target();
  facts.doomed_crds.assign(memory.doomed_crds().begin(), memory.doomed_crds().end());
  if (memory.has_records_before()) {
    const auto& uids = memory.records_before().uids();
    facts.records_before.emplace(uids.begin(), uids.end());
  }
  facts.overtaken_by = memory.overtaken_by();
  facts.resumed = true;
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle
