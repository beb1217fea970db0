// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launchers/launched.h"
#include "shards/shard_number.h"

#include <string>

namespace soundfold::sharding {

/// The shard that a scheduler gave this process, by what launchers::Launched reads: an element of a Slurm array, a task
/// that srun started, both in an array of several tasks each, where those of one element are neighbours; an index of
/// Kubernetes' Indexed Job; torchrun's and Open MPI's numbers.
/// One that gives a single shard counts only when no other gives more. Throws UsageError when there is none, one is
/// incomplete or impossible, or two differ.
shards::ShardNumber shard_from(const launchers::Variables& variables);

/// Reads "3/8", or "env": shard_from(), of this process where no variables are given. Throws UsageError.
shards::ShardNumber shard_named(const std::string& text,
                                const launchers::Variables& variables = launchers::process_variable);

}  // namespace soundfold::sharding
