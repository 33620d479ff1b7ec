#include <iostream>

#include "client/cli/commands.h"

namespace wheelhouse::cli {

void AddVersion(CLI::App* app, const Options* options, int* exit_code) {
  app->add_subcommand("version", "The version of this program")->callback([options, exit_code] {
    if (options->json()) {
      std::cout << "{\"version\":\"" << WHEELHOUSE_VERSION << "\"}\n";
    } else {
      std::cout << "wheelhouse " << WHEELHOUSE_VERSION << "\n";
    }
    *exit_code = 0;
  });
}

}  // namespace wheelhouse::cli
