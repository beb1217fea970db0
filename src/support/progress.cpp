// SPDX-License-Identifier: Apache-2.0
#include "support/progress.h"

#include "support/files.h"
#include "support/logging.h"

#include <algorithm>
#include <cstdio>

namespace soundfold {
namespace {

constexpr auto kBarInterval = std::chrono::milliseconds(100);
constexpr auto kLineInterval = std::chrono::seconds(10);
constexpr int kBarWidth = 30;

}  // namespace

Progress::Progress(std::string what, std::int64_t total, std::string unit)
    : what_(std::move(what)),
      unit_(std::move(unit)),
      total_(total),
      bar_(progress_bars_wanted()),
      start_(std::chrono::steady_clock::now()),
      last_drawn_(start_) {}

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
  draw(false);
}

void Progress::set_note(std::string note) {
  const std::lock_guard<std::mutex> lock(mutex_);
  note_ = std::move(note);
}

void Progress::finish() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (finished_) return;
  finished_ = true;
  if (bar_) draw(true);
}

std::string Progress::amount(std::int64_t count) const {
  return unit_ == "bytes" ? human_size(static_cast<std::uintmax_t>(count)) : std::to_string(count);
}

void Progress::draw(bool last) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double fraction = total_ > 0 ? std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_)) : 0.0;
  std::string text =
      what_ + " " + amount(done_) + (total_ > 0 ? "/" + amount(total_) : "") + (unit_ == "bytes" ? "" : " " + unit_);
  if (!last && fraction > 0.01) {
    text +=
        ", about " + std::to_string(static_cast<std::int64_t>(seconds * (1.0 - fraction) / fraction) + 1) + " s left";
  }
  if (!note_.empty()) text += ", " + note_;
  if (!bar_) {
    logger().info("{}", text);
    return;
  }
  const int filled = static_cast<int>(fraction * kBarWidth);
  const std::string bar = std::string(static_cast<std::size_t>(filled), '=') +
                          std::string(static_cast<std::size_t>(kBarWidth - filled), ' ');
  std::fprintf(stderr, "\r\033[K[%s] %s%s", bar.c_str(), text.c_str(), last ? "\n" : "");
  std::fflush(stderr);
}

}  // namespace soundfold
