// SPDX-License-Identifier: Apache-2.0
#include "launchers/launched.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <map>

using namespace soundfold;
using launchers::Launched;

namespace {

using Set = std::map<std::string, std::string>;

Launched launched(const Set& set, int most = 1000) {
  const auto value = [set](const std::string& name) -> std::optional<std::string> {
    const auto found = set.find(name);
    if (found == set.end()) return std::nullopt;
    return found->second;
  };
  return {value, most, "; do something else"};
}

void check_numbered(const std::optional<launchers::Numbered>& found, int index, int count, const std::string& names) {
  REQUIRE(found);
  CHECK(found->index == index);
  CHECK(found->count == count);
  CHECK(found->names == names);
}

}  // namespace

TEST_CASE("each launcher's variables say which of how many", "[launchers]") {
  check_numbered(launched({{"RANK", "1"}, {"WORLD_SIZE", "2"}}).torchrun(), 1, 2, "RANK and WORLD_SIZE");
  check_numbered(launched({{"OMPI_COMM_WORLD_RANK", "7"}, {"OMPI_COMM_WORLD_SIZE", "8"}}).mpirun(), 7, 8,
                 "OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE");
  check_numbered(launched({{"JOB_COMPLETION_INDEX", "0"}, {"JOB_COMPLETIONS", "1"}}).indexed_job(), 0, 1,
                 "JOB_COMPLETION_INDEX and JOB_COMPLETIONS");
  const Set array = {{"SLURM_ARRAY_TASK_ID", "3"},
                     {"SLURM_ARRAY_TASK_MIN", "1"},
                     {"SLURM_ARRAY_TASK_MAX", "8"},
                     {"SLURM_ARRAY_TASK_COUNT", "8"}};
  check_numbered(launched(array).slurm_array(), 2, 8, "SLURM_ARRAY_TASK_*");
  const auto none = launched({});
  CHECK(!none.torchrun());
  CHECK(!none.mpirun());
  CHECK(!none.srun());
  CHECK(!none.slurm_array());
  CHECK(!none.indexed_job());
  CHECK(!none.number("RANK"));
}

TEST_CASE("srun's tasks are counted by their step, and a batch script is none of them", "[launchers]") {
  Set job = {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "8"}};
  CHECK(!launched(job).srun());
  job["SLURM_STEP_ID"] = "0";
  check_numbered(launched(job).srun(), 0, 8, "SLURM_PROCID and SLURM_NTASKS");
  job["SLURM_STEP_NUM_TASKS"] = "4";
  check_numbered(launched(job).srun(), 0, 4, "SLURM_PROCID and SLURM_STEP_NUM_TASKS");
}

TEST_CASE("variables that are incomplete, no numbers or impossible are named, with the advice behind", "[launchers]") {
  const auto refused = [](const Launched& by, const std::string& problem) {
    CHECK_THROWS_AS(by.torchrun(), UsageError);
    CHECK_THROWS_WITH(by.torchrun(), problem + "; do something else");
  };
  refused(launched({{"RANK", "1"}}), "RANK is set, but WORLD_SIZE is not");
  refused(launched({{"WORLD_SIZE", "1"}}), "WORLD_SIZE is set, but RANK is not");
  refused(launched({{"RANK", ""}, {"WORLD_SIZE", "1"}}), "RANK is '', not a whole number");
  refused(launched({{"RANK", "1"}, {"WORLD_SIZE", "1e3"}}), "WORLD_SIZE is '1e3', not a whole number");
  refused(launched({{"RANK", "2"}, {"WORLD_SIZE", "2"}}),
          "RANK and WORLD_SIZE give number 2 of 2, but 1 to 1,000 are allowed, counted from 0");
  CHECK(launched({{"RANK", "2"}, {"WORLD_SIZE", "1000"}}).torchrun());
  CHECK_THROWS_AS(launched({{"RANK", "2"}, {"WORLD_SIZE", "1001"}}).torchrun(), UsageError);
  CHECK_THROWS_WITH(launched({{"SLURM_ARRAY_TASK_ID", "7"},
                              {"SLURM_ARRAY_TASK_MIN", "2"},
                              {"SLURM_ARRAY_TASK_MAX", "7"},
                              {"SLURM_ARRAY_TASK_COUNT", "3"}})
                        .slurm_array(),
                    Catch::Contains("an array with gaps does not say which of how many element 7 is; do"));
}

TEST_CASE("a variable of this process is read as it is", "[launchers]") {
  REQUIRE(::setenv("SOUNDFOLD_LAUNCHED_TEST", "", 1) == 0);
  CHECK(launchers::process_variable("SOUNDFOLD_LAUNCHED_TEST") == std::optional<std::string>(""));
  REQUIRE(::unsetenv("SOUNDFOLD_LAUNCHED_TEST") == 0);
  CHECK(!launchers::process_variable("SOUNDFOLD_LAUNCHED_TEST"));
}
