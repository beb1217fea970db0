// SPDX-License-Identifier: Apache-2.0
#include "listening/frame_buffer.h"

#include <catch2/catch.hpp>

#include <numeric>
#include <thread>

using namespace soundfold;

namespace {

/// Frames of two channels: n and -n, n + 1 and -(n + 1), ...
std::vector<float> counted_frames(std::size_t first, std::size_t count) {
  std::vector<float> samples;
  for (std::size_t i = first; i < first + count; ++i) {
    samples.push_back(static_cast<float>(i));
    samples.push_back(-static_cast<float>(i));
  }
  return samples;
}

bool push_counted(listening::FrameBuffer& buffer, std::size_t first, std::size_t count) {
  return buffer.push(counted_frames(first, count).data(), count);
}

}  // namespace

TEST_CASE("a full buffer drops whole blocks until half is free, and says where they are missing", "[listening]") {
  listening::FrameBuffer buffer(2, 8);  // 16 slots
  CHECK(buffer.take().frames == 0);
  CHECK(push_counted(buffer, 0, 5));
  CHECK(buffer.waiting() == 5);
  CHECK_FALSE(push_counted(buffer, 5, 4));
  CHECK_FALSE(push_counted(buffer, 9, 1));  // there is room, but not half
  CHECK(buffer.dropped() == 5);
  auto piece = buffer.take();
  CHECK(piece.frames == 5);
  CHECK(piece.missing == 0);
  CHECK(piece.samples[8] == 4);
  CHECK(piece.samples[9] == -4);
  CHECK(push_counted(buffer, 10, 3));
  CHECK(buffer.push(nullptr, 0));
  CHECK(push_counted(buffer, 13, 4));
  CHECK_FALSE(push_counted(buffer, 17, 9));  // can never fit
  piece = buffer.take();
  CHECK(piece.missing == 5);
  CHECK(piece.frames == 7);
  CHECK(piece.samples[0] == 10);
  CHECK(buffer.take().frames == 0);  // what is missing at the end is told with what follows
  CHECK(push_counted(buffer, 26, 1));
  piece = buffer.take();
  CHECK(piece.missing == 9);
  CHECK(piece.samples[0] == 26);
  CHECK(buffer.dropped() == 14);
}

TEST_CASE("a gap within what waits divides it into pieces", "[listening]") {
  listening::FrameBuffer buffer(2, 4096);
  CHECK(push_counted(buffer, 0, 3000));
  CHECK_FALSE(push_counted(buffer, 3000, 1500));
  CHECK(buffer.take().frames == 1024);
  CHECK(buffer.take().frames == 1024);
  CHECK(push_counted(buffer, 4500, 200));
  CHECK(buffer.take().frames == 952);
  const auto piece = buffer.take();
  CHECK(piece.missing == 1500);
  CHECK(piece.frames == 72);
  CHECK(piece.samples[0] == 4500);
  CHECK(buffer.take().frames == 128);
}

TEST_CASE("frames taken by another thread are where the count of those missing puts them", "[listening]") {
  constexpr std::size_t kFrames = 200'000, kPush = 37;
  listening::FrameBuffer buffer(2, 2'000);
  std::atomic<bool> ended{false};
  std::thread writer([&] {
    std::vector<float> block;
    for (std::size_t at = 0; at < kFrames; at += kPush) {
      block = counted_frames(at, kPush);
      buffer.push(block.data(), kPush);
      if (at % 50 == 0) std::this_thread::yield();
    }
    ended = true;
  });
  std::uint64_t at = 0, missing = 0;
  bool right = true;
  for (bool last = false; !last;) {
    last = ended;
    for (auto piece = buffer.take(); piece.frames > 0; piece = buffer.take()) {
      missing += piece.missing;
      at += piece.missing;
      for (std::size_t i = 0; i < piece.frames; ++i, ++at) {
        right = right && piece.samples[2 * i] == static_cast<float>(at) &&
                piece.samples[2 * i + 1] == -piece.samples[2 * i];
      }
    }
  }
  writer.join();
  CHECK(right);
  CHECK(missing <= buffer.dropped());  // less what was dropped at the end
  CHECK(at + (buffer.dropped() - missing) == (kFrames + kPush - 1) / kPush * kPush);
}
