// SPDX-License-Identifier: Apache-2.0
#include "sharding/environment.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <map>

using namespace soundfold;
using namespace soundfold::sharding;

namespace {

using Set = std::map<std::string, std::string>;

launchers::Variables of(const Set& set) {
  return [set](const std::string& name) -> std::optional<std::string> {
    const auto found = set.find(name);
    if (found == set.end()) return std::nullopt;
    return found->second;
  };
}

std::string shard_text(const Set& set) {
  return shard_from(of(set)).text();
}

Set array(const std::string& id, const std::string& first, const std::string& last, const std::string& count) {
  return {{"SLURM_ARRAY_TASK_ID", id},
          {"SLURM_ARRAY_TASK_MIN", first},
          {"SLURM_ARRAY_TASK_MAX", last},
          {"SLURM_ARRAY_TASK_COUNT", count}};
}

Set task(const std::string& number, const std::string& count) {
  return {{"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", number}, {"SLURM_NTASKS", count}};
}

Set both(Set one, const Set& other) {
  one.insert(other.begin(), other.end());
  return one;
}

}  // namespace

TEST_CASE("each scheduler's variables name the shard", "[sharding]") {
  CHECK(shard_text(array("3", "0", "7", "8")) == "3/8");
  CHECK(shard_text(array("3", "1", "8", "8")) == "2/8");  // --array=1-8
  CHECK(shard_text(task("5", "6")) == "5/6");
  CHECK(shard_text({{"JOB_COMPLETION_INDEX", "2"}, {"JOB_COMPLETIONS", "4"}}) == "2/4");
  CHECK(shard_text({{"RANK", "1"}, {"WORLD_SIZE", "2"}}) == "1/2");
  CHECK(shard_text({{"OMPI_COMM_WORLD_RANK", "7"}, {"OMPI_COMM_WORLD_SIZE", "8"}}) == "7/8");
  CHECK(shard_named("env", of({{"RANK", "1"}, {"WORLD_SIZE", "2"}})).text() == "1/2");
  CHECK(shard_named("3/8", of({{"RANK", "1"}, {"WORLD_SIZE", "2"}})).text() == "3/8");
}

TEST_CASE("an array of jobs of several tasks has a shard for each task", "[sharding]") {
  const Set third = array("2", "0", "3", "4");
  CHECK(shard_text(both(third, task("1", "2"))) == "5/8");
  CHECK(shard_text(both(third, task("0", "1"))) == "2/4");
  // The batch script itself, of a job without --ntasks.
  CHECK(shard_text(both(third, {{"SLURM_PROCID", "0"}})) == "2/4");
}

TEST_CASE("what names one shard alone gives way to what names several, and equal ones agree", "[sharding]") {
  const Set mpi = {{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_SIZE", "4"}};
  CHECK(shard_text(both(mpi, task("0", "1"))) == "3/4");
  CHECK(shard_text(both(mpi, {{"RANK", "3"}, {"WORLD_SIZE", "4"}})) == "3/4");
  CHECK(shard_text(task("0", "1")) == "0/1");
  // mpirun in a batch script, and in a step that starts one mpirun on each of two nodes.
  CHECK(shard_text(both(mpi, {{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}})) == "3/4");
  CHECK(shard_text(both(mpi, task("1", "2"))) == "3/4");
}

TEST_CASE("missing, incomplete, impossible and conflicting variables are one clear error", "[sharding]") {
  const auto refused = [](const Set& set, const std::string& why) {
    INFO(why);
    CHECK_THROWS_AS(shard_from(of(set)), UsageError);
    CHECK_THROWS_WITH(shard_from(of(set)),
                      Catch::Contains(why) && Catch::Contains("--shard") && !Catch::Contains("\n"));
  };
  refused({}, "no scheduler's variables are set");
  refused({{"JOB_COMPLETION_INDEX", "2"}}, "JOB_COMPLETION_INDEX is set, but JOB_COMPLETIONS is not");
  refused({{"WORLD_SIZE", "2"}}, "WORLD_SIZE is set, but RANK is not");
  refused({{"SLURM_ARRAY_TASK_ID", "2"}, {"SLURM_ARRAY_TASK_COUNT", "4"}}, "SLURM_ARRAY_TASK_MIN");
  refused({{"SLURM_STEP_ID", "0"}, {"SLURM_PROCID", "2"}}, "SLURM_NTASKS is not");
  refused({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "2"}}, "start it with srun");
  refused(both(array("0", "0", "1", "2"), {{"RANK", "1"}, {"WORLD_SIZE", "2"}}), "RANK and WORLD_SIZE give 1/2");
  refused({{"RANK", "2"}, {"WORLD_SIZE", "2"}}, "give number 2 of 2");
  refused({{"RANK", "0"}, {"WORLD_SIZE", "0"}}, "give number 0 of 0");
  refused({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}, "RANK is '-1', not a whole number");
  refused({{"RANK", "one"}, {"WORLD_SIZE", "2"}}, "RANK is 'one'");
  refused(array("7", "2", "7", "3"), "an array with gaps");  // --array=2,5,7
  refused(both({{"RANK", "1"}, {"WORLD_SIZE", "2"}}, {{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "4"}}),
          "RANK and WORLD_SIZE give shard 1/2, but OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE give 1/4");
}
