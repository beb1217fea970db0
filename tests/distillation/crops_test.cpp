// SPDX-License-Identifier: Apache-2.0
#include "distillation/internal/crops.h"

#include "config/experiment.h"
#include "dataset/dataset.h"
#include "distillation/internal/crop_schedule.h"
#include "distillation/internal/labelled_crops.h"
#include "distillation/internal/sounds.h"
#include "frontend/log_mel.h"
#include "support/errors.h"
#include "synthesis/synthesize.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using distillation::CropOptions;
using distillation::Crops;

namespace {

std::shared_ptr<const distillation::Sounds> ramps(std::vector<std::size_t> lengths) {
  auto sounds = std::make_shared<distillation::Sounds>();
  for (const auto length : lengths) {
    std::vector<float> wave(length);
    for (std::size_t i = 0; i < length; ++i) wave[i] = 0.1F + 1e-6F * static_cast<float>(i);
    sounds->waveforms.push_back(wave);
  }
  return sounds;
}

/// Stands for a network: embedding {mean of the patch}, score {0.5}.
class MeanTeacher final : public engines::Backbone {
 public:
  const frontend::InputRecipe& input() const override { return input_; }
  void run(const float* patches, std::int64_t count, float* embeddings, float* scores) override {
    for (std::int64_t p = 0; p < count; ++p) {
      double sum = 0;
      for (int i = 0; i < frontend::kPatchValues; ++i)
        sum += static_cast<double>(patches[p * frontend::kPatchValues + i]);
      embeddings[p] = static_cast<float>(sum / frontend::kPatchValues);
      scores[p] = 0.5F;
    }
  }
  std::unique_ptr<Backbone> share() const override { return std::make_unique<MeanTeacher>(); }
  std::int64_t embedding_size() const override { return 1; }
  std::int64_t class_count() const override { return 1; }
  const std::vector<std::string>& class_names() const override { return names_; }
  const std::string& weights_digest() const override { return digest_; }
  engines::ComputeType compute_type() const override { return {}; }
  std::int64_t preferred_batch() const override { return 16; }

 private:
  frontend::InputRecipe input_;
  std::vector<std::string> names_ = {"one"};
  std::string digest_ = "digest";
};

}  // namespace

