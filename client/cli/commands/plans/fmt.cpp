#include <absl/strings/str_cat.h>

#include <memory>
#include <string>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/output/line_diff.h"
#include "client/cli/output/terminal_text.h"
#include "client/cli/plan/plan_format.h"
#include "client/cli/shell/files.h"

namespace wheelhouse::cli {
namespace {

struct FmtFlags {
  std::string file;
  bool check = false;
};

// What somebody else wrote, line by line as it is.
std::string PrintableLines(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    absl::StrAppend(&out, Printable(text.substr(at, end - at)), "\n");
    at = end + 1;
  }
  return out;
}

int Fmt(const Console& console, const FmtFlags& flags) {
  const absl::StatusOr<std::string> text = ReadTextFile(flags.file);
  if (!text.ok()) return Fail(console, absl::InvalidArgumentError(text.status().message()));
  const absl::StatusOr<std::string> formatted = FormatPlan(*text, flags.file);
  if (!formatted.ok()) return Fail(console, formatted.status());
  const std::string name = Printable(flags.file);
  if (flags.check) {
    console.out << PrintableLines(LineDiff(*text, *formatted, flags.file, "formatted"));
    return *text == *formatted ? kExitDone : kExitRunFailed;
  }
  if (flags.file == "-") {
    console.out << *formatted;
    return kExitDone;
  }
  if (*text == *formatted) return kExitDone;
  const absl::Status written = WriteFile(flags.file, *formatted);
  if (!written.ok()) return Fail(console, written);
  console.out << "formatted " << name << "\n";
  return kExitDone;
}

}  // namespace

void AddPlanFmt(CLI::App* plan, const Console* console, int* exit_code) {
  auto flags = std::make_shared<FmtFlags>();
  CLI::App* command = plan->add_subcommand(
      "fmt",
      "Lay out a plan file: indentation, empty lines, and the order of fields. Comments stay, and "
      "it means what it meant");
  command
      ->add_option("-f,--file", flags->file,
                   "The plan file, which is written again; or - for standard input, to standard "
                   "output")
      ->required()
      ->type_name("FILE");
  command->add_flag("--check", flags->check,
                    "Write nothing: show what would change, and exit with 1 if anything would");
  command->footer(
      Examples({"wheelhouse plan fmt -f plan.yaml", "wheelhouse plan fmt -f plan.yaml --check"}));
  command->callback([flags, console, exit_code] { *exit_code = Fmt(*console, *flags); });
}

}  // namespace wheelhouse::cli
