// SPDX-License-Identifier: Apache-2.0
#include "features/fresh_features.h"

#include "audio/waveform.h"
#include "augmentation/transforms.h"
#include "deploy/sound_files.h"
#include "frontend/log_mel.h"
#include "protocols/run.h"
#include "protocols/tiny_place.h"
#include "support/errors.h"
#include "support/files.h"

#include <catch2/catch.hpp>

#include <set>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// Training clips that are stored as log-mel patches: all blocks are trained, so that nothing comes after the front
/// end.
struct LogMelPlace : testing::TinyPlace {
  LogMelPlace() {
    experiment.backbone.train = config::TrainedPart::all;
    experiment.augmentation.fresh_share = 1;
    experiment.augmentation.gain_db = 12;
  }
  features::PreparedFeatures prepare() const { return features::prepare_features(experiment, torch::kCPU); }
};

/// Which clips of the training set differ from their recordings.
std::set<std::int64_t> changed_clips(const heads::FeatureSet& train, const torch::Tensor& fresh) {
  std::set<std::int64_t> changed;
  for (std::int64_t frame = 0; frame < train.frame_count(); ++frame) {
    if (!torch::equal(train.features[frame], fresh[frame])) changed.insert(train.clip_of_frame[frame].item<int64_t>());
  }
  return changed;
}

}  // namespace

TEST_CASE("the fresh features of a clip are its log-mel patches after one gain, window for window", "[features]") {
  LogMelPlace place;
  const auto prepared = place.prepare();
  const auto features_of_epoch = features::fresh_features(place.experiment, prepared, 1);
  const auto fresh = features_of_epoch(1);
  REQUIRE(fresh.sizes() == prepared.sets.train.features.sizes());
  std::set<double> gains;
  for (std::int64_t clip = 0; clip < prepared.sets.train.clip_count(); ++clip) {
    const auto& id = prepared.sets.train.clip_ids[static_cast<std::size_t>(clip)];
    const auto recorded = audio::load_waveform(fs::path(place.experiment.data.root) / id);
    const auto first = prepared.sets.train.first_frame[clip].item<std::int64_t>();
    // exp(log-mel) - 0.001 grows with the gain: its sum over the first patch gives the gain.
    const auto sum = [](const torch::Tensor& log_mel) { return (log_mel.exp() - 0.001).sum().item<double>(); };
    const double gain_db = 20 * std::log10(sum(fresh[first]) / sum(prepared.sets.train.features[first]));
    CHECK(std::abs(gain_db) <= 12.001);
    gains.insert(gain_db);
    const auto expected = frontend::spectrogram(augmentation::with_gain(recorded, gain_db));
    const auto patch = torch::from_blob(const_cast<float*>(expected.patch(0)), {frontend::kPatchValues});
    CHECK((fresh[first] - patch).abs().max().item<double>() < 1e-3);
  }
  CHECK(gains.size() == static_cast<std::size_t>(prepared.sets.train.clip_count()));
}

TEST_CASE("an epoch's features repeat and another epoch's differ, with any number of threads", "[features]") {
  LogMelPlace place;
  place.experiment.augmentation.speed_percent = 20;
  const auto prepared = place.prepare();
  const auto one = features::fresh_features(place.experiment, prepared, 1);
  const auto three = features::fresh_features(place.experiment, prepared, 3);
  const auto first = one(1);
  CHECK(torch::equal(first, one(1)));
  CHECK(torch::equal(first, three(1)));
  CHECK_FALSE(torch::equal(first, one(2)));
  CHECK(changed_clips(prepared.sets.train, first).size() == static_cast<std::size_t>(prepared.sets.train.clip_count()));

  auto seeded = place.experiment;
  seeded.seed = 7;
  CHECK_FALSE(torch::equal(first, features::fresh_features(seeded, prepared, 1)(1)));
}

TEST_CASE("masked windows are the recording's but for silence, equal in the store and on the fly", "[features]") {
  LogMelPlace place;
  place.experiment.augmentation.gain_db = 0;
  place.experiment.augmentation.mask_bands = 20;
  place.experiment.augmentation.mask_frames = 30;
  const auto prepared = place.prepare();
  const auto fresh = features::fresh_features(place.experiment, prepared, 2)(1);
  const auto& recorded = prepared.sets.train.features;
  const auto silent = fresh.sub(std::log(0.001)).abs().lt(1e-6);
  CHECK(torch::equal(fresh.masked_fill(silent, 0), recorded.masked_fill(silent, 0)));
  CHECK(silent.sum().item<std::int64_t>() > 0);
  CHECK(changed_clips(prepared.sets.train, fresh).size() == static_cast<std::size_t>(prepared.sets.train.clip_count()));

  // Variant 1 is that of epoch 1.
  place.experiment.augmentation.fresh_share = 0;
  place.experiment.augmentation.waveform_variants = 1;
  const auto stored = place.prepare().sets.train.features;
  REQUIRE(stored.size(0) == 2 * recorded.size(0));
  CHECK(torch::equal(stored.slice(0, recorded.size(0)), fresh));
}

