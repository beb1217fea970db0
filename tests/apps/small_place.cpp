// SPDX-License-Identifier: Apache-2.0
#include "apps/small_place.h"

#include "support/files.h"

#include <catch2/catch.hpp>

namespace soundfold::testing {

SmallPlace::SmallPlace() {
  const auto weights = source_folder() / "models/soundfold-small/soundfold-small.safetensors";
  run("importer", {"--from", weights.string(), "--out", "data/yamnet.pt"});
  run("synthesizer", {"--out", "set", "--kinds", "dog,cat", "--clips-per-fold", "1", "--seconds", "1"});
  write_file_atomically(folder_ / "a.yaml",
                        "name: a\ndata: {root: set}\nfolds: {train: [1, 2, 3], validation: [4], test: [5]}\n"
                        "head: {dropout: 0.3}\ntraining: {epochs: 4, batch_size: 4}\n");
}

std::string SmallPlace::run(const std::string& program, const std::vector<std::string>& arguments) const {
  const auto result = testing::run(program, arguments, folder_.path());
  INFO(program << ": " << result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

std::filesystem::path SmallPlace::train(const std::string& threads, const std::string& seed) const {
  run("trainer", {"--config", "a.yaml", "--set", "seed=" + seed, "--threads", threads});
  return std::filesystem::canonical(folder_ / "experiments/a/latest");
}

}  // namespace soundfold::testing
