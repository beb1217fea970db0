// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/dealt_folders.h"

#include "device/parallel.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/logging.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <thread>

namespace soundfold::protocols {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMark = "result.json";  // of a finished training
constexpr const char* kUnfinished = "checkpoint.pt";

/// The files of a folder as CBOR: {name: bytes}.
std::string packed(const fs::path& folder) {
  auto files = nlohmann::json::object();
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!entry.is_regular_file() || name == kUnfinished) continue;
    const auto bytes = read_file(entry.path());
    files[name] = nlohmann::json::binary(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  }
  const auto cbor = nlohmann::json::to_cbor(files);
  return {cbor.begin(), cbor.end()};
}

/// The way back; the mark comes last.
void unpack(const std::string& text, const fs::path& folder) {
  const auto files = nlohmann::json::from_cbor(text);
  make_folder(folder);
  const auto write = [&](const std::string& name) {
    const auto& bytes = files.at(name).get_binary();
    write_file_atomically(folder / name, std::string(bytes.begin(), bytes.end()));
  };
  for (const auto& [name, bytes] : files.items()) {
    if (name != kMark) write(name);
  }
  write(kMark);
}

/// One dealing, as one rank sees it.
class Dealing {
 public:
  Dealing(ranks::Group& group, std::string name, const fs::path& base, const std::vector<fs::path>& folders)
      : group_(group), name_(std::move(name)), base_(base), folders_(folders) {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < folders.size(); ++i) {
      if (!is_finished(i)) open.push_back(i);
    }
    open_ = nlohmann::json::parse(group.broadcast(nlohmann::json(open).dump())).get<std::vector<std::size_t>>();
    coming_.insert(open_.begin(), open_.end());
  }

  void train(int jobs, const std::function<void(std::size_t)>& work) {
    const auto threads = static_cast<std::size_t>(std::max(1, jobs));
    std::atomic<bool> failed{false};
    run_parallel(threads, jobs, [&](std::size_t /*thread*/) {
      try {
        while (!failed && train_next(work)) continue;
      } catch (...) {
        failed = true;
        throw;
      }
    });
  }

  /// Rank 0: writes what the others have finished; false while some are still to come.
  bool collect() {
    for (auto i = coming_.begin(); i != coming_.end();) {
      const auto files = is_finished(*i) ? std::nullopt : group_.take(key_of(*i));
      if (files) unpack(*files, base_ / folders_[*i]);
      i = is_finished(*i) ? coming_.erase(i) : std::next(i);
    }
    return coming_.empty();
  }

  std::string progress_text() const {
    std::size_t finished = 0;
    for (std::size_t i = 0; i < folders_.size(); ++i) finished += is_finished(i) ? 1 : 0;
    return std::to_string(finished) + " of " + std::to_string(folders_.size()) + " trainings are finished";
  }

 private:
  bool is_finished(std::size_t i) const { return fs::exists(base_ / folders_[i] / kMark); }
  std::string key_of(std::size_t i) const { return name_ + " " + std::to_string(i); }

  bool train_next(const std::function<void(std::size_t)>& work) {
    throw_if_interrupted("stopped");
    const auto number = static_cast<std::size_t>(group_.next(name_));
    if (number >= open_.size()) return false;
    const auto i = open_[number];
    work(i);
    logger().debug("rank {}: {} is finished", group_.rank(), folders_[i].string());
    if (group_.rank() != 0) group_.post(key_of(i), packed(base_ / folders_[i]));
    return true;
  }

  ranks::Group& group_;
  const std::string name_;
  const fs::path base_;
  const std::vector<fs::path>& folders_;
  std::vector<std::size_t> open_;  ///< what rank 0 did not have
  std::set<std::size_t> coming_;
};

}  // namespace

void deal_out(ranks::Group& group, const std::string& name, const fs::path& base, const std::vector<fs::path>& folders,
              int jobs, const std::function<void(std::size_t i)>& work) {
  Dealing dealing(group, name, base, folders);
  if (group.rank() != 0) {
    dealing.train(jobs, work);
    group.wait_for_all();
    return;
  }
  try {
    dealing.train(jobs, work);
    while (!dealing.collect()) {
      throw_if_interrupted("stopped");
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  } catch (const Interrupted& stop) {
    throw Interrupted("stopped; " + dealing.progress_text() + "; resume with: trainer --resume " + base.string(),
                      stop.signal);
  } catch (const ranks::RankLost& loss) {
    throw ranks::RankLost(std::string(loss.what()) + "; " + dealing.progress_text());
  }
  group.wait_for_all();
}

}  // namespace soundfold::protocols
