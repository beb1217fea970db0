// SPDX-License-Identifier: Apache-2.0
#include "ranks/place.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <string>

using namespace soundfold;
using Catch::Contains;

namespace {

using Environment = std::map<std::string, std::string>;

ranks::Place place(const Environment& environment, const std::string& meeting = "") {
  return ranks::place_from(meeting, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  });
}

void check_place(const ranks::Place& found, int rank, int size, const std::string& meeting) {
  CHECK(found.rank == rank);
  CHECK(found.size == size);
  CHECK(found.meeting == meeting);
}

}  // namespace

TEST_CASE("torchrun's, mpirun's and srun's variables place a process", "[ranks]") {
  check_place(place({}), 0, 1, "");
  check_place(place({{"RANK", "0"}, {"WORLD_SIZE", "1"}}), 0, 1, "");
  const Environment torchrun = {{"RANK", "1"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "head"}};
  check_place(place(torchrun), 1, 2, "head:29500");
  auto with_port = torchrun;
  with_port["MASTER_PORT"] = "1234";
  with_port["SLURM_PROCID"] = "7";
  check_place(place(with_port), 1, 2, "head:1234");
  check_place(place(with_port, "other:99"), 1, 2, "other:99");
  check_place(place(with_port, "./meeting"), 1, 2, "./meeting");
  check_place(place(with_port, "none"), 0, 1, "");

  const Environment mpirun = {{"OMPI_COMM_WORLD_RANK", "2"}, {"OMPI_COMM_WORLD_SIZE", "4"}};
  auto together = mpirun;
  together["OMPI_COMM_WORLD_LOCAL_SIZE"] = "4";
  together["MASTER_PORT"] = "77";
  check_place(place(together), 2, 4, "127.0.0.1:77");
  together.erase("MASTER_PORT");
  together["PMIX_NAMESPACE"] = "one";
  const auto first = place(together).meeting;
  together["PMIX_NAMESPACE"] = "two";
  CHECK(place(together).meeting != first);
  CHECK_THROWS_WITH(place(mpirun), Contains("MASTER_ADDR is not set"));

  Environment srun = {{"SLURM_PROCID", "3"}, {"SLURM_STEP_ID", "0"}, {"SLURM_NTASKS", "8"},
                      {"SLURM_NNODES", "2"}, {"MASTER_PORT", "77"},  {"SLURM_JOB_NODELIST", "node-[003-010]"}};
  check_place(place(srun), 3, 8, "node-003:77");
  srun["SLURM_STEP_NUM_TASKS"] = "4";
  srun["SLURM_STEP_NODELIST"] = "gpu7";
  check_place(place(srun), 3, 4, "gpu7:77");
  srun["SLURM_STEP_NUM_NODES"] = "1";
  check_place(place(srun), 3, 4, "127.0.0.1:77");
  // Batch scripts, which run once.
  check_place(place({{"SLURM_NTASKS", "8"}}), 0, 1, "");
  check_place(place({{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}}), 0, 1, "");
}

TEST_CASE("wrong variables are named with what is needed", "[ranks]") {
  CHECK_THROWS_AS(place({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), UsageError);
  const auto refused = [](const Environment& environment, const std::string& problem) {
    CHECK_THROWS_WITH(place(environment),
                      Catch::StartsWith(problem) && Catch::EndsWith("; --ranks none runs without other ranks"));
  };
  refused({{"RANK", "2"}, {"WORLD_SIZE", "2"}}, "RANK and WORLD_SIZE give number 2 of 2");
  refused({{"RANK", "0"}, {"WORLD_SIZE", "65537"}}, "RANK and WORLD_SIZE give number 0 of 65537, but 1 to 65,536");
  refused({{"RANK", "1"}}, "RANK is set, but WORLD_SIZE is not");
  refused({{"WORLD_SIZE", "2"}}, "WORLD_SIZE is set, but RANK is not");
  refused({{"RANK", "-1"}, {"WORLD_SIZE", "2"}}, "RANK is '-1', not a whole number");
  refused({{"RANK", "1"}, {"WORLD_SIZE", "two"}}, "WORLD_SIZE is 'two'");
  CHECK_THROWS_WITH(place({{"RANK", "1"}, {"WORLD_SIZE", "2"}}), Contains("MASTER_ADDR is not set"));
  CHECK_THROWS_WITH(place({}, "head:1"), Contains("which rank is this"));
  const Environment two = {{"RANK", "1"}, {"WORLD_SIZE", "2"}};
  for (const char* meeting : {"head", "head:", "head:0", "head:65536", ":80", "head:8x"}) {
    CHECK_THROWS_WITH(place(two, meeting), Contains("cannot meet at"));
  }
}

TEST_CASE("the first host of srun's lists", "[ranks]") {
  CHECK(ranks::first_host("gpu1") == "gpu1");
  CHECK(ranks::first_host("gpu1,gpu2") == "gpu1");
  CHECK(ranks::first_host("node-[003-010,12],gpu1") == "node-003");
  CHECK(ranks::first_host("n[7,9]") == "n7");
  CHECK(ranks::first_host("gpu1,n[7,9]") == "gpu1");
  CHECK(ranks::first_host("n[1-3]-ib") == "n1-ib");
  CHECK(ranks::first_host("n[01,03-04]-ib,gpu1") == "n01-ib");
  CHECK(ranks::first_host("rack[1-3]n[2,4]-ib") == "rack1n2-ib");
  CHECK(ranks::first_host("n[1") == "n1");
  CHECK(ranks::first_host("").empty());
}
