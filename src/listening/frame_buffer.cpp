// SPDX-License-Identifier: Apache-2.0
#include "listening/frame_buffer.h"

#include <algorithm>

namespace soundfold::listening {
namespace {

constexpr std::size_t kMostGaps = 64;       ///< that wait; while there is no room for another, the last one grows
constexpr std::size_t kBlockFrames = 1024;  ///< read at a time

}  // namespace

FrameBuffer::FrameBuffer(std::size_t channels, std::size_t frames)
    : channels_(channels), ring_(channels * frames), gaps_(kMostGaps), block_(channels * kBlockFrames) {}

bool FrameBuffer::push(const float* samples, std::size_t frames) noexcept {
  if (frames == 0) return true;
  const std::size_t free = ring_.capacity() - ring_.size();
  const bool resumes = gap_.frames == 0 || (free >= ring_.capacity() / 2 && gaps_.size() < gaps_.capacity());
  if (!resumes || frames > free / channels_) {
    gap_.frames += frames;
    dropped_.fetch_add(frames, std::memory_order_relaxed);
    return false;
  }
  if (gap_.frames > 0) gaps_.write(&gap_, 1);
  ring_.write(samples, frames * channels_);
  gap_ = {gap_.at + frames, 0};
  return true;
}

FrameBuffer::Piece FrameBuffer::take() {
  if (begin_ == end_) {
    begin_ = 0;
    end_ = ring_.read(block_.data(), block_.size()) / channels_;
    Gap gap;
    while (gaps_.read(&gap, 1) == 1) later_.push_back(gap);
    if (end_ == 0) return {};
  }
  Piece piece{block_.data() + begin_ * channels_, end_ - begin_, 0};
  if (!later_.empty() && later_.front().at == taken_) {
    piece.missing = later_.front().frames;
    later_.pop_front();
  }
  if (!later_.empty()) piece.frames = std::min<std::uint64_t>(piece.frames, later_.front().at - taken_);
  begin_ += piece.frames;
  taken_ += piece.frames;
  return piece;
}

std::size_t FrameBuffer::waiting() const noexcept {
  return end_ - begin_ + ring_.size() / channels_;
}

}  // namespace soundfold::listening
