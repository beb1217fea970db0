// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shards/shard_number.h"

#include <functional>
#include <optional>
#include <string>

namespace soundfold::sharding {

/// An environment variable, if it is set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;
/// Those of this process.
std::optional<std::string> process_variable(const std::string& name);

/// The shard that a scheduler gave this process:
/// - Slurm: SLURM_ARRAY_TASK_ID, SLURM_ARRAY_TASK_MIN and SLURM_ARRAY_TASK_COUNT of an array; SLURM_PROCID and
///   SLURM_NTASKS of a task that srun started; both in an array of several tasks each, where those of one element are
///   neighbours;
/// - Kubernetes' Indexed Job: JOB_COMPLETION_INDEX, and JOB_COMPLETIONS, which the job has to set;
/// - torchrun: RANK and WORLD_SIZE;
/// - Open MPI: OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE.
/// One that gives a single shard counts only when no other gives more. Throws UsageError when there is none, one is
/// incomplete or impossible, or two differ.
shards::ShardNumber shard_from(const Variables& variables);

/// Reads "3/8", or "env": shard_from(). Throws UsageError.
shards::ShardNumber shard_named(const std::string& text, const Variables& variables);

}  // namespace soundfold::sharding
