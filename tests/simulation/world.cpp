#include "tests/simulation/world.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "server/store/messages.h"

namespace wheelhouse::simulation {
namespace {

std::string NamespaceOf(const std::string& release) { return release.substr(0, release.find('/')); }

// The run's events, for whoever looks for the cause.
void Tell(const store::MemoryDisk::Run& run) {
  for (const store::Event& stored : run.events) {
    const auto event = store::Parse<v1::RunEvent>(stored.payload);
    if (event.has_value()) fprintf(stderr, "  %s\n", event->ShortDebugString().c_str());
  }
}

}  // namespace

// An API server that is slow, and that fails one call in a hundred; another in a hundred is done,
// and its answer is lost.
World::World() {
  kube.fault = [this](const std::string&) -> absl::Status {
    Sleep(absl::Milliseconds(Decisions()() % 30));
    if (Once(100)) kube.LoseNextAnswer();
    if (kube_answers && !Once(100)) return absl::OkStatus();
    return MakeFailure(Reason::kClusterUnreachable, "the simulated API server does not answer");
  };
}

void World::Violation(const std::string& what) {
  violated_ = true;
  fprintf(stderr, "violation, after %s: %s\n", absl::FormatDuration(Passed()).c_str(),
          what.c_str());
}

void World::TellOf(const std::string& release, const std::vector<std::string>& runs) {
  for (const std::string& line : releases_[release].story) fprintf(stderr, "  %s\n", line.c_str());
  for (const std::string& id : runs) {
    const auto disk = acknowledged_.find(id);
    if (disk != acknowledged_.end()) Tell(disk->second->runs[id]);
  }
}

void World::Acknowledged(const std::string& run_id, store::MemoryDisk& disk) {
  if (disk.runs.count(run_id) == 0) Violation(absl::StrCat("run ", run_id, " is not durable"));
  acknowledged_[run_id] = &disk;
}

World::Change::Change(World& world, const std::string& release, const std::string& run_id,
                      int daemon, const Context& context, const std::string& how)
    : world_(world), number_(world.next_++) {
  const std::string ns = NamespaceOf(release);
  for (const auto& [number, other] : world.ongoing_) {
    if (NamespaceOf(other.release) != ns || other.run_id == run_id || !other.context.Check().ok() ||
        !context.Check().ok())
      continue;
    world.Violation(absl::StrCat("runs ", other.run_id, " of daemon ", other.daemon, " and ",
                                 run_id, " of daemon ", daemon, " change ", ns, " at once"));
    world.TellOf(other.release, {other.run_id, run_id});
  }
  Release& state = world.releases_[release];
  state.story.push_back(absl::StrCat(how, " by run ", run_id, " of daemon ", daemon, ", after ",
                                     absl::FormatDuration(Passed())));
  const auto touched = state.touched.find(run_id);
  if (touched != state.touched.end() && state.last != run_id && state.last_turn > touched->second &&
      context.Check().ok()) {
    world.Violation(absl::StrCat("run ", run_id, " changes ", release, " again, over what run ",
                                 state.last, " has made of it since"));
    world.TellOf(release, {run_id, state.last});
  }
  if (std::exchange(state.begun_by, run_id) != run_id) ++state.turn;
  world.ongoing_.emplace(
      number_, Ongoing{release, run_id, daemon, context, world.RecordsOf(release), state.turn});
}

World::Change::~Change() {
  const auto change = world_.ongoing_.extract(number_);
  if (!change.empty()) world_.Note(change.mapped());
}

std::string World::RecordsOf(const std::string& release) {
  std::string records;
  // The names are those of all namespaces.
  for (const std::string& name : kube.Names("Secret")) {
    const kube::Json record = kube.Find(kube::IdOf("Secret", NamespaceOf(release), name));
    if (!record.is_null()) absl::StrAppend(&records, record.dump());
  }
  return records;
}

void World::Note(const Ongoing& change) {
  if (RecordsOf(change.release) == change.before) return;
  Release& state = releases_[change.release];
  state.touched[change.run_id] = change.turn;
  // Others change it by now (this one's claims were lost): the records are theirs.
  if (state.turn != change.turn) return;
  state.last = change.run_id;
  state.last_turn = change.turn;
}

void World::MadeRevision(const std::string& release, const std::string& run_id) {
  Release& state = releases_[release];
  state.story.push_back(absl::StrCat("revision made by run ", run_id));
  if (++state.made[run_id] > 1)
    Violation(absl::StrCat("run ", run_id, " has made two revisions of ", release));
  state.stands = run_id;
}

void World::Undid(const std::string& release, const std::string& run_id) {
  releases_[release].story.push_back(absl::StrCat("undone by run ", run_id));
  releases_[release].stands.clear();
}

void World::DidOnce(const std::string& token) {
  if (++once_[token] > 1) Violation(absl::StrCat("the step of ", token, " was done twice"));
}

void World::Died(int daemon) {
  std::erase_if(ongoing_, [&](const auto& one) {
    if (one.second.daemon != daemon) return false;
    Note(one.second);
    return true;
  });
}

void World::CheckDisk(const store::MemoryDisk& disk) {
  for (const auto& [id, run] : disk.runs) {
    size_t& checked = checked_[id];
    for (; checked < run.events.size(); ++checked) {
      if (run.events[checked].sequence != static_cast<int64_t>(checked) + 1)
        Violation(absl::StrCat("run ", id, ": event ", checked + 1, " has another number"));
    }
    if (run.row.sequence != static_cast<int64_t>(run.events.size()))
      Violation(absl::StrCat("run ", id, ": its newest event is not its last"));
  }
}

bool World::AllEnded() const {
  return std::ranges::all_of(acknowledged_, [](const auto& one) {
    const auto found = one.second->runs.find(one.first);
    return found != one.second->runs.end() && Ended(found->second.row.state);
  });
}

void World::CheckEnds() {
  for (const auto& [id, disk] : acknowledged_) {
    const auto found = disk->runs.find(id);
    if (found == disk->runs.end()) {
      Violation(absl::StrCat("run ", id, " was acknowledged, and is lost"));
      continue;
    }
    const auto picture = store::Parse<v1::Run>(found->second.last);
    if (!picture.has_value()) {
      Violation(absl::StrCat("run ", id, " has not ended"));
      continue;
    }
    if (picture->state() == v1::RUN_STATE_SUCCEEDED || picture->cancel_forced()) continue;
    for (const v1::ChartRun& chart : picture->charts()) {
      if (chart.state() == v1::STATE_FAILED && !AnswersFor(*picture, chart)) Tell(found->second);
    }
  }
}

bool World::AnswersFor(const v1::Run& run, const v1::ChartRun& chart) {
  const auto release = releases_.find(ChartKey(chart));
  if (release == releases_.end()) return true;
  const std::string& made_by = release->second.stands;
  const bool taken = std::ranges::find(run.takes_over(), made_by) != run.takes_over().end() &&
                     HandedOver(made_by, ChartKey(chart));
  if (made_by != run.id() && !taken) return true;
  const v1::Failure& failure = chart.failure();
  if (failure.left_changed_size() > 0 || failure.handed_over_size() > 0 ||
      failure.secondary_size() > 0)
    return true;
  Violation(absl::StrCat("run ", run.id(), " failed (", failure.reason(), "), and what run ",
                         made_by, " made of ", release->first, " is neither undone nor reported"));
  for (const std::string& line : release->second.story) fprintf(stderr, "  %s\n", line.c_str());
  return false;
}

bool World::HandedOver(const std::string& run_id, const std::string& chart) {
  const auto disk = acknowledged_.find(run_id);
  if (disk == acknowledged_.end()) return false;
  auto picture = store::Parse<v1::Run>(disk->second->runs[run_id].last);
  v1::ChartRun* of_chart = picture.has_value() ? FindChart(&*picture, chart) : nullptr;
  return of_chart != nullptr && of_chart->failure().handed_over_size() > 0;
}

}  // namespace wheelhouse::simulation