TEST_CASE("sounds are gathered at the rate that the teacher takes", "[distillation]") {
  distillation::SoundOptions options;
  options.synthetic_clips = 2;
  options.synthetic = [](std::int64_t) { return std::vector<float>(8'000, 0.5F); };
  options.sample_rate_hz = 32'000;
  const auto sounds = distillation::gather_sounds(options);
  CHECK(sounds->waveforms[1].size() == 16'000);
  CHECK(sounds->seconds() == Approx(1));
  CHECK_THROWS_AS(distillation::CropSchedule(config::Experiment(), sounds, MeanTeacher(), {}, {1}), UsageError);
}

TEST_CASE("an unchanged crop is a piece of its sound, the same at every call", "[distillation]") {
  const Crops crops(ramps({80000}), {0}, CropOptions{});
  const auto first = crops.get("pool 0", 7);
  REQUIRE(first.size() == 15600);
  CHECK(first[1000] - first[0] == Approx(1e-3).epsilon(0.01));
  CHECK(crops.get("pool 0", 7) == first);
  CHECK(crops.get("pool 0", 8) != first);
  CHECK(crops.get("pool 1", 7) != first);
  float lowest = 1, highest = 0;
  for (int i = 0; i < 200; ++i) {
    const auto start = crops.get("pool 0", i)[0];
    lowest = std::min(lowest, start);
    highest = std::max(highest, start);
  }
  CHECK(lowest < 0.105F);   // starts reach from sample 0 ...
  CHECK(highest > 0.159F);  // ... to 64,400
}

TEST_CASE("a shorter sound is followed by zeros and silence is drawn again", "[distillation]") {
  const Crops shorter(ramps({5000}), {0}, CropOptions{});
  const auto crop = shorter.get("pool 0", 1);
  REQUIRE(crop.size() == 15600);
  CHECK(crop[4999] > 0.1F);
  CHECK(crop[5000] == 0.0F);
  auto sounds = std::make_shared<distillation::Sounds>();
  sounds->waveforms = {std::vector<float>(80000, 0.0F)};
  std::fill_n(sounds->waveforms[0].begin(), 30000, 0.3F);
  const Crops half_silent(sounds, {0}, CropOptions{});
  int silent = 0;
  for (int i = 0; i < 200; ++i) {
    const auto piece = half_silent.get("pool 0", i);
    silent += std::all_of(piece.begin(), piece.end(), [](float sample) { return sample == 0.0F; });
  }
  CHECK(silent < 25);  // more than half of all places are silent; five draws in a row seldom are
  CHECK_THROWS_AS(Crops(sounds, {}, CropOptions{}), UsageError);
}

TEST_CASE("every change can be switched on and keeps the length", "[distillation]") {
  CropOptions options;
  options.gain_db = 6;
  options.mix_share = options.noise_share = 1;
  options.speed_percent = 10;
  const Crops changed(ramps({80000, 40000}), {0, 1}, options);
  for (int i = 0; i < 20; ++i) {
    const auto crop = changed.get("pool 0", i);
    CHECK(crop.size() == 15600);
    CHECK(std::all_of(crop.begin(), crop.end(), [](float sample) { return std::isfinite(sample); }));
  }
  CropOptions gain_only;
  gain_only.gain_db = 6;
  const Crops louder(ramps({15600}), {0}, gain_only);
  double least = 10, most = 0;
  for (int i = 0; i < 100; ++i) {
    const double factor = static_cast<double>(louder.get("pool 0", i)[0]) / 0.1;
    least = std::min(least, factor);
    most = std::max(most, factor);
  }
  CHECK(least >= std::pow(10, -6 / 20.0) * 0.999);
  CHECK(most <= std::pow(10, 6 / 20.0) * 1.001);
  CHECK(most / least > 2);
}

TEST_CASE("labelled crops hold each crop's patch and the teacher's answer, whatever the threads", "[distillation]") {
  const Crops crops(ramps({80000, 50000}), {0, 1}, CropOptions{});
  const auto labelled = distillation::label_crops(crops, "pool 0", 37, MeanTeacher(), {}, {1}, "labelling");
  REQUIRE(labelled.count() == 37);
  const auto expected = frontend::spectrogram(crops.get("pool 0", 20));
  REQUIRE(expected.patch_count == 1);
  const auto* patch = labelled.patches.data_ptr<float>() + 20 * frontend::kPatchValues;
  CHECK(std::equal(patch, patch + frontend::kPatchValues, expected.patch(0)));
  CHECK((labelled.embeddings.squeeze(1) - labelled.patches.mean(1)).abs().max().item<double>() < 1e-4);
  const auto several = distillation::label_crops(crops, "pool 0", 37, MeanTeacher(), {}, {3}, "labelling");
  CHECK(torch::equal(several.patches, labelled.patches));
  CHECK(torch::equal(several.embeddings, labelled.embeddings));
}

TEST_CASE("clips of ESC-10's recordings are left out, and what was cut from the same recordings", "[distillation]") {
  dataset::Dataset all, esc10;
  const auto clip = [](const std::string& id, const std::string& source) {
    dataset::Clip made;
    made.id = id;
    made.path = id;
    made.source = source;
    return made;
  };
  all.clips = {clip("a", "1"), clip("b", "2"), clip("c", "3"), clip("d", "2")};
  esc10.clips = {clip("b", "2")};
  CHECK(distillation::files_without(all, esc10) == std::vector<std::filesystem::path>{"a", "c"});
  CHECK(distillation::files_without(all, {}).size() == 4);
}

TEST_CASE("gathered sounds do not depend on threads", "[distillation]") {
  distillation::SoundOptions options;
  options.synthetic_clips = 5;
  const auto with_seed = [](std::uint64_t seed) {
    return [seed](std::int64_t number) { return synthesis::numbered_sound(number, seed).waveform; };
  };
  options.synthetic = with_seed(2);
  const auto one = distillation::gather_sounds(options);
  options.threads = 3;
  CHECK(distillation::gather_sounds(options)->digest == one->digest);
  options.synthetic = with_seed(3);
  CHECK(distillation::gather_sounds(options)->digest != one->digest);
  CHECK(one->seconds() == Approx(25));
}
