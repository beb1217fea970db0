// SPDX-License-Identifier: Apache-2.0
// The files of examples/cluster.
#include "sharding/cluster_place.h"
#include "support/files.h"
#include "testing/machine.h"

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include <set>

using namespace soundfold;

TEST_CASE("the script for torchrun's variables makes all shards", "[cluster]") {
  const testing::ClusterPlace place(6);
  const auto result = place.example("embed_torchrun.sh", {"2"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  place.check_union();
}

TEST_CASE("mpirun makes all shards", "[cluster]") {
  if (!testing::has_program("mpirun")) return testing::skip_case("needs Debian's openmpi-bin");
  const testing::ClusterPlace place(6);
  const auto result = place.example("embed_mpirun.sh", {"--oversubscribe", "-n", "3"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  place.check_union();
}

TEST_CASE("GNU parallel makes all shards", "[cluster]") {
  if (!testing::has_program("parallel")) return testing::skip_case("needs Debian's parallel");
  const testing::ClusterPlace place(6);
  const auto result = place.example("embed_parallel.sh", {"4", "--jobs", "2"});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  place.check_union();
}

TEST_CASE("Slurm makes all shards, by an array and by tasks", "[cluster]") {
  const testing::ClusterPlace place(6);
  const auto script = testing::source_folder() / "scripts/check_slurm.sh";
  const auto result = testing::run(script.string(), {testing::program_path("").string(), place.path().string()});
  if (result.exit_code == 77) return testing::skip_case(result.err);
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
  place.check_union();
}

TEST_CASE("the Indexed Job fits the schema of Kubernetes' own client, and mistakes in it do not", "[cluster]") {
  const std::string python = "/usr/bin/python3", script = testing::source_folder() / "scripts/check_kubernetes.py";
  const std::string job = read_file(testing::source_folder() / "examples/cluster/embed_job.yaml");
  if (!std::filesystem::exists(python)) return testing::skip_case("needs Debian's python3-kubernetes");
  const auto whole = testing::run(python, {script});
  if (whole.exit_code == 77) return testing::skip_case(whole.err);
  INFO(whole.err);
  CHECK(whole.exit_code == 0);
  const testing::TempFolder folder;
  const auto refused = [&](const std::string& line, const std::string& changed, const std::string& why) {
    INFO(changed);
    auto text = job;
    const auto at = text.find(line);
    REQUIRE(at != std::string::npos);
    write_file_atomically(folder / "job.yaml", text.replace(at, line.size(), changed));
    const auto result = testing::run(python, {script, (folder / "job.yaml").string()});
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, Catch::Contains("job.yaml: " + why));
  };
  refused("backoffLimit", "backofLimit", "Job.spec.backofLimit: is unknown; did you mean backoffLimit?");
  refused("completions: 8", "completions: \"8\"", "Job.spec.completions: '8' is no int");
  refused("fsGroup: 65534", "fsGroup: nobody", "Job.spec.template.spec.securityContext.fsGroup: 'nobody' is no int");
  refused("mountPath: /sounds", "readOnly: false",
          "Job.spec.template.spec.containers[0].volumeMounts[0]: Invalid value");
  refused("kind: Job", "kind: Jobs", "no kind Jobs of apiVersion v1 is known");
}

TEST_CASE("the Indexed Job has the fields that an Indexed Job needs, and they agree", "[cluster]") {
  const auto job = YAML::LoadFile((testing::source_folder() / "examples/cluster/embed_job.yaml").string());
  CHECK(job["apiVersion"].as<std::string>() == "batch/v1");
  CHECK(job["kind"].as<std::string>() == "Job");
  const auto spec = job["spec"];
  CHECK(spec["completionMode"].as<std::string>() == "Indexed");
  CHECK(spec["parallelism"].as<int>() <= spec["completions"].as<int>());
  const auto pod = spec["template"]["spec"];
  CHECK(pod["restartPolicy"].as<std::string>() == "Never");
  REQUIRE(pod["containers"].size() == 1);
  const auto container = pod["containers"][0];
  // Kubernetes sets JOB_COMPLETION_INDEX itself, and no variable that holds the count.
  REQUIRE(container["env"].size() == 1);
  CHECK(container["env"][0]["name"].as<std::string>() == "JOB_COMPLETIONS");
  CHECK(container["env"][0]["value"].as<std::string>() == spec["completions"].as<std::string>());
  std::set<std::string> volumes, mounted;
  for (const auto& volume : pod["volumes"]) volumes.insert(volume["name"].as<std::string>());
  for (const auto& mount : container["volumeMounts"]) mounted.insert(mount["name"].as<std::string>());
  CHECK(volumes == mounted);

  // Its command line, run as the pod of index 1 would, with the claim's folder in place of /sounds.
  const testing::ClusterPlace place(5);
  std::vector<std::string> arguments;
  for (const auto& argument : container["args"]) {
    std::string text = argument.as<std::string>();
    for (const char* mount : {"/sounds", "/scratch"}) {
      if (text.rfind(mount, 0) == 0)
        text = (mount[2] == 'o' ? place.path() : place / "scratch").string() + text.substr(std::string(mount).size());
    }
    arguments.push_back(text);
  }
  for (int index = 0; index < 2; ++index) {
    const auto result = testing::run(container["command"][0].as<std::string>(), arguments, place.path(),
                                     {"JOB_COMPLETION_INDEX=" + std::to_string(index), "JOB_COMPLETIONS=2"});
    INFO(result.err);
    CHECK(result.exit_code == 0);
  }
  place.check_union();
}
