// SPDX-License-Identifier: Apache-2.0
#include "sharding/environment.h"

#include "support/errors.h"
#include "text/text.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace soundfold::sharding {
namespace {

using shards::kMostShards;
using shards::ShardNumber;

constexpr const char* kAdvice = "; name the shard itself: --shard I/N, with I from 0 on";

/// What one scheduler's variables say.
struct Given {
  std::string names;
  ShardNumber shard;
};

std::optional<int> number_in(const Variables& variables, const std::string& name) {
  const auto text = variables(name);
  if (!text) return std::nullopt;
  const int number = shards::plain_number(*text, 1 << 30);
  if (number < 0) throw UsageError(name + " is '" + shown(*text) + "', not a whole number" + kAdvice);
  return number;
}

ShardNumber checked(const std::string& names, int index, int count) {
  if (count >= 1 && count <= kMostShards && index >= 0 && index < count) return {index, count};
  throw UsageError(names + " give shard " + std::to_string(index) + " of " + std::to_string(count) + ", but 1 to " +
                   grouped(kMostShards) + " shards are allowed, counted from 0" + kAdvice);
}

/// A pair of variables: index and count.
std::optional<Given> pair_in(const Variables& variables, const std::string& index_name, const std::string& count_name) {
  const auto index = number_in(variables, index_name);
  const auto count = number_in(variables, count_name);
  if (!index && !count) return std::nullopt;
  if (!index || !count) {
    throw UsageError((index ? index_name : count_name) + " is set, but " + (index ? count_name : index_name) +
                     " is not" + kAdvice);
  }
  const std::string names = index_name + " and " + count_name;
  return Given{names, checked(names, *index, *count)};
}

/// An array's element. Of an array with gaps the place is not known.
std::optional<Given> slurm_array(const Variables& variables) {
  const auto id = number_in(variables, "SLURM_ARRAY_TASK_ID");
  if (!id) return std::nullopt;
  const auto first = number_in(variables, "SLURM_ARRAY_TASK_MIN");
  const auto last = number_in(variables, "SLURM_ARRAY_TASK_MAX");
  const auto count = number_in(variables, "SLURM_ARRAY_TASK_COUNT");
  if (!first || !count) {
    throw UsageError(std::string("SLURM_ARRAY_TASK_ID is set, but SLURM_ARRAY_TASK_") + (first ? "COUNT" : "MIN") +
                     " is not" + kAdvice);
  }
  if (last && *last - *first + 1 != *count) {
    throw UsageError("SLURM_ARRAY_TASK_MIN, _MAX and _COUNT are " + std::to_string(*first) + ", " +
                     std::to_string(*last) + " and " + std::to_string(*count) +
                     ": an array with gaps does not say which shard this is; give --shard $SLURM_ARRAY_TASK_ID/N");
  }
  return Given{"SLURM_ARRAY_TASK_*", checked("SLURM_ARRAY_TASK_*", *id - *first, *count)};
}

/// Tasks that srun started. A batch script has SLURM_PROCID 0 and perhaps SLURM_NTASKS too, but is started once.
std::optional<Given> slurm_tasks(const Variables& variables) {
  if (variables("SLURM_STEP_ID")) return pair_in(variables, "SLURM_PROCID", "SLURM_NTASKS");
  const auto tasks = number_in(variables, "SLURM_NTASKS");
  if (!tasks || *tasks <= 1) return std::nullopt;
  throw UsageError("SLURM_NTASKS is " + std::to_string(*tasks) +
                   ", but this process is no task of a step (SLURM_STEP_ID is not set); start it with srun, or name "
                   "the shard itself: --shard I/N");
}

/// mpirun and torchrun start their processes within a step, whose tasks then say nothing of them.
std::optional<Given> slurm(const Variables& variables, bool started_by_another) {
  const auto array = slurm_array(variables);
  const auto tasks = started_by_another ? std::nullopt : slurm_tasks(variables);
  if (!array || !tasks) return array ? array : tasks;
  const std::string names = array->names + ", " + tasks->names;
  const auto count = static_cast<std::int64_t>(array->shard.count) * tasks->shard.count;
  if (count > kMostShards) {
    throw UsageError(names + " give " + grouped(count) + " shards; at most " + grouped(kMostShards) + " are allowed" +
                     kAdvice);
  }
  const int index = array->shard.index * tasks->shard.count + tasks->shard.index;
  return Given{names, checked(names, index, static_cast<int>(count))};
}

std::vector<Given> all_given(const Variables& variables) {
  const auto torchrun = pair_in(variables, "RANK", "WORLD_SIZE");
  const auto mpi = pair_in(variables, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
  std::vector<Given> given;
  for (const auto& one : {slurm(variables, torchrun || mpi),
                          pair_in(variables, "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"), torchrun, mpi}) {
    if (one) given.push_back(*one);
  }
  return given;
}

}  // namespace

std::optional<std::string> process_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

ShardNumber shard_from(const Variables& variables) {
  const auto given = all_given(variables);
  if (given.empty()) {
    throw UsageError(std::string("--shard env: no scheduler's variables are set (SLURM_ARRAY_TASK_ID, SLURM_PROCID, "
                                 "JOB_COMPLETION_INDEX, RANK, OMPI_COMM_WORLD_RANK)") +
                     kAdvice);
  }
  Given chosen = given.front();
  for (const auto& other : given) {
    if (other.shard.count == 1) continue;
    if (chosen.shard.count > 1 && chosen.shard.text() != other.shard.text()) {
      throw UsageError("--shard env: " + chosen.names + " give shard " + chosen.shard.text() + ", but " + other.names +
                       " give " + other.shard.text() + kAdvice);
    }
    chosen = other;
  }
  return chosen.shard;
}

ShardNumber shard_named(const std::string& text, const Variables& variables) {
  return text == "env" ? shard_from(variables) : shards::shard_number(text);
}

}  // namespace soundfold::sharding
