// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ranks/group.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::protocols {

/// Trainings dealt out to the ranks of a group, each to the next rank that has nothing to do. work(i) trains number i
/// into base / folders[i] and leaves a result.json there; `base` is the run's folder on rank 0, another on the other
/// ranks, whose finished folders are sent to rank 0. On return rank 0 has them all. What it has already is not trained
/// again. `name` is that of the group's count; each rank runs `jobs` at once. Throws what `work` throws, RankLost, and
/// Interrupted saying how many are finished.
void deal_out(ranks::Group& group, const std::string& name, const std::filesystem::path& base,
              const std::vector<std::filesystem::path>& folders, int jobs,
              const std::function<void(std::size_t i)>& work);

}  // namespace soundfold::protocols
