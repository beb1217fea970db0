// SPDX-License-Identifier: Apache-2.0
#include "audit/file_digests.h"

#include "support/errors.h"
#include "support/file_state.h"
#include "support/hashing.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"
#include "support/threads.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace soundfold::audit {
namespace fs = std::filesystem;
namespace {

std::optional<FileState> state_of(const fs::path& path) {
  try {
    return file_state(path);
  } catch (const DataError&) {
    return std::nullopt;
  }
}

/// Nothing for a path that came before.
std::vector<std::optional<FileState>> states_of(const std::vector<fs::path>& paths) {
  std::vector<std::optional<FileState>> states;
  states.reserve(paths.size());
  std::unordered_set<std::string> seen;
  for (const auto& path : paths) {
    states.push_back(seen.insert(path.string()).second ? state_of(path) : std::nullopt);
  }
  return states;
}

/// Places of the files that share their size with another.
std::vector<std::size_t> of_equal_sizes(const std::vector<std::optional<FileState>>& states) {
  std::unordered_map<std::uintmax_t, std::size_t> files_of_size;
  for (const auto& state : states) {
    if (state) ++files_of_size[state->size];
  }
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (states[i] && files_of_size[states[i]->size] > 1) places.push_back(i);
  }
  return places;
}

/// The digests of one list of files, found by several threads.
class Digests {
 public:
  Digests(const std::vector<fs::path>& paths, store::Store* store)
      : paths_(paths),
        store_(store),
        states_(states_of(paths)),
        places_(of_equal_sizes(states_)),
        digests_(paths.size()),
        progress_("comparing files", static_cast<std::int64_t>(places_.size()), "files") {}

  /// What one of the threads does.
  void work() noexcept {
    try {
      for (std::size_t next = next_++; next < places_.size() && interrupt_signal() == 0; next = next_++) {
        find(places_[next]);
        progress_.advance();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
    }
  }

  std::vector<std::string> finish() {
    throw_if_interrupted("stopped");
    if (failure_) std::rethrow_exception(failure_);
    remember();
    return std::move(digests_);
  }

  std::size_t count() const { return places_.size(); }

 private:
  /// Remembering only saves time: a full disk is no reason to stop here.
  void remember() {
    if (store_ == nullptr || store_->read_only()) return;
    try {
      store_->remember(hashed_);
    } catch (const DataError& error) {
      logger().debug("{}", error.what());
    }
  }

  void find(std::size_t place) {
    const FileState& state = *states_[place];
    if (store_ != nullptr) {
      if (const auto known = store_->remembered(paths_[place], state)) {
        digests_[place] = *known;
        return;
      }
    }
    const std::int64_t started_ns = now_ns();
    try {
      digests_[place] = hash_file(HashKind::xxh3_128, paths_[place]);
    } catch (const DataError&) {
      return;
    }
    if (recently_changed(state, started_ns) || state_of(paths_[place]) != state) return;
    const std::lock_guard lock(mutex_);
    hashed_.push_back({paths_[place], state, digests_[place]});
  }

  const std::vector<fs::path>& paths_;
  store::Store* store_;
  std::vector<std::optional<FileState>> states_;
  std::vector<std::size_t> places_;  ///< of the files to compare
  std::vector<std::string> digests_;
  Progress progress_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::vector<store::Store::FileDigest> hashed_;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<std::string> digests_of_equal_sizes(const std::vector<fs::path>& paths, store::Store* store, int threads) {
  Digests digests(paths, store);
  const auto wanted = static_cast<std::size_t>(thread_count(threads));
  run_on_threads(std::max<std::size_t>(1, std::min(wanted, digests.count())), [&] { digests.work(); });
  return digests.finish();
}

}  // namespace soundfold::audit
