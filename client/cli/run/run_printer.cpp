#include "client/cli/run/run_printer.h"

#include <sstream>

#include "client/cli/output/failure_text.h"
#include "client/cli/output/output.h"
#include "client/cli/output/preview_report.h"
#include "client/cli/run/live_printer.h"
#include "client/cli/run/plain_printer.h"
#include "client/cli/shell/pager.h"
#include "wheelhouse/v1/deployer_service.pb.h"

namespace wheelhouse::cli {
namespace {

// What concerns the watching, as lines.
class LinePrinter : public RunPrinter {
 public:
  explicit LinePrinter(const Console& console) : console_(console) {}
  void Tick(const v1::Run&, absl::Time) override {}
  void Notice(const std::string& text) override { console_.errors << text << std::endl; }
  void Question(const std::string& text) override {
    if (!text.empty()) Notice(text);
  }

 protected:
  const Console& console_;
};

class MessagePrinter : public LinePrinter {
 public:
  using LinePrinter::LinePrinter;
  void Event(const v1::RunEvent& event, const v1::Run&) override { PrintMessage(console_, event); }
  void End(const v1::Run& run) override { PrintFailures(run, Evidence::kTail, console_.errors); }
};

class PreviewPrinter : public LinePrinter {
 public:
  PreviewPrinter(const Console& console, PreviewFormat format)
      : LinePrinter(console), format_(format) {}
  void Event(const v1::RunEvent&, const v1::Run&) override {}
  void End(const v1::Run& run) override {
    if (format_ == PreviewFormat::kMessage) {
      v1::GetRunResponse response;
      *response.mutable_run() = run;
      PrintMessage(console_, response);
    } else if (format_ == PreviewFormat::kMarkdown) {
      PrintPreviewAsMarkdown(run, console_.out);
    } else if (format_ == PreviewFormat::kReport) {
      std::ostringstream report;
      PrintPreview(run, console_.colour && console_.terminal >= 0, report);
      Page(console_, report.str());
    }
    PrintFailures(run, Evidence::kTail, console_.errors);
  }

 private:
  const PreviewFormat format_;
};

}  // namespace

std::unique_ptr<RunPrinter> MakePreviewPrinter(const Console& console, PreviewFormat format) {
  return std::make_unique<PreviewPrinter>(console, format);
}

std::unique_ptr<RunPrinter> MakeRunPrinter(const Console& console) {
  if (console.options.structured()) return std::make_unique<MessagePrinter>(console);
  if (console.terminal < 0) return std::make_unique<PlainPrinter>(&console.out, &console.errors);
  return std::make_unique<LivePrinter>(TerminalOn(console.terminal), &console.errors,
                                       console.colour);
}

}  // namespace wheelhouse::cli
