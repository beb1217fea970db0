// SPDX-License-Identifier: Apache-2.0
#include "training/internal/batches.h"

#include "device/random_streams.h"
#include "training/synthetic.h"

#include <catch2/catch.hpp>

#include <map>
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

TEST_CASE("a balanced epoch has all classes equally often, and of one class no sample twice more than another",
          "[training]") {
  // 9 clips: 6 of class 0, 2 of class 1, none of class 2, 1 of class 3: 9 / 3 = 3 of each.
  auto clips = testing::make_clips(9, 3, 1, 1);
  clips.targets = torch::tensor({0, 0, 0, 1, 0, 3, 0, 1, 0}, torch::kLong);
  Batches batches(clips, true, 4, false, true);
  std::set<std::int64_t> of_class_0;
  for (std::uint64_t epoch = 1; epoch <= 20; ++epoch) {
    batches.shuffle(make_generator(torch::kCPU, epoch));
    std::map<std::int64_t, int> times;
    std::map<std::int64_t, int> of_class;
    for (std::int64_t b = 0; b < batches.batch_count(); ++b) {
      const auto batch = batches.get(b);
      for (std::int64_t i = 0; i < batch.count; ++i) {
        const auto clip = batch.samples[i].item<std::int64_t>(), target = batch.targets[i].item<std::int64_t>();
        CHECK(target == clips.targets[clip].item<std::int64_t>());
        ++times[clip];
        ++of_class[target];
        if (target == 0) of_class_0.insert(clip);
      }
    }
    CHECK(of_class == std::map<std::int64_t, int>{{0, 3}, {1, 3}, {3, 3}});
    CHECK(times[5] == 3);                      // the only clip of class 3
    CHECK(std::min(times[3], times[7]) == 1);  // two clips share three places
    CHECK(std::max(times[3], times[7]) == 2);
    for (const std::int64_t clip : {0, 1, 2, 4, 6, 8}) CHECK(times[clip] <= 1);
  }
  CHECK(of_class_0.size() == 6);  // three in each epoch, not always the same
}

TEST_CASE("what a balanced epoch has over goes to drawn classes, and its order depends on the seed alone",
          "[training]") {
  auto clips = testing::make_clips(4, 3, 2, 1);
  Batches batches(clips, false, 64, false, true);
  const auto total = batches.sample_count();
  std::set<std::int64_t> firsts;
  for (std::uint64_t epoch = 1; epoch <= 20; ++epoch) {
    batches.shuffle(make_generator(torch::kCPU, epoch));
    const auto drawn = batches.get(0);
    CHECK(drawn.count == total);
    const auto ones = drawn.targets.sum().item<std::int64_t>();
    CHECK(std::abs(2 * ones - total) <= 1);
    firsts.insert(ones);
    batches.shuffle(make_generator(torch::kCPU, epoch));
    CHECK(torch::equal(batches.get(0).samples, drawn.samples));
  }
  CHECK(firsts.size() == static_cast<std::size_t>(1 + total % 2));
}
