// SPDX-License-Identifier: Apache-2.0
#include "support/progress.h"

#include "support/files.h"
#include "support/logging.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace soundfold {
namespace {

constexpr auto kBarInterval = std::chrono::milliseconds(100);
constexpr auto kLineInterval = std::chrono::seconds(10);
constexpr std::size_t kBarWidth = 20;
constexpr double kMarksPerRun = 64;  ///< what is remembered of the speed

/// At most `columns` of `text`, cut before a character of UTF-8.
std::string cut_to(const std::string& text, std::size_t columns) {
  std::size_t bytes = 0;
  for (std::size_t characters = 0; bytes < text.size(); ++bytes) {
    const bool continues = (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U;
    if (!continues && characters++ == columns) break;
  }
  return text.substr(0, bytes);
}

std::string bar_of(double fraction) {
  const auto filled = static_cast<std::size_t>(std::clamp(fraction, 0.0, 1.0) * static_cast<double>(kBarWidth));
  return "[" + std::string(filled, '=') + std::string(kBarWidth - filled, ' ') + "] ";
}

}  // namespace

void WorkRate::add(double seconds, std::int64_t done) {
  if (marks_.size() > 1 && seconds - marks_[marks_.size() - 2].seconds < seconds / kMarksPerRun) marks_.pop_back();
  marks_.push_back({seconds, done});
  while (marks_.size() > 2 && marks_[1].seconds <= seconds / 2) marks_.pop_front();
}

double WorkRate::per_second() const {
  if (marks_.size() < 2) return 0;
  const double passed = marks_.back().seconds - marks_.front().seconds;
  return passed > 0 ? static_cast<double>(marks_.back().done - marks_.front().done) / passed : 0;
}

std::string rate_text(double per_second, const std::string& unit) {
  if (!(per_second > 0)) return "";
  if (unit == "bytes") return human_size(static_cast<std::uintmax_t>(per_second)) + "/s";
  double rate = per_second;
  const char* time = "/s";
  if (rate < 1) {
    rate = per_second * 60;
    time = "/min";
  }
  if (rate < 1) {
    rate = per_second * 3600;
    time = "/h";
  }
  char number[32];
  std::snprintf(number, sizeof number, rate < 100 ? "%.1f" : "%.0f", rate);
  return std::string(number) + " " + unit + time;
}

std::string duration_text(double seconds) {
  const auto all = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  if (all < 60) return std::to_string(all) + " s";
  if (all < 3600) return std::to_string(all / 60) + " min " + std::to_string(all % 60) + " s";
  return std::to_string(all / 3600) + " h " + std::to_string(all % 3600 / 60) + " min";
}

Progress::Progress(std::string what, std::int64_t total, std::string unit)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      bar_(progress_bars_wanted()),
      start_(std::chrono::steady_clock::now()),
      last_drawn_(start_) {
  rate_.add(0, 0);
}

Progress::~Progress() {
  finish();
}

void Progress::advance(std::int64_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  done_ += count;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_drawn_ < (bar_ ? std::chrono::milliseconds(kBarInterval) : std::chrono::milliseconds(kLineInterval))) {
    return;
  }
  last_drawn_ = now;
  rate_.add(seconds(), done_ - skipped_);
  draw();
}

void Progress::skip(std::int64_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  done_ += count;
  skipped_ += count;
}

void Progress::set_note(std::string note) {
  const std::lock_guard<std::mutex> lock(mutex_);
  note_ = std::move(note);
}

void Progress::finish() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (finished_) return;
  finished_ = true;
  if (!drawn_) return;
  if (bar_) show_status_line("");
  const double passed = seconds();
  const auto rate = rate_text(passed > 0 ? static_cast<double>(done_ - skipped_) / passed : 0, unit_);
  logger().info("{} in {}{}{}", amounts(), duration_text(passed), rate.empty() ? "" : ", " + rate,
                note_.empty() ? "" : ", " + note_);
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

/// "extracting 812/2000 clips"; "extracting 2000 clips" at the end.
std::string Progress::amounts() const {
  const bool bytes = unit_ == "bytes";
  const auto text = [&](std::int64_t count) {
    return bytes ? human_size(static_cast<std::uintmax_t>(count)) : std::to_string(count);
  };
  return what_ + " " + text(done_) +
         (total_ > 0 && !(finished_ && done_ == total_) ? (bytes ? " of " : "/") + text(total_) : "") +
         (bytes ? "" : " " + unit_);
}

/// The same with ", 167 clips/s, about 7 s left" and the note.
std::string Progress::running_text() const {
  std::string text = amounts();
  const double rate = rate_.per_second();
  if (rate > 0) text += ", " + rate_text(rate, unit_);
  if (rate > 0 && total_ > done_) {
    text += ", about " + duration_text(std::ceil(static_cast<double>(total_ - done_) / rate)) + " left";
  }
  return text + (note_.empty() ? "" : ", " + note_);
}

void Progress::draw() {
  drawn_ = true;
  if (!bar_) {
    logger().info("{}", running_text());
    return;
  }
  const auto bar = total_ > 0 ? bar_of(static_cast<double>(done_) / static_cast<double>(total_)) : std::string();
  show_status_line(cut_to(bar + running_text(), terminal_columns() - 1));
}

}  // namespace soundfold
