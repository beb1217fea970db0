// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

/// What Slurm, Kubernetes, torchrun and mpirun put into the environment of the processes that they start.
namespace soundfold::launchers {

/// The value of an environment variable, if it is set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;
/// Of this process.
std::optional<std::string> process_variable(const std::string& name);

/// Which of how many a process, or an element of an array, is.
struct Numbered {
  std::string names;  ///< the variables that say so, for messages: "RANK and WORLD_SIZE"
  int index = 0;      ///< from 0 to below `count`
  int count = 1;
};

/// The variables of one process, read in one way for all who ask. Each function but the last gives nothing when its
/// launcher did not start the process, and throws UsageError, which names the variables and ends with the advice, when
/// they are incomplete, no whole numbers, or impossible.
class Launched {
 public:
  /// Counts above `most` are refused. `advice` tells what to do without such variables: "; --ranks none runs ...".
  Launched(Variables variables, int most, std::string advice)
      : variables_(std::move(variables)), most_(most), advice_(std::move(advice)) {}

  /// torchrun, and who sets its variables: RANK and WORLD_SIZE.
  std::optional<Numbered> torchrun() const;
  /// Open MPI: OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE.
  std::optional<Numbered> mpirun() const;
  /// A task of a step of Slurm: SLURM_PROCID, and SLURM_STEP_NUM_TASKS or else SLURM_NTASKS, where SLURM_STEP_ID is
  /// set. A batch script is no task: it runs once, though it has SLURM_PROCID and may have SLURM_NTASKS.
  std::optional<Numbered> srun() const;
  /// An element of an array of Slurm jobs: SLURM_ARRAY_TASK_ID, _MIN and _COUNT. Throws for an array with gaps, too: it
  /// does not say which of how many an element is.
  std::optional<Numbered> slurm_array() const;
  /// Kubernetes' Indexed Job: JOB_COMPLETION_INDEX, and JOB_COMPLETIONS, which the job has to set.
  std::optional<Numbered> indexed_job() const;

  /// A variable that is a whole number from 0 on. Throws UsageError when it is set to anything else.
  std::optional<int> number(const std::string& name) const;

 private:
  std::optional<Numbered> pair(const std::string& index_name, const std::string& count_name) const;
  Numbered checked(const std::string& names, int index, int count) const;
  [[noreturn]] void refuse(const std::string& problem) const;

  Variables variables_;
  int most_;
  std::string advice_;
};

}  // namespace soundfold::launchers
