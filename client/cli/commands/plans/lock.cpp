#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/commands/plans/plan_file_flags.h"
#include "client/cli/output/terminal_text.h"
#include "client/cli/plan/lock_file.h"
#include "client/cli/shell/files.h"
#include "common/failure.h"
#include "common/parallel.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

// As many of one caller's as the daemon fetches at a time.
constexpr size_t kAtOnce = 2;

struct LockFlags {
  PlanFileFlags plan;
  std::vector<std::string> update;
  bool update_all = false;
};

// A chart to lock, and where the plan has it.
struct Wanted {
  LockedChart chart;
  std::string place;
  absl::Status status;
};

// The charts to lock, of all environments, each once.
absl::StatusOr<std::vector<Wanted>> WantedIn(const LockFlags& flags) {
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(flags.plan.file));
  const std::string folder = std::filesystem::path(flags.plan.file).parent_path().string();
  std::vector<Wanted> wanted;
  PlanLock known;
  for (const std::string& environment : EnvironmentsOf(flags.plan, text)) {
    PlanOptions options = flags.plan.options;
    options.environment = environment;
    ASSIGN_OR_RETURN(const LocalPlan plan, ParsePlan(text, flags.plan.file, folder, options));
    for (int i = 0; i < plan.plan.charts_size(); ++i) {
      const std::optional<LockedChart> chart = ToLock(plan, i);
      if (!chart.has_value() || FindLocked(known, *chart) != nullptr) continue;
      known.push_back(*chart);
      wanted.push_back({*chart, PlaceOf(plan, i)});
    }
  }
  return wanted;
}

bool IsCalled(const LockedChart& chart, const std::string& name) {
  return chart.release == name || absl::EndsWith(chart.release, "/" + name);
}

// Those of `wanted` for which the lock file is not enough. INVALID_ARGUMENT for a name in --update
// that none has.
absl::StatusOr<std::vector<Wanted*>> ToResolve(const LockFlags& flags, const PlanLock& before,
                                               std::vector<Wanted>* wanted) {
  for (const std::string& name : flags.update) {
    if (std::ranges::none_of(*wanted, [&](const Wanted& one) { return IsCalled(one.chart, name); }))
      return absl::InvalidArgumentError(
          absl::StrCat("--update ", name, ": the plan has no chart of that name that is fetched"));
  }
  std::vector<Wanted*> left;
  for (Wanted& one : *wanted) {
    const LockedChart* locked = FindLocked(before, one.chart);
    const bool update =
        flags.update_all || std::ranges::any_of(flags.update, [&](const std::string& name) {
          return IsCalled(one.chart, name);
        });
    if (locked != nullptr && !update) {
      one.chart = *locked;
    } else {
      left.push_back(&one);
    }
  }
  return left;
}

absl::Status Resolve(const Connection& connection, LockedChart* chart) {
  if (chart->is_git()) {
    const absl::StatusOr<std::string> commit = ResolveGitRef(chart->git);
    if (!commit.ok())
      return MakeFailure(Reason::kPlanInvalid, std::string(commit.status().message()));
    chart->version = *commit;
    return absl::OkStatus();
  }
  v1::ResolveChartRequest request;
  *request.mutable_source() = chart->wanted;
  v1::ResolveChartResponse response;
  RETURN_IF_ERROR(Call(connection, connection.charts, &ChartStub::ResolveChart, request, &response,
                       kFetchingCall));
  const v1::ChartSource& found = response.source();
  chart->version = found.has_oci() ? found.oci().version() : found.repository().version();
  chart->digest = response.digest();
  chart->signed_by = response.signature().key();
  return absl::OkStatus();
}

// Asks once for each source, whatever number of releases has it.
absl::Status ResolveAll(const Connection& connection, const std::vector<Wanted*>& charts) {
  std::map<std::string, std::vector<Wanted*>> by_source;
  for (Wanted* one : charts)
    by_source[absl::StrCat(one->chart.wanted.verify(), WantedText(one->chart))].push_back(one);
  std::vector<std::vector<Wanted*>> sources;
  for (auto& [text, same] : by_source) sources.push_back(std::move(same));
  InParallel(sources.size(), kAtOnce, [&](size_t i) {
    Wanted& first = *sources[i].front();
    first.status = Resolve(connection, &first.chart);
    for (Wanted* one : sources[i]) {
      one->status = first.status;
      one->chart.version = first.chart.version;
      one->chart.digest = first.chart.digest;
      one->chart.signed_by = first.chart.signed_by;
    }
  });
  std::vector<FieldViolation> wrong;
  Reason reason = Reason::kInternal;
  for (const Wanted* one : charts) {
    if (one->status.ok()) continue;
    // Without a reason the connection is at fault, not the chart.
    if (ReasonOf(one->status) == Reason::kInternal) return one->status;
    reason = ReasonOf(one->status);
    wrong.push_back(
        {one->place, absl::StrCat(one->chart.release, ": ", FailureOf(one->status).message())});
  }
  return wrong.empty() ? absl::OkStatus() : MakeInvalid(reason, std::move(wrong));
}

