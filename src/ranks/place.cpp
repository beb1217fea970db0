// SPDX-License-Identifier: Apache-2.0
#include "ranks/place.h"

#include "support/errors.h"
#include "support/hashing.h"
#include "text/text.h"

#include <charconv>
#include <cstdlib>

namespace soundfold::ranks {
namespace {

constexpr int kMostRanks = 1 << 16;
constexpr const char* kDefaultPort = "29500";  // torchrun's

/// The variables of one launcher.
struct Launcher {
  const char *rank, *size;
};
constexpr Launcher kTorchrun = {"RANK", "WORLD_SIZE"};
constexpr Launcher kMpirun = {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"};
constexpr Launcher kSrun = {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"};
constexpr Launcher kOlderSrun = {"SLURM_PROCID", "SLURM_NTASKS"};

std::string value_of(const Variables& variables, const char* name) {
  const char* value = variables(name);
  return value == nullptr ? "" : value;
}

int number_of(const Variables& variables, const char* name, int least) {
  const auto text = value_of(variables, name);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > kMostRanks) {
    throw UsageError(std::string(name) + ": '" + shown(text) + "' is set, a whole number from " +
                     std::to_string(least) + " is needed; --ranks none runs without other ranks");
  }
  return number;
}

/// Rank and size by a launcher's variables; false: it did not start this process.
bool placed_by(const Launcher& launcher, const Variables& variables, Place& place) {
  const bool ranked = variables(launcher.rank) != nullptr, sized = variables(launcher.size) != nullptr;
  if (!ranked && !sized) return false;
  if (!ranked || !sized) {
    throw UsageError(std::string(ranked ? launcher.rank : launcher.size) + " is set and " +
                     (ranked ? launcher.size : launcher.rank) +
                     " is not; set both, or give --ranks none to run without other ranks");
  }
  place.rank = number_of(variables, launcher.rank, 0);
  place.size = number_of(variables, launcher.size, 1);
  if (place.rank < place.size) return true;
  throw UsageError(std::string(launcher.rank) + ": " + std::to_string(place.rank) + " with " + launcher.size + " " +
                   std::to_string(place.size) + "; ranks count from 0 to " + std::to_string(place.size - 1));
}

/// A port that all processes of a job agree on and that others seldom have: below the range that systems give away.
std::string port_of_job(const std::string& job) {
  return std::to_string(20000 + checksum64(job.data(), job.size()) % 10000);
}

bool is_set(const Variables& variables, const Launcher& launcher) {
  return variables(launcher.rank) != nullptr;
}

std::string meeting_of_job(const Variables& variables) {
  const auto value = [&](const char* name) { return value_of(variables, name); };
  auto port = value("MASTER_PORT");
  if (const auto host = value("MASTER_ADDR"); !host.empty()) return host + ":" + (port.empty() ? kDefaultPort : port);
  if (is_set(variables, kTorchrun)) return "";
  if (is_set(variables, kMpirun)) {
    if (port.empty()) port = port_of_job("mpirun " + value("PMIX_NAMESPACE") + value("OMPI_MCA_ess_base_jobid"));
    const bool together = value("OMPI_COMM_WORLD_LOCAL_SIZE") == value("OMPI_COMM_WORLD_SIZE");
    return together ? "127.0.0.1:" + port : "";
  }
  if (port.empty()) port = port_of_job("srun " + value("SLURM_JOB_ID") + "." + value("SLURM_STEP_ID"));
  if (value("SLURM_STEP_NUM_NODES") == "1" || value("SLURM_NNODES") == "1") return "127.0.0.1:" + port;
  const auto host =
      first_host(value("SLURM_STEP_NODELIST").empty() ? value("SLURM_JOB_NODELIST") : value("SLURM_STEP_NODELIST"));
  return host.empty() ? "" : host + ":" + port;
}

void check_meeting(const std::string& meeting) {
  if (meeting.find('/') != std::string::npos) return;  // a file
  const auto colon = meeting.rfind(':');
  int port = 0;
  if (colon != std::string::npos && colon > 0) {
    const auto [end, error] = std::from_chars(meeting.data() + colon + 1, meeting.data() + meeting.size(), port);
    if (error != std::errc() || end != meeting.data() + meeting.size()) port = 0;
  }
  if (port >= 1 && port <= 65535) return;
  throw UsageError("the ranks cannot meet at '" + shown(meeting) +
                   "': give HOST:PORT, with a port from 1 to 65535, or a file's path with a '/' in it");
}

}  // namespace

std::string first_host(const std::string& list) {
  const auto bracket = list.find('['), comma = list.find(',');
  if (bracket == std::string::npos || comma < bracket) return list.substr(0, comma);
  return list.substr(0, bracket) + list.substr(bracket + 1, list.find_first_of("-,]", bracket) - bracket - 1);
}

Place place_from(const std::string& meeting, const Variables& variables) {
  Place place;
  if (meeting == "none") return place;
  const auto& srun = variables(kSrun.size) != nullptr ? kSrun : kOlderSrun;
  // Outside of srun, in a batch script, SLURM_NTASKS is set alone.
  const bool placed = placed_by(kTorchrun, variables, place) || placed_by(kMpirun, variables, place) ||
                      (is_set(variables, srun) && placed_by(srun, variables, place));
  if (!placed && !meeting.empty()) {
    throw UsageError(
        "--ranks " + shown(meeting) +
        ": which rank is this, of how many? Set RANK and WORLD_SIZE, or start by mpirun, srun or torchrun");
  }
  if (place.size == 1) return place;
  place.meeting = meeting.empty() ? meeting_of_job(variables) : meeting;
  if (place.meeting.empty()) {
    throw UsageError(
        "MASTER_ADDR is not set: where do the ranks meet? Set it to the machine of rank 0 (and MASTER_PORT to a free "
        "port there), or give --ranks HOST:PORT or --ranks FILE");
  }
  check_meeting(place.meeting);
  return place;
}

Place place_of_process(const std::string& meeting) {
  return place_from(meeting, [](const char* name) { return std::getenv(name); });
}

}  // namespace soundfold::ranks
