// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "launchers/launched.h"

#include <string>

namespace soundfold::ranks {

/// Which of how many processes this one is, and where they meet.
struct Place {
  int rank = 0;
  int size = 1;
  /// Where the ranks find each other: "HOST:PORT", where rank 0 listens, or the path of a file that all can write, with
  /// a '/' in it. Empty when size is 1.
  std::string meeting;
};

/// The place that the process's launcher gave it: torchrun's variables (RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT),
/// else mpirun's, else srun's (launchers::Launched); without any, the only process. `meeting` is --ranks: HOST:PORT or
/// a file's path where they meet; empty: MASTER_ADDR and MASTER_PORT (29500), else 127.0.0.1 when all are on one
/// machine, else srun's first machine; "none": the only process, whatever the variables say. Throws UsageError naming
/// the variable: not a number, without its partner, a rank that is not below the size, nowhere to meet.
Place place_from(const std::string& meeting, const launchers::Variables& variables);

/// The same of this process's environment.
Place place_of_process(const std::string& meeting);

/// The first host of a SLURM list: "node-003" of "node-[003-010,12],gpu1", "rack1n2-ib" of "rack[1-3]n[2,4]-ib".
std::string first_host(const std::string& list);

}  // namespace soundfold::ranks
