#include "client/cli/run/run_printer.h"

#include <unistd.h>

#include <iostream>

#include "client/cli/output/failure_text.h"
#include "client/cli/output/output.h"
#include "client/cli/output/preview_report.h"
#include "client/cli/run/live_printer.h"
#include "client/cli/run/plain_printer.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::cli {
namespace {

class JsonPrinter : public RunPrinter {
 public:
  void Event(const v1::RunEvent& event, const v1::Run&) override { PrintJson(event); }
  void Tick(const v1::Run&, absl::Time) override {}
  void Notice(const std::string& text) override { std::cerr << text << std::endl; }
  void Question(const std::string& text) override {
    if (!text.empty()) std::cerr << text << std::endl;
  }
  void End(const v1::Run& run) override { PrintFailures(run, Evidence::kTail, std::cerr); }
};

class PreviewPrinter : public RunPrinter {
 public:
  explicit PreviewPrinter(bool json) : json_(json) {}
  void Event(const v1::RunEvent&, const v1::Run&) override {}
  void Tick(const v1::Run&, absl::Time) override {}
  void Notice(const std::string& text) override { std::cerr << text << std::endl; }
  void Question(const std::string& text) override {
    if (!text.empty()) std::cerr << text << std::endl;
  }
  void End(const v1::Run& run) override {
    v1::GetRunResponse response;
    *response.mutable_run() = run;
    json_ ? PrintJson(response) : PrintPreview(run, std::cout);
    PrintFailures(run, Evidence::kTail, std::cerr);
  }

 private:
  const bool json_;
};

}  // namespace

std::unique_ptr<RunPrinter> MakePreviewPrinter(const Options& options) {
  return std::make_unique<PreviewPrinter>(options.json());
}

std::unique_ptr<RunPrinter> MakeRunPrinter(const Options& options) {
  if (options.json()) return std::make_unique<JsonPrinter>();
  const char* const terminal = getenv("TERM");
  const bool dumb = terminal == nullptr || *terminal == 0 || std::string(terminal) == "dumb";
  if (dumb || !isatty(STDOUT_FILENO)) return std::make_unique<PlainPrinter>(&std::cout, &std::cerr);
  const char* const no_color = getenv("NO_COLOR");
  return std::make_unique<LivePrinter>(TerminalOn(STDOUT_FILENO), &std::cerr,
                                       no_color == nullptr || *no_color == 0);
}

}  // namespace wheelhouse::cli
