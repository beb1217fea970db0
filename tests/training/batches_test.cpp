// SPDX-License-Identifier: Apache-2.0
#include "training/internal/batches.h"

#include "device/random_streams.h"
#include "training/synthetic.h"

#include <catch2/catch.hpp>

#include <set>

using namespace soundfold;
using training::Batches;

TEST_CASE("an epoch visits every window once, with its own target", "[training]") {
  const auto clips = testing::make_clips(11, 3, 2, 1);
  Batches batches(clips, false, 4, false);
  batches.shuffle(make_generator(torch::kCPU, 1));
  std::set<std::int64_t> seen;
  for (std::int64_t b = 0; b < batches.batch_count(); ++b) {
    const auto batch = batches.get(b);
    CHECK(batch.count == batches.size_of(b));
    for (std::int64_t i = 0; i < batch.count; ++i) {
      const auto frame = batch.samples[i].item<std::int64_t>();
      seen.insert(frame);
      CHECK(torch::equal(batch.frames[i], clips.features[frame]));
      CHECK(batch.targets[i].item<std::int64_t>() == clips.clip_of_frame[frame].item<std::int64_t>() % 2);
    }
  }
  CHECK(static_cast<std::int64_t>(seen.size()) == clips.frame_count());
}

TEST_CASE("batches of clips hold all their windows", "[training]") {
  const auto clips = testing::make_clips(11, 3, 2, 1);
  Batches batches(clips, true, 4, false);
  batches.shuffle(make_generator(torch::kCPU, 1));
  CHECK(batches.batch_count() == 3);
  std::int64_t frames = 0;
  for (std::int64_t b = 0; b < 3; ++b) {
    const auto batch = batches.get(b);
    frames += batch.frames.size(0);
    for (std::int64_t f = 0; f < batch.frames.size(0); ++f) {
      const auto clip = batch.samples[batch.clips.owners()[f].item<std::int64_t>()].item<std::int64_t>();
      const auto own = clips.features.slice(0, clips.first_frame[clip].item<std::int64_t>(),
                                            clips.first_frame[clip + 1].item<std::int64_t>());
      CHECK((own == batch.frames[f]).all(1).any().item<bool>());
    }
  }
  CHECK(frames == clips.frame_count());
}

TEST_CASE("a last batch of one can join the one before", "[training]") {
  const auto clips = testing::make_clips(9, 3, 2, 1);
  CHECK(Batches(clips, true, 4, false).batch_count() == 3);
  const Batches joined(clips, true, 4, true);
  CHECK(joined.batch_count() == 2);
  CHECK(joined.size_of(1) == 5);
}

TEST_CASE("orders depend on the seed alone", "[training]") {
  const auto clips = testing::make_clips(30, 3, 2, 1);
  Batches batches(clips, false, 64, false);
  const auto order = [&](std::uint64_t seed) {
    batches.shuffle(make_generator(torch::kCPU, seed));
    return batches.get(0).samples;
  };
  CHECK(torch::equal(order(5), order(5)));
  CHECK_FALSE(torch::equal(order(5), order(6)));
  CHECK(stream_seed(1, 2, Draw::order) != stream_seed(1, 3, Draw::order));
  CHECK(stream_seed(1, 2, Draw::order) != stream_seed(1, 2, Draw::noise));
}
