// SPDX-License-Identifier: Apache-2.0
#include "launchers/launched.h"

#include "support/errors.h"
#include "text/text.h"

#include <cstdlib>

namespace soundfold::launchers {
namespace {

constexpr int kLargest = 1 << 30;

}  // namespace

std::optional<std::string> process_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

void Launched::refuse(const std::string& problem) const {
  throw UsageError(problem + advice_);
}

std::optional<int> Launched::number(const std::string& name) const {
  const auto text = variables_(name);
  if (!text) return std::nullopt;
  const int number = plain_number(*text, kLargest);
  if (number < 0) refuse(name + " is '" + shown(*text) + "', not a whole number");
  return number;
}

Numbered Launched::checked(const std::string& names, int index, int count) const {
  if (count >= 1 && count <= most_ && index >= 0 && index < count) return {names, index, count};
  refuse(names + " give number " + std::to_string(index) + " of " + std::to_string(count) + ", but 1 to " +
         grouped(most_) + " are allowed, counted from 0");
}

std::optional<Numbered> Launched::pair(const std::string& index_name, const std::string& count_name) const {
  const auto index = number(index_name);
  const auto count = number(count_name);
  if (!index && !count) return std::nullopt;
  if (!index || !count) {
    refuse((index ? index_name : count_name) + " is set, but " + (index ? count_name : index_name) + " is not");
  }
  return checked(index_name + " and " + count_name, *index, *count);
}

std::optional<Numbered> Launched::torchrun() const {
  return pair("RANK", "WORLD_SIZE");
}

std::optional<Numbered> Launched::mpirun() const {
  return pair("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE");
}

std::optional<Numbered> Launched::srun() const {
  if (!variables_("SLURM_STEP_ID")) return std::nullopt;
  return pair("SLURM_PROCID", variables_("SLURM_STEP_NUM_TASKS") ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS");
}

std::optional<Numbered> Launched::slurm_array() const {
  const auto id = number("SLURM_ARRAY_TASK_ID");
  if (!id) return std::nullopt;
  const auto first = number("SLURM_ARRAY_TASK_MIN");
  const auto last = number("SLURM_ARRAY_TASK_MAX");
  const auto count = number("SLURM_ARRAY_TASK_COUNT");
  if (!first || !count) {
    refuse(std::string("SLURM_ARRAY_TASK_ID is set, but SLURM_ARRAY_TASK_") + (first ? "COUNT" : "MIN") + " is not");
  }
  if (last && *last - *first + 1 != *count) {
    refuse("SLURM_ARRAY_TASK_MIN, _MAX and _COUNT are " + std::to_string(*first) + ", " + std::to_string(*last) +
           " and " + std::to_string(*count) + ": an array with gaps does not say which of how many element " +
           std::to_string(*id) + " is");
  }
  return checked("SLURM_ARRAY_TASK_*", *id - *first, *count);
}

std::optional<Numbered> Launched::indexed_job() const {
  return pair("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS");
}

}  // namespace soundfold::launchers
