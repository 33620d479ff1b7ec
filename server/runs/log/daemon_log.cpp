#include "server/runs/log/daemon_log.h"

#include <spdlog/spdlog.h>

#include "server/runs/log/event_line.h"

namespace wheelhouse::runs {

void DaemonLog::OnCreated(const v1::Run& run) { spdlog::info("{}", LineOfCreation(run)); }

void DaemonLog::OnEvent(const v1::Run& run, const v1::RunEvent& event) {
  const auto line = LineOf(event, run);
  if (line.has_value()) spdlog::log(line->level, "{}", line->text);
}

}  // namespace wheelhouse::runs
