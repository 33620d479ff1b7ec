// usage: simulation [--seed S] [--seeds N] [--jobs J]
// Lets daemons live through N seeds from S on (1, and 50), J at once (as many as there are cores),
// each in a process of its own. Seeds at which something was violated are printed, and the exit
// code is 1. `simulation --seed S --seeds 1` replays one, and prints a digest of all that was
// decided.
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/failure.h"
#include "common/run_picture.h"
#include "tests/simulation/daemon.h"
#include "tests/simulation/threads.h"
#include "tests/simulation/world.h"
#include "tests/unit/server/lifecycle/chart_archive.h"

namespace wheelhouse::simulation {
namespace {

constexpr int kMachines = 2;
constexpr absl::Duration kLongestRest = absl::Hours(24);

// One life of the world: callers, operators and accidents, then rest.
class Life {
 public:
  explicit Life(const std::string& folder) {
    for (const std::string& ns : kNamespaces) {
      world_.kube.Put(kube::IdOf("Namespace", "", ns), kube::Json::object());
      world_.kube.Put(kube::IdOf("ConfigMap", ns, "web"), kube::Json::object());
    }
    world_.kube.Put(kube::IdOf("Namespace", "", "wheelhouse-system"), kube::Json::object());
    for (int i = 0; i < kMachines; ++i) {
      Machine& machine = machines_[i];
      machine.id = "daemon-" + std::to_string(i);
      machine.folder = folder + "/" + machine.id;
      std::filesystem::create_directories(machine.folder);
      lifecycle::WriteChart(machine.folder + "/chart");
    }
  }

  bool Live() {
    for (int i = 0; i < kMachines; ++i) StartOn(i);
    for (int i = 0; i < 40 && !world_.violated(); ++i) {
      Sleep(absl::Milliseconds(Decisions()() % 2000));
      Happen(static_cast<int>(Decisions()() % kMachines));
      Check();
    }
    Heal();
    Rest();
    if (!world_.violated()) world_.CheckEnds();
    return !world_.violated();
  }

 private:
  // Calls `call` on a thread of the machine's daemon, which dies with it.
  void In(int machine, std::function<void(Daemon&)> call) {
    Daemon* const daemon = daemons_[machine];
    if (daemon == nullptr) return;
    std::thread([daemon, call = std::move(call)] {
      BecomeDaemon(daemon->number());
      call(*daemon);
    }).detach();
  }

  // Waits for the start, which is the daemon's own and dies with it.
  void StartOn(int machine) {
    const int number = ++started_;
    bool done = false;
    std::thread starts([&, number] {
      BecomeDaemon(number);
      daemons_[machine] = new Daemon(world_, machines_[machine], number);
      done = true;
    });
    starts.join();
    if (!done) world_.Violation("a daemon did not start");
  }

  void KillOn(int machine) {
    if (daemons_[machine] == nullptr) return;
    const int number = std::exchange(daemons_[machine], nullptr)->number();
    Kill(number, &world_, &world_ + 1);
    world_.Died(number);
  }

  void Happen(int machine) {
    switch (Decisions()() % 16) {
      case 0:
      case 1:
        KillOn(machine);
        return StartOn(machine);
      case 2:
        return StopInOrder(machine);
      case 3:
        return Freeze(daemons_[machine]->number(),
                      Passed() + absl::Seconds(static_cast<int64_t>(Decisions()() % 60)));
      case 4:
        return In(machine, [](Daemon& daemon) {
          daemon.store().Refuse(
              MakeFailure(Reason::kStoreUnavailable, "the simulated disk is full"));
          Sleep(absl::Seconds(static_cast<int64_t>(Decisions()() % 10)));
          daemon.store().Refuse(absl::OkStatus());
        });
      case 5:
        world_.kube_answers = !world_.kube_answers;
        return;
      case 6:
      case 7:
        return Cancel(machine);
      case 8:
        return Retry(machine);
      default:
        return Create(machine);
    }
  }

  void StopInOrder(int machine) {
    Daemon* const daemon = daemons_[machine];
    std::thread stops([daemon] {
      BecomeDaemon(daemon->number());
      daemon->Shutdown();
    });
    stops.join();
    KillOn(machine);
    StartOn(machine);
  }

