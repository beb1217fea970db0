// SPDX-License-Identifier: Apache-2.0
#include "ranks/internal/watch.h"

#include "ranks/internal/first_line.h"
#include "support/threads.h"
#include "text/text.h"

#include <charconv>

namespace soundfold::ranks {
namespace {

constexpr std::chrono::milliseconds kBeat{500};
constexpr std::chrono::seconds kForReaders{5};
constexpr const char* kFinding = "finding";
constexpr const char* kTrouble = "trouble";

std::string beat_key(int rank) {
  return "beat/" + std::to_string(rank);
}

std::string left_key(int rank) {
  return "left/" + std::to_string(rank);
}

std::string finding_of(const Loss& loss) {
  return std::to_string(loss.rank) + " " + loss.reason;
}

Loss loss_of(const std::string& text) {
  Loss loss;
  const auto blank = text.find(' ');
  std::from_chars(text.data(), text.data() + blank, loss.rank);
  loss.reason = text.substr(blank + 1);
  return loss;
}

}  // namespace

Watch::Watch(Meeting& meeting, const Place& place, const Patience& patience)
    : meeting_(meeting), place_(place), patience_(patience), thread_(start_thread([this] { beat(); })) {}

Watch::~Watch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watch::beat() {
  std::int64_t count = 0;
  while (true) {
    try {
      meeting_.set(beat_key(place_.rank), std::to_string(++count));
      look();
      const std::lock_guard lock(mutex_);
      answered_ = std::chrono::steady_clock::now();
    } catch (const std::exception& error) {
      // Rank 0 serves the meeting: it is there as long as rank 0 is.
      settle({place_.rank == 0 ? -1 : 0,
              "is missing: it serves the meeting of the ranks, which is gone (" + first_line(error.what()) + ")"});
    }
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, kBeat, [this] { return stopping_ || loss_.has_value(); })) return;
  }
}

void Watch::look() {
  if (const auto finding = meeting_.get(kFinding)) {
    settle(loss_of(*finding));
    return;
  }
  const bool trouble = meeting_.get(kTrouble).has_value();
  const auto limit = trouble ? patience_.silence_in_trouble : patience_.silence;
  const int last = place_.rank == 0 ? place_.size - 1 : 0;
  for (int rank = 0; rank <= last; ++rank) {
    if (rank != place_.rank) look_at(rank, limit);
  }
}

void Watch::look_at(int rank, std::chrono::milliseconds limit) {
  auto& sign = signs_[rank];
  const auto now = std::chrono::steady_clock::now();
  if (const auto count = meeting_.get(beat_key(rank)); count && *count != sign.count) {
    sign = {*count, now};
    return;
  }
  const auto silent = std::chrono::duration<double>(now - sign.changed);
  if (silent < limit) return;
  const Loss loss{rank, "is missing: no sign of life from it for " + fixed(silent.count(), 0) +
                            " s: it was killed, or its machine cannot be reached"};
  if (place_.rank == 0) meeting_.set(kFinding, finding_of(loss));
  settle(loss);
}

void Watch::settle(const Loss& loss) {
  {
    const std::lock_guard lock(mutex_);
    if (!loss_) loss_ = loss;
  }
  changed_.notify_all();
}

std::optional<Loss> Watch::loss() {
  const bool stuck = is_stuck();
  const std::lock_guard lock(mutex_);
  if (!loss_ && stuck) loss_ = {0, "is missing: the meeting of the ranks, which it serves, does not answer"};
  return loss_;
}

bool Watch::is_stuck() {
  const std::lock_guard lock(mutex_);
  return place_.rank != 0 && std::chrono::steady_clock::now() - answered_ > patience_.silence;
}

Loss Watch::find_cause(const std::string& error) {
  try {
    meeting_.set(kTrouble, "1");
  } catch (const std::exception&) {
    // The beating thread finds the same out.
  }
  std::unique_lock lock(mutex_);
  const auto limit = 2 * patience_.silence_in_trouble + 4 * kBeat;
  if (changed_.wait_for(lock, limit, [this] { return loss_.has_value(); })) return *loss_;
  return {-1, error};
}

void Watch::leave(const std::string& reason) {
  if (is_stuck()) return;
  try {
    if (!reason.empty() && !meeting_.get(kFinding)) {
      meeting_.set(kFinding, finding_of({place_.rank, "ended: " + first_line(reason)}));
    }
    meeting_.set(left_key(place_.rank), "1");
    if (place_.rank == 0) wait_for_readers();
  } catch (const std::exception&) {
    // The meeting is gone: there is nobody to tell.
  }
}

void Watch::wait_for_readers() {
  const auto end = std::chrono::steady_clock::now() + kForReaders;
  const auto lost = loss();
  for (int rank = 1; rank < place_.size; ++rank) {
    if (lost && lost->rank == rank) continue;
    while (!meeting_.get(left_key(rank)) && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

}  // namespace soundfold::ranks
