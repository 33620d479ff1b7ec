// A chart's surroundings, made so that the test can put a fault anywhere in them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"
#include "server/lifecycle/core/report.h"
#include "server/plan/defaults.h"
#include "tests/unit/fakes/fake_archives.h"
#include "tests/unit/fakes/fake_clock.h"
#include "tests/unit/fakes/fake_cluster.h"
#include "tests/unit/fakes/fake_helm.h"
#include "tests/unit/fakes/fake_journal.h"
#include "tests/unit/fakes/fake_processes.h"

namespace wheelhouse::lifecycle {

using helm::FakeArchives;
using helm::FakeHelm;
using kube::FakeCluster;
using kube::FakeKube;
using kube::IdOf;
using kube::PackedRelease;

// One chart, shop/web, with everything round it. `info` may be changed before chart() or known() is
// called.
class Surroundings {
 public:
  Surroundings() {
    info.set_name("web");
    info.set_namespace_("shop");
    info.mutable_chart()->set_archive_digest("sha256:" + std::string(64, 'a'));
    request.run_id = "run-1";
    request.archives_of = {"ann"};
    request.cluster = &cluster;
    request.namespaces = {"shop"};
    cluster.kube.Put(IdOf("Namespace", "", "shop"), kube::Json::object());
  }

  // The request with defaults filled in.
  const ChartRequest& Request() {
    v1::Plan plan;
    *plan.add_charts() = info;
    request.chart = plan::WithDefaults(plan).charts(0);
    return request;
  }

  const Chart& chart() { return Begun().chart; }
  Known& known() { return Begun().known; }
  auto& payload() { return *known().trail.mutable_payload(); }

  v1::ChartInfo info;
  FakeCluster cluster;
  FakeKube& kube = cluster.kube;
  FakeHelm helm{cluster.kube};
  FakeArchives archives;
  FakeProcesses processes;
  FakeJournal journal;
  FakeClock clock;
  const signatures::Verifier verifier{{"gpgv", testing::TempDir(), processes}};
  Services services{.helm = helm,
                    .archives = archives,
                    .processes = processes,
                    .clock = clock,
                    .verifier = verifier,
                    .temp_directory = testing::TempDir(),
                    .foreign_lock_age = absl::Hours(1),
                    .kustomize = "kustomize"};
  const Context work = Context::Background().WithCancel();
  const Context undo = Context::Background().WithCancel();
  Bounds bounds{work, Context::Background(), undo};
  BeforeFirstChange before_first_change = [](const Context&) { return Meanwhile::kNothing; };
  ChartRequest request;

 private:
  struct Run {
    Run(const ChartRequest& request, const Services& services, const Bounds& bounds,
        Journal& journal)
        : known(request), report(journal, known), chart{known.asked, services, bounds, report} {}
    Known known;
    Report report;
    const Chart chart;
  };
  Run& Begun() {
    if (!run_) run_ = std::make_unique<Run>(Request(), services, bounds, journal);
    return *run_;
  }
  std::unique_ptr<Run> run_;
};

}  // namespace wheelhouse::lifecycle