  void Create(int machine) {
    std::vector<std::string> namespaces;
    for (const std::string& ns : kNamespaces) {
      if (Once(2)) namespaces.push_back(ns);
    }
    if (namespaces.empty()) namespaces.push_back(kNamespaces[Decisions()() % kNamespaces.size()]);
    const v1::CreateRunRequest request = PlanFor(namespaces, "run-" + std::to_string(++created_));
    In(machine, [this, machine, request](Daemon& daemon) {
      Note(machine, daemon.engine().Create(request, {"ann"}));
    });
  }
  void Retry(int machine) {
    v1::RetryRunRequest request;
    request.set_run_id(AnyRun(machine));
    In(machine, [this, machine, request](Daemon& daemon) {
      Note(machine, daemon.engine().Retry(request, {"ann"}));
    });
  }
  void Cancel(int machine) {
    In(machine, [id = AnyRun(machine), force = Once(3)](Daemon& daemon) {
      daemon.engine().Cancel(id, force, {"ben"}).IgnoreError();
    });
  }
  void Note(int machine, const absl::StatusOr<v1::Run>& run) {
    if (!run.ok()) return;
    world_.Acknowledged(run->id(), machines_[machine].disk);
    ids_[machine].push_back(run->id());
  }
  std::string AnyRun(int machine) {
    const std::vector<std::string>& ids = ids_[machine];
    return ids.empty() ? "" : ids[Decisions()() % ids.size()];
  }

  void Check() {
    for (const auto& [number, machine] : machines_) world_.CheckDisk(machine.disk);
  }

  // What can be mended is mended; what dies by itself is started again.
  void Heal() {
    world_.kube_answers = true;
    for (int i = 0; i < kMachines; ++i)
      In(i, [](Daemon& daemon) { daemon.store().Refuse(absl::OkStatus()); });
  }
  void Rest() {
    const absl::Duration end = Passed() + kLongestRest;
    while (!world_.AllEnded() && !world_.violated() && Passed() < end) {
      Sleep(absl::Seconds(10));
      Check();
    }
  }

  World world_;
  std::map<int, Machine> machines_;
  std::map<int, Daemon*> daemons_;
  std::map<int, std::vector<std::string>> ids_;
  int started_ = 0;
  int created_ = 0;
};

// In a process of its own. Its exit code: 0, or what the simulation ends with.
int LiveThrough(uint64_t seed, const std::string& folder, bool tell) {
  spdlog::set_level(spdlog::level::off);
  bool whole = false;
  Simulate(seed, [&] { whole = (new Life(folder))->Live(); });
  if (tell) printf("the trace of its decisions is %016lx\n", Trace());
  fflush(stdout);
  return whole ? 0 : 1;
}

pid_t Fork(uint64_t seed, const std::string& folder, bool tell) {
  const pid_t child = fork();
  if (child != 0) return child;
  const int code = LiveThrough(seed, folder + "/" + std::to_string(seed), tell);
  std::filesystem::remove_all(folder + "/" + std::to_string(seed));
  _exit(code);
}

int Main(uint64_t first, int count, int jobs) {
  char folder[] = "/tmp/simulation-XXXXXX";
  if (mkdtemp(folder) == nullptr) return 1;
  std::map<pid_t, uint64_t> running;
  std::vector<uint64_t> failed;
  uint64_t next = first;
  const uint64_t end = first + static_cast<uint64_t>(count);
  while (next < end || !running.empty()) {
    while (next < end && static_cast<int>(running.size()) < jobs) {
      running[Fork(next, folder, count == 1)] = next;
      ++next;
    }
    int status = 0;
    const pid_t ended = wait(&status);
    if (status != 0) {
      failed.push_back(running[ended]);
      printf("seed %lu failed (%s %d); replay it with --seed %lu --seeds 1\n", running[ended],
             WIFSIGNALED(status) ? "signal" : "exit code",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), running[ended]);
      fflush(stdout);
    }
    running.erase(ended);
  }
  std::filesystem::remove_all(folder);
  printf("%d seeds from %lu on, %zu violated\n", count, first, failed.size());
  return failed.empty() ? 0 : 1;
}

}  // namespace
}  // namespace wheelhouse::simulation

int main(int argc, char** argv) {
  CLI::App app("Lets simulated daemons live through faults that a seed decides.", "simulation");
  uint64_t seed = 1;
  int seeds = 50;
  int jobs = static_cast<int>(std::thread::hardware_concurrency());
  app.add_option("--seed", seed, "the first seed")->capture_default_str();
  app.add_option("--seeds", seeds, "how many")->capture_default_str();
  app.add_option("--jobs", jobs, "how many at once")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return wheelhouse::simulation::Main(seed, seeds, jobs);
}