void Tell(const PlanLock& before, const PlanLock& now, std::ostream& out) {
  for (const LockedChart& chart : now) {
    const LockedChart* old = FindLocked(before, chart);
    const bool same =
        old != nullptr && old->version == chart.version && old->digest == chart.digest;
    std::string change;
    if (old != nullptr && !same)
      change = old->version == chart.version ? ", with another content"
                                             : absl::StrCat(", was ", old->version);
    const std::string signer =
        chart.signed_by.empty() ? "" : absl::StrCat(", signed by ", chart.signed_by);
    out << Printable(absl::StrCat(chart.release, ": ", WantedText(chart), " is ", chart.version,
                                  change, same ? ", as before" : "", signer))
        << "\n";
  }
}

// The entries of other environments than the one that was chosen.
void KeepOthers(const LockFlags& flags, const PlanLock& before, PlanLock* lock) {
  if (flags.plan.options.environment.empty()) return;
  for (const LockedChart& old : before) {
    if (FindLocked(*lock, old) == nullptr) lock->push_back(old);
  }
}

absl::Status Write(const LockFlags& flags, const PlanLock& lock, const Console& console) {
  const std::string file = LockFileOf(flags.plan.file);
  const std::string text = LockText(lock, flags.plan.file);
  const absl::StatusOr<std::string> old = ReadFile(file);
  if (old.ok() && *old == text) {
    console.out << Printable(file) << " is up to date\n";
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(WriteFile(file, text));
  console.out << "wrote " << Printable(file) << "\n";
  return absl::OkStatus();
}

absl::Status Lock(const Console& console, const LockFlags& flags) {
  const std::string file = LockFileOf(flags.plan.file);
  if (file.empty())
    return absl::InvalidArgumentError("-f -: a lock file stands beside its plan; name a file");
  ASSIGN_OR_RETURN(std::vector<Wanted> wanted, WantedIn(flags));
  ASSIGN_OR_RETURN(const std::optional<PlanLock> read, ReadLockFile(file));
  const PlanLock before = read.value_or(PlanLock());
  if (wanted.empty() && !read.has_value()) {
    console.out << "no chart of " << Printable(flags.plan.file)
                << " is of a repository or registry: there is nothing to lock\n";
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::vector<Wanted*> left, ToResolve(flags, before, &wanted));
  if (!left.empty()) {
    ASSIGN_OR_RETURN(const Connection connection, Connect(console.options));
    RETURN_IF_ERROR(ResolveAll(connection, left));
  }
  PlanLock lock;
  for (Wanted& one : wanted) lock.push_back(std::move(one.chart));
  Tell(before, lock, console.out);
  KeepOthers(flags, before, &lock);
  return Write(flags, lock, console);
}

}  // namespace

void AddPlanLock(CLI::App* plan, const Console* console, int* exit_code) {
  auto flags = std::make_shared<LockFlags>();
  CLI::App* command = plan->add_subcommand(
      "lock",
      "Write a plan's lock file (plan.yaml.lock): the version and the digest of each chart of a "
      "repository or registry. Charts that are in it already stay as they are");
  AddPlanFile(command, &flags->plan);
  CLI::Option* update =
      command
          ->add_option("--update", flags->update,
                       "Look for a newer version of this chart, NAME or NAMESPACE/NAME; may be "
                       "repeated")
          ->allow_extra_args(false)
          ->type_name("NAME");
  command->add_flag("--update-all", flags->update_all, "Look for newer versions of all charts")
      ->excludes(update);
  command->footer(Examples({"wheelhouse plan lock -f plan.yaml",
                            "wheelhouse plan lock -f plan.yaml --update demo/web",
                            "wheelhouse apply -f plan.yaml --locked"}));
  command->callback([flags, console, exit_code] {
    const absl::Status status = Lock(*console, *flags);
    *exit_code = status.ok() ? kExitDone : Fail(*console, status);
  });
}

}  // namespace wheelhouse::cli
