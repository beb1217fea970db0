// SPDX-License-Identifier: Apache-2.0
#include "ranks/place.h"

#include "support/errors.h"
#include "support/hashing.h"
#include "text/text.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace soundfold::ranks {
namespace {

constexpr int kMostRanks = 1 << 16;
constexpr const char* kDefaultPort = "29500";  // torchrun's
constexpr const char* kAdvice = "; --ranks none runs without other ranks";

using launchers::Variables;

std::string value_of(const Variables& variables, const char* name) {
  return variables(name).value_or("");
}

/// A port that all processes of a job agree on and that others seldom have: below the range that systems give away.
std::string port_of_job(const std::string& job) {
  return std::to_string(20000 + checksum64(job.data(), job.size()) % 10000);
}

/// Where mpirun's processes meet without MASTER_ADDR; empty when that is not known.
std::string meeting_of_mpirun(const Variables& variables, std::string port) {
  const auto value = [&](const char* name) { return value_of(variables, name); };
  if (port.empty()) port = port_of_job("mpirun " + value("PMIX_NAMESPACE") + value("OMPI_MCA_ess_base_jobid"));
  const bool together = value("OMPI_COMM_WORLD_LOCAL_SIZE") == value("OMPI_COMM_WORLD_SIZE");
  return together ? "127.0.0.1:" + port : "";
}

/// The same of a step's tasks.
std::string meeting_of_srun(const Variables& variables, std::string port) {
  const auto value = [&](const char* name) { return value_of(variables, name); };
  if (port.empty()) port = port_of_job("srun " + value("SLURM_JOB_ID") + "." + value("SLURM_STEP_ID"));
  const auto nodes = value("SLURM_STEP_NUM_NODES").empty() ? value("SLURM_NNODES") : value("SLURM_STEP_NUM_NODES");
  if (nodes == "1") return "127.0.0.1:" + port;
  const auto list = value("SLURM_STEP_NODELIST");
  const auto host = first_host(list.empty() ? value("SLURM_JOB_NODELIST") : list);
  return host.empty() ? "" : host + ":" + port;
}

void check_meeting(const std::string& meeting) {
  if (meeting.find('/') != std::string::npos) return;  // a file
  const auto colon = meeting.rfind(':');
  const bool named = colon != std::string::npos && colon > 0;
  const int port = named ? plain_number(std::string_view(meeting).substr(colon + 1), 65535) : -1;
  if (port >= 1) return;
  throw UsageError("the ranks cannot meet at '" + shown(meeting) +
                   "': give HOST:PORT, with a port from 1 to 65535, or a file's path with a '/' in it");
}

}  // namespace

std::string first_host(const std::string& list) {
  std::string host;
  for (std::size_t at = 0; at < list.size() && list[at] != ',';) {
    if (list[at] != '[') {
      host += list[at++];
      continue;
    }
    const auto end = std::min(list.find(']', at), list.size());
    host += list.substr(at + 1, std::min(list.find_first_of("-,", at), end) - at - 1);
    at = end + 1;
  }
  return host;
}

Place place_from(const std::string& meeting, const Variables& variables) {
  Place place;
  if (meeting == "none") return place;
  const launchers::Launched launched(variables, kMostRanks, kAdvice);
  const auto by_torchrun = launched.torchrun();
  const auto by_mpirun = by_torchrun ? std::nullopt : launched.mpirun();
  const auto placed = by_torchrun ? by_torchrun : by_mpirun ? by_mpirun : launched.srun();
  if (!placed && !meeting.empty()) {
    throw UsageError(
        "--ranks " + shown(meeting) +
        ": which rank is this, of how many? Set RANK and WORLD_SIZE, or start by mpirun, srun or torchrun");
  }
  if (!placed || placed->count == 1) return place;
  place = {placed->index, placed->count, meeting};
  const auto host = value_of(variables, "MASTER_ADDR"), port = value_of(variables, "MASTER_PORT");
  if (place.meeting.empty()) {
    place.meeting = !host.empty() ? host + ":" + (port.empty() ? kDefaultPort : port)
                    : by_torchrun ? ""
                    : by_mpirun   ? meeting_of_mpirun(variables, port)
                                  : meeting_of_srun(variables, port);
  }
  if (place.meeting.empty()) {
    throw UsageError(
        "MASTER_ADDR is not set: where do the ranks meet? Set it to the machine of rank 0 (and MASTER_PORT to a free "
        "port there), or give --ranks HOST:PORT or --ranks FILE");
  }
  check_meeting(place.meeting);
  return place;
}

Place place_of_process(const std::string& meeting) {
  return place_from(meeting, launchers::process_variable);
}

}  // namespace soundfold::ranks
