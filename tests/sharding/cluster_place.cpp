// SPDX-License-Identifier: Apache-2.0
#include "sharding/cluster_place.h"

#include "extraction/fixtures.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <cstdlib>

namespace soundfold::testing {

ClusterPlace::ClusterPlace(int count) : count_(count) {
  std::string list;
  std::filesystem::create_directories(folder_ / "tones");
  for (int i = 0; i < count; ++i) {
    const std::string name = "tones/" + std::to_string(i) + ".wav";
    write_tone(folder_ / name, 0.3 + 0.5 * (i % 3), 200 + 50 * i);
    list += name + "\n";
  }
  write_file_atomically(folder_ / "files.txt", list);
  const auto weights = source_folder() / "models/soundfold-small/soundfold-small.safetensors";
  const auto imported = testing::run("importer", {"--from", weights.string(), "--out", "yamnet.pt"}, path());
  INFO(imported.err);
  REQUIRE(imported.exit_code == 0);
  const auto alone = embedder({"--store", "one", "--list", "files.txt"});
  INFO(alone.err);
  REQUIRE(alone.exit_code == 0);
}

ProgramResult ClusterPlace::embedder(std::vector<std::string> arguments,
                                     const std::vector<std::string>& environment) const {
  arguments.insert(arguments.end(), {"--weights", "yamnet.pt", "--threads", "1", "--quiet"});
  return testing::run("embedder", arguments, path(), environment);
}

ProgramResult ClusterPlace::shard(const std::string& shard, const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = {"--shard", shard, "--store", "shards", "--scratch", "scratch"};
  if (more.empty()) arguments.insert(arguments.end(), {"--list", "files.txt"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return embedder(arguments);
}

ProgramResult ClusterPlace::example(const std::string& name, const std::vector<std::string>& arguments) const {
  const auto file = source_folder() / "examples/cluster" / name;
  const char* const known = std::getenv("PATH");
  const std::string programs = program_path("").string() + ":" + (known == nullptr ? "" : known);
  // As root, and with more processes than processors, mpirun wants to be asked twice.
  return testing::run(file.string(), arguments, path(),
                      {"PATH=" + programs, "TMPDIR=" + path().string(), "OMPI_ALLOW_RUN_AS_ROOT=1",
                       "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "OMP_NUM_THREADS=1"});
}

void ClusterPlace::check_union() const {
  const auto survey = testing::run("embedder", {"--missing", "--store", "shards"}, path());
  INFO(survey.out << survey.err);
  CHECK(survey.exit_code == 0);
  const auto merged = testing::run("store", {"merge", "one", "shards"}, path());
  INFO(merged.err);
  CHECK(merged.exit_code == 0);
  CHECK_THAT(merged.out, Catch::Contains(": 0 records added, " + std::to_string(count_) +
                                         " present before, 0 different, 0 damaged"));
}

}  // namespace soundfold::testing
