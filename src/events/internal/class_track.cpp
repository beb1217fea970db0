// SPDX-License-Identifier: Apache-2.0
#include "events/internal/class_track.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace soundfold::events {
namespace {

constexpr double kTimeRounding = 1e-6;  ///< s; sums of hops are not exact

}  // namespace

ClassTrack::ClassTrack(std::string label, const EventRule& rule, double hop_s, Tell tell)
    : label_(std::move(label)),
      rule_(rule),
      hop_s_(hop_s),
      tell_(std::move(tell)),
      reach_(static_cast<std::size_t>(std::floor(rule.smooth_s / 2 / hop_s + kTimeRounding))),
      allowed_from_s_(-std::numeric_limits<double>::infinity()) {}

void ClassTrack::add(const Window& window) {
  if (reach_ == 0) return take(window);
  waiting_.push_back(window);
  if (waiting_.size() - smoothed_ > reach_) smooth(reach_);
}

/// Takes the oldest window that was not taken yet, averaged with up to `newer` later ones.
void ClassTrack::smooth(std::size_t newer) {
  Window window = waiting_[smoothed_];
  const std::size_t first = smoothed_ - std::min(smoothed_, reach_);
  const std::size_t last = std::min(waiting_.size() - 1, smoothed_ + newer);
  double sum = 0;
  for (std::size_t i = first; i <= last; ++i) sum += waiting_[i].probability;
  window.probability = sum / static_cast<double>(last - first + 1);
  ++smoothed_;
  if (smoothed_ > reach_) {
    waiting_.pop_front();
    --smoothed_;
  }
  take(window);
}

void ClassTrack::finish(double end_s) {
  while (smoothed_ < waiting_.size()) smooth(reach_);
  if (event_) {
    event_->event.end_s = in_event_ ? end_s : std::min(event_->event.end_s, end_s);
    begin_if_sure();
    end_event();
  }
  run_.reset();
  waiting_.clear();
  smoothed_ = 0;
}

void ClassTrack::take(const Window& window) {
  const bool above = window.probability >= rule_.off && window.begin_s + kTimeRounding >= allowed_from_s_;
  if (!above) {
    run_.reset();
    in_event_ = false;
  } else if (in_event_) {
    extend(*event_, window);
  } else {
    if (!run_) {
      run_ = Run();
      run_->event.label = label_;
      run_->event.start_s = window.begin_s;
    }
    extend(*run_, window);
  }
  const double quiet_until_s = run_ ? run_->event.start_s : window.end_s;
  if (event_ && !in_event_ && quiet_until_s - event_->event.end_s > rule_.max_gap_s + kTimeRounding) end_event();
  if (run_ && run_->event.start_s + kTimeRounding < allowed_from_s_) run_.reset();  // the event that ended just now
  if (run_ && run_->reached_on) join(*std::exchange(run_, std::nullopt));
  begin_if_sure();
}

void ClassTrack::extend(Run& run, const Window& window) const {
  Event& event = run.event;
  event.end_s = window.end_s;
  if (run.windows == 0 || window.probability > event.probability) {
    event.probability = window.probability;
    event.peak_s = (window.begin_s + window.end_s) / 2;
  }
  event.level_dbfs = run.windows == 0 ? window.level_dbfs : std::max<double>(event.level_dbfs, window.level_dbfs);
  run.sum += window.probability;
  ++run.windows;
  event.mean_probability = run.sum / static_cast<double>(run.windows);
  if (window.probability >= rule_.on && window.level_dbfs >= rule_.min_level_dbfs) run.reached_on = true;
}

void ClassTrack::join(const Run& run) {
  in_event_ = true;
  if (!event_) {
    event_ = run;
    return;
  }
  Event& event = event_->event;
  event.end_s = run.event.end_s;
  if (run.event.probability > event.probability) {
    event.probability = run.event.probability;
    event.peak_s = run.event.peak_s;
  }
  event.level_dbfs = std::max(event.level_dbfs, run.event.level_dbfs);
  event_->sum += run.sum;
  event_->windows += run.windows;
  event.mean_probability = event_->sum / static_cast<double>(event_->windows);
}

void ClassTrack::begin_if_sure() {
  if (!event_ || id_ != 0) return;
  if (event_->event.end_s - event_->event.start_s + kTimeRounding < rule_.min_duration_s) return;
  tell_(EventState::begun, id_, trimmed_event(*event_));
}

void ClassTrack::end_event() {
  if (id_ != 0) {
    tell_(EventState::ended, id_, trimmed_event(*event_));
    allowed_from_s_ = event_->event.end_s + rule_.cooldown_s;
  }
  id_ = 0;
  event_.reset();
  in_event_ = false;
}

Event ClassTrack::trimmed_event(const Run& run) const {
  Event event = run.event;
  const double length_s = event.end_s - event.start_s;
  const double kept_s = std::max(length_s - 2 * rule_.trim_s, std::min(hop_s_, length_s));
  const double taken_s = (length_s - kept_s) / 2;
  event.start_s += taken_s;
  event.end_s -= taken_s;
  return event;
}

}  // namespace soundfold::events
