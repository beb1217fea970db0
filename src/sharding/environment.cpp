// SPDX-License-Identifier: Apache-2.0
#include "sharding/environment.h"

#include "support/errors.h"
#include "text/text.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace soundfold::sharding {
namespace {

using launchers::Launched;
using launchers::Numbered;
using shards::kMostShards;
using shards::ShardNumber;

constexpr const char* kAdvice = "; name the shard itself: --shard I/N, with I from 0 on";

std::string shard_text(const Numbered& given) {
  return ShardNumber{given.index, given.count}.text();
}

std::optional<Numbered> slurm_tasks(const Launched& launched) {
  if (const auto task = launched.srun()) return task;
  const auto tasks = launched.number("SLURM_NTASKS");
  if (!tasks || *tasks <= 1) return std::nullopt;
  throw UsageError("SLURM_NTASKS is " + std::to_string(*tasks) +
                   ", but this process is no task of a step (SLURM_STEP_ID is not set); start it with srun, or name "
                   "the shard itself: --shard I/N");
}

/// mpirun and torchrun start their processes within a step, whose tasks then say nothing of them.
std::optional<Numbered> slurm(const Launched& launched, bool started_by_another) {
  const auto array = launched.slurm_array();
  const auto tasks = started_by_another ? std::nullopt : slurm_tasks(launched);
  if (!array || !tasks) return array ? array : tasks;
  const std::string names = array->names + ", " + tasks->names;
  const auto count = static_cast<std::int64_t>(array->count) * tasks->count;
  if (count > kMostShards) {
    throw UsageError(names + " give " + grouped(count) + " shards; at most " + grouped(kMostShards) + " are allowed" +
                     kAdvice);
  }
  return Numbered{names, array->index * tasks->count + tasks->index, static_cast<int>(count)};
}

std::vector<Numbered> all_given(const Launched& launched) {
  const auto torchrun = launched.torchrun();
  const auto mpi = launched.mpirun();
  std::vector<Numbered> given;
  for (const auto& one : {slurm(launched, torchrun || mpi), launched.indexed_job(), torchrun, mpi}) {
    if (one) given.push_back(*one);
  }
  return given;
}

}  // namespace

ShardNumber shard_from(const launchers::Variables& variables) {
  const auto given = all_given(Launched(variables, kMostShards, kAdvice));
  if (given.empty()) {
    throw UsageError(std::string("--shard env: no scheduler's variables are set (SLURM_ARRAY_TASK_ID, SLURM_PROCID, "
                                 "JOB_COMPLETION_INDEX, RANK, OMPI_COMM_WORLD_RANK)") +
                     kAdvice);
  }
  Numbered chosen = given.front();
  for (const auto& other : given) {
    if (other.count == 1) continue;
    if (chosen.count > 1 && shard_text(chosen) != shard_text(other)) {
      throw UsageError("--shard env: " + chosen.names + " give shard " + shard_text(chosen) + ", but " + other.names +
                       " give " + shard_text(other) + kAdvice);
    }
    chosen = other;
  }
  return {chosen.index, chosen.count};
}

ShardNumber shard_named(const std::string& text, const launchers::Variables& variables) {
  return text == "env" ? shard_from(variables) : shards::shard_number(text);
}

}  // namespace soundfold::sharding
