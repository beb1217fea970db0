// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_RUNNER
#include "support/logging.h"
#include "testing/list_cases.h"

#include <catch2/catch.hpp>

#include <cstdlib>

int main(int argc, char** argv) {
  if (std::getenv("SOUNDFOLD_LIST_CASES") != nullptr) {
    soundfold::testing::list_cases();
    return 0;
  }
  soundfold::start_logging(soundfold::Verbosity::quiet);
  return Catch::Session().run(argc, argv);
}
