// wheelhouse, the command line.
#include "client/cli/commands.h"
#include "common/reason.h"

int main(int argc, char** argv) {
  namespace cli = wheelhouse::cli;
  cli::Options options;
  int exit_code = wheelhouse::kExitDone;
  CLI::App app("Deploys helm charts through wheelhoused", "wheelhouse");
  app.add_option("--server", options.server, "unix:///PATH or HOST:PORT")
      ->envname("WHEELHOUSE_SERVER");
  app.add_option("--tls-ca", options.tls_ca, "Certificates that sign the daemon's (PEM)");
  app.add_option("--tls-cert", options.tls_cert, "This caller's certificate (PEM)");
  app.add_option("--tls-key", options.tls_key, "This caller's key (PEM)");
  app.add_option("--cluster", options.cluster, "The cluster, as the daemon names it");
  app.add_option("-o,--output", options.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_flag("--detach", options.detach, "Do not wait for the run's end");
  app.add_option("--request-id", options.request_id, "The same id makes the same run");
  app.require_subcommand(1);
  app.fallthrough();  // commands take these flags too
  cli::AddDeploy(&app, &options, &exit_code);
  cli::AddApply(&app, &options, &exit_code);
  cli::AddDestroy(&app, &options, &exit_code);
  cli::AddRuns(&app, &options, &exit_code);
  cli::AddQueue(&app, &options, &exit_code);
  cli::AddStatus(&app, &options, &exit_code);
  cli::AddVersion(&app, &options, &exit_code);
  cli::AddCompletion(&app, &options, &exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? wheelhouse::kExitDone : wheelhouse::kExitUsage;
  }
  return exit_code;
}