TEST_CASE("rooms are read from a folder, which must be there and hold sound", "[features]") {
  LogMelPlace place;
  place.experiment.augmentation.gain_db = 0;
  place.experiment.augmentation.room_folder = (place.folder / "rooms").string();
  CHECK_THROWS_WITH(place.prepare(), Contains("augmentation.room_folder: no folder"));
  fs::create_directories(place.folder / "rooms");
  CHECK_THROWS_WITH(place.prepare(), Contains("rooms"));
  audio::write_wav(place.folder / "rooms/hall.wav", {0.9F, 0, 0, 0, 0.7F, 0.5F, -0.4F}, 16000);
  const auto prepared = place.prepare();
  const auto fresh = features::fresh_features(place.experiment, prepared, 1)(1);
  CHECK(changed_clips(prepared.sets.train, fresh).size() == static_cast<std::size_t>(prepared.sets.train.clip_count()));
}

TEST_CASE("the share says how many clips an epoch changes, not always the same ones", "[features]") {
  LogMelPlace place;
  place.experiment.augmentation.fresh_share = 0.5;
  const auto prepared = place.prepare();
  const auto features_of_epoch = features::fresh_features(place.experiment, prepared, 1);
  std::size_t changed = 0;
  std::set<std::set<std::int64_t>> choices;
  constexpr std::int64_t kEpochs = 20;
  for (std::int64_t epoch = 1; epoch <= kEpochs; ++epoch) {
    const auto clips = changed_clips(prepared.sets.train, features_of_epoch(epoch));
    changed += clips.size();
    choices.insert(clips);
  }
  // 20 epochs of 8 clips: 80 expected, 6.3 the deviation.
  CHECK(changed >= 60);
  CHECK(changed <= 100);
  CHECK(choices.size() > 10);

  place.experiment.augmentation.fresh_share = 0;
  CHECK(features::fresh_features(place.experiment, prepared, 1) == nullptr);
}

TEST_CASE("a frozen backbone's embeddings and scores are computed again too", "[features]") {
  LogMelPlace place;
  place.experiment.backbone.train = config::TrainedPart::none;
  place.experiment.head.input = config::HeadInput::both;
  place.experiment.augmentation.gain_db = 1e-9;  // so small that samples stay as they are
  const auto prepared = place.prepare();
  const auto fresh = features::fresh_features(place.experiment, prepared, 2)(1);
  REQUIRE(fresh.sizes() == prepared.sets.train.features.sizes());
  CHECK((fresh - prepared.sets.train.features).abs().max().item<double>() < 1e-4);
}

TEST_CASE("a recording that changed or went away since it was stored is named", "[features]") {
  LogMelPlace place;
  const auto prepared = place.prepare();
  const auto features_of_epoch = features::fresh_features(place.experiment, prepared, 1);
  const auto& id = prepared.sets.train.clip_ids.front();
  const auto file = fs::path(place.experiment.data.root) / id;
  const auto other = fs::path(place.experiment.data.root) / prepared.sets.test.clip_ids.front();
  auto bytes = read_file(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);  // as long as before
  write_file_atomically(file, bytes);
  CHECK_THROWS_WITH(features_of_epoch(1), Contains("has changed since"));
  fs::remove(file);
  CHECK_THROWS_WITH(features_of_epoch(1), Contains(file.filename().string()));
  auto shorter = audio::load_waveform(other);
  shorter.resize(16000);
  testing::write_wav(file.string(), shorter, 1, 16000);
  CHECK_THROWS_WITH(features_of_epoch(1), Contains("has changed since"));
}

TEST_CASE("training on fresh features repeats itself, with one thread or two", "[features]") {
  testing::TinyPlace place;
  place.experiment.backbone.train = config::TrainedPart::last_blocks;
  place.experiment.augmentation.fresh_share = 0.5;
  place.experiment.augmentation.gain_db = 6;
  place.experiment.augmentation.speed_percent = 10;
  const auto logits = [&] {
    return read_file(protocols::run_experiment(place.experiment, {}).folder / "test_logits.json");
  };
  const auto first = logits();
  place.experiment.run.threads = 2;
  CHECK(logits() == first);
  place.experiment.augmentation.fresh_share = 0;
  CHECK(logits() != first);

  place.experiment.augmentation.fresh_share = 1;
  place.experiment.protocol.type = config::ProtocolType::cross_validation;
  place.experiment.protocol.folds = {1, 2, 3};
  const auto rounds = protocols::run_experiment(place.experiment, {});
  CHECK(rounds.json["rounds"].size() == 3);
}
