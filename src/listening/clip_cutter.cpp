// SPDX-License-Identifier: Apache-2.0
#include "listening/clip_cutter.h"

#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace soundfold::listening {
namespace {

constexpr std::size_t kMostNameBytes = 120;

}  // namespace

std::string file_name_of(const std::string& name) {
  std::string text = name.substr(0, kMostNameBytes);
  while (!text.empty() && text.size() < name.size() &&
         (static_cast<unsigned char>(name[text.size()]) & 0xC0U) == 0x80) {
    text.pop_back();  // no half of a UTF-8 character
  }
  const std::string refused = "/\\:*?\"<>|";
  for (char& byte : text) {
    if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F || refused.find(byte) != std::string::npos) byte = '_';
  }
  if (text.empty() || text[0] == '.' || text[0] == '-') text = "_" + text;
  return text;
}

ClipCutter::ClipCutter(ClipOptions options, const std::string& name, int sample_rate_hz)
    : options_(std::move(options)), name_(file_name_of(name)), sample_rate_hz_(sample_rate_hz) {
  if (!(options_.margin_s >= 0 && options_.margin_s <= 60)) {
    throw UsageError("margin: " + fixed(options_.margin_s, 2) + " s given; 0 to 60 s are allowed");
  }
  if (!(options_.longest_s >= 1 && options_.longest_s <= 3600)) {
    throw UsageError("longest clip: " + fixed(options_.longest_s, 2) + " s given; 1 to 3600 s are allowed");
  }
  make_folder(options_.folder);
}

std::int64_t ClipCutter::sample_at(double seconds) const {
  return static_cast<std::int64_t>(std::llround(seconds * sample_rate_hz_));
}

void ClipCutter::push(const float* samples, std::size_t count) {
  kept_.insert(kept_.end(), samples, samples + count);
  received_ += static_cast<std::int64_t>(count);
  write_complete();
  forget_old();
}

std::filesystem::path ClipCutter::path_of(const events::Event& event) const {
  const std::string file = name_ + "_" + fixed(event.start_s, 2) + "_" + fixed(event.end_s, 2) + ".wav";
  return options_.folder / file_name_of(event.label) / file;
}

std::filesystem::path ClipCutter::cut(const events::Event& event) {
  Waiting clip;
  clip.path = path_of(event);
  clip.end = sample_at(event.end_s + options_.margin_s);
  clip.begin = std::max<std::int64_t>({0, sample_at(event.start_s - options_.margin_s),
                                       clip.end - sample_at(options_.longest_s + 2 * options_.margin_s)});
  waiting_.push_back(clip);
  write_complete();
  return clip.path;
}

void ClipCutter::finish() {
  for (const auto& clip : waiting_) write(clip);
  waiting_.clear();
}

void ClipCutter::write_complete() {
  const auto complete = [this](const Waiting& clip) { return clip.end <= received_; };
  for (const auto& clip : waiting_) {
    if (complete(clip)) write(clip);
  }
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), complete), waiting_.end());
}

void ClipCutter::write(const Waiting& clip) const {
  const auto begin = std::max(clip.begin, kept_from_), end = std::min(clip.end, received_);
  if (begin >= end) return;
  make_folder(clip.path.parent_path());
  const auto from = kept_.begin() + (begin - kept_from_);
  audio::write_wav(clip.path, {from, from + (end - begin)}, sample_rate_hz_);
}

/// Keeps what an event that is not known yet may need: news of an event comes some windows after its end.
void ClipCutter::forget_old() {
  const std::int64_t needed = sample_at(options_.longest_s + 2 * options_.margin_s);
  std::int64_t oldest = received_ - 2 * needed;
  for (const auto& clip : waiting_) oldest = std::min(oldest, clip.begin);
  if (oldest - kept_from_ < needed) return;  // in large steps, as what follows moves
  kept_.erase(kept_.begin(), kept_.begin() + (oldest - kept_from_));
  kept_from_ = oldest;
}

}  // namespace soundfold::listening
