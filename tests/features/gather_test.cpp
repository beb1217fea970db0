// SPDX-License-Identifier: Apache-2.0
#include "features/internal/gather.h"

#include "heads/feature_set.h"
#include "heads/head.h"
#include "support/errors.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <numeric>

using namespace soundfold;

namespace {

/// Clip c has c + 1 patches of 3 embedding values and 2 scores; every value is different.
store::ClipEmbeddings record_of(std::int64_t clip) {
  store::ClipEmbeddings record;
  record.patch_count = clip + 1;
  record.embedding_size = 3;
  record.score_count = 2;
  record.sample_count = 16000;
  record.embeddings.resize(static_cast<std::size_t>(3 * record.patch_count));
  record.scores.resize(static_cast<std::size_t>(2 * record.patch_count));
  record.level_dbfs.assign(static_cast<std::size_t>(record.patch_count), -20.0F);
  std::iota(record.embeddings.begin(), record.embeddings.end(), 100.0F * static_cast<float>(clip));
  std::iota(record.scores.begin(), record.scores.end(), 1000.0F + 100.0F * static_cast<float>(clip));
  return record;
}

struct Sample {
  testing::TempFolder folder;
  store::Store store{folder / "store"};
  dataset::Dataset data;
  std::vector<extraction::ExtractedClip> extracted;

  Sample() {
    data.class_names = {"cat", "dog", "rain"};
    std::vector<store::Store::Record> records;
    for (std::int64_t clip = 0; clip < 4; ++clip) {
      dataset::Clip entry;
      entry.id = "clip" + std::to_string(clip);
      entry.labels = {clip % 3};
      data.clips.push_back(entry);
      const auto key = store::record_key("audio" + std::to_string(clip), store::Recipe());
      records.push_back({key, record_of(clip)});
      extracted.push_back({key, clip + 1, ""});
    }
    store.write(records);
  }
};

}  // namespace

TEST_CASE("features are gathered clip by clip in the requested order", "[features]") {
  Sample sample;
  sample.extracted[2].key.clear();  // a bad clip
  const auto set = features::gather_features(sample.data, {3, 2, 0, 1}, sample.extracted, sample.store,
                                             config::HeadInput::embeddings);
  CHECK(set.clip_ids == std::vector<std::string>{"clip3", "clip0", "clip1"});
  REQUIRE(set.features.sizes() == torch::IntArrayRef({7, 3}));
  CHECK(set.features[0][0].item<float>() == 300);
  CHECK(set.features[3][2].item<float>() == 311);
  CHECK(set.features[4][0].item<float>() == 0);
  CHECK(set.features[6][2].item<float>() == 105);
  CHECK(torch::equal(set.first_frame, torch::tensor({0, 4, 5, 7}, torch::kLong)));
  CHECK(torch::equal(set.clip_of_frame, torch::tensor({0, 0, 0, 0, 1, 2, 2}, torch::kLong)));
  CHECK(torch::equal(set.targets, torch::tensor({0, 0, 1}, torch::kLong)));
}

TEST_CASE("of a stretch of a recording its own windows are gathered", "[features]") {
  Sample sample;
  sample.data.clips[3].stretch = frontend::Stretch{1, 2};
  sample.extracted[3].first_patch = 1;
  sample.extracted[3].patch_count = 2;
  const auto gather = [&] {
    return features::gather_features(sample.data, {3, 0}, sample.extracted, sample.store,
                                     config::HeadInput::embeddings);
  };
  const auto set = gather();
  CHECK(torch::equal(set.features,
                     torch::tensor({{303.0F, 304.0F, 305.0F}, {306.0F, 307.0F, 308.0F}, {0.0F, 1.0F, 2.0F}})));
  CHECK(torch::equal(set.first_frame, torch::tensor({0, 2, 3}, torch::kLong)));
  sample.extracted[3].first_patch = 3;  // windows 3 and 4 of four
  CHECK_THROWS_WITH(gather(), Catch::Contains("'clip3'") && Catch::Contains("expected 5"));
}

TEST_CASE("scores, or embeddings then scores", "[features]") {
  Sample sample;
  CHECK(heads::input_size(config::HeadInput::embeddings, 1024, 521) == 1024);
  CHECK(heads::input_size(config::HeadInput::scores, 1024, 521) == 521);
  CHECK(heads::input_size(config::HeadInput::both, 1024, 521) == 1545);
  const auto scores =
      features::gather_features(sample.data, {1}, sample.extracted, sample.store, config::HeadInput::scores);
  CHECK(torch::equal(scores.features, torch::tensor({{1100.0F, 1101.0F}, {1102.0F, 1103.0F}})));
  const auto both =
      features::gather_features(sample.data, {1}, sample.extracted, sample.store, config::HeadInput::both);
  CHECK(torch::equal(both.features[1], torch::tensor({103.0F, 104.0F, 105.0F, 1102.0F, 1103.0F})));
}

TEST_CASE("multi-label targets are 0 and 1", "[features]") {
  Sample sample;
  sample.data.multi_label = true;
  sample.data.clips[1].labels = {0, 2};
  const auto set =
      features::gather_features(sample.data, {0, 1}, sample.extracted, sample.store, config::HeadInput::scores);
  CHECK(set.multi_label);
  CHECK(torch::equal(set.targets, torch::tensor({{1.0F, 0.0F, 0.0F}, {1.0F, 0.0F, 1.0F}})));
}

TEST_CASE("missing and unfitting records are named", "[features]") {
  Sample sample;
  const auto gather = [&] {
    return features::gather_features(sample.data, {0, 1}, sample.extracted, sample.store, config::HeadInput::both);
  };
  sample.extracted[1].patch_count = 9;
  CHECK_THROWS_WITH(gather(), Catch::Contains("'clip1'") && Catch::Contains("expected 9"));
  sample.extracted[1].key = store::record_key("other", store::Recipe());
  CHECK_THROWS_WITH(gather(), Catch::Contains("'clip1': its embeddings are not in the store"));
  CHECK(features::gather_features(sample.data, {}, sample.extracted, sample.store, config::HeadInput::both).empty());
}

TEST_CASE("streamed features are the rows that lie in memory otherwise", "[features]") {
  Sample sample;
  sample.extracted[3].first_patch = 1;  // a stretch: windows 1 and 2 of 4
  sample.extracted[3].patch_count = 2;
  sample.data.clips[3].stretch = frontend::Stretch{};
  const std::vector<std::size_t> clips = {3, 2, 0, 1};
  for (const auto input : {config::HeadInput::embeddings, config::HeadInput::scores, config::HeadInput::both}) {
    const auto width = heads::input_size(input, 3, 2);
    const auto store = std::make_shared<const store::Store>(sample.folder / "store");
    auto stream = std::make_shared<features::StoreFrames>(store, input, width, 1000);
    const auto in_memory = features::gather_features(sample.data, clips, sample.extracted, *store, input);
    const auto streamed = features::gather_features(sample.data, clips, sample.extracted, *store, input, stream.get());
    stream.reset();  // the set keeps what it needs
    CHECK(streamed.is_streamed());
    CHECK_FALSE(streamed.features.defined());
    CHECK(streamed.width() == width);
    CHECK(streamed.frame_count() == in_memory.frame_count());
    CHECK(torch::equal(streamed.level_dbfs, in_memory.level_dbfs));
    CHECK(torch::equal(streamed.clip_of_frame, in_memory.clip_of_frame));
    for (const auto& order : {torch::arange(8, torch::kLong), torch::tensor({7, 1, 1, 2, 4, 0, 3}, torch::kLong)}) {
      CHECK(torch::equal(streamed.rows(order), in_memory.rows(order)));
    }
  }
}

TEST_CASE("a record that leaves the store during training is named", "[features]") {
  Sample sample;
  const auto store = std::make_shared<const store::Store>(sample.folder / "store");
  const auto stream = std::make_shared<features::StoreFrames>(store, config::HeadInput::embeddings, 3, 1000);
  const auto set = features::gather_features(sample.data, {2, 0}, sample.extracted, *store,
                                             config::HeadInput::embeddings, stream.get());
  const auto all = torch::arange(4, torch::kLong);
  CHECK_NOTHROW(set.rows(all));
  auto shorter = record_of(2);
  shorter.patch_count = 1;
  shorter.embeddings.resize(3);
  shorter.scores.resize(2);
  shorter.level_dbfs.resize(1);
  sample.store.write({{sample.extracted[2].key, shorter}});
  CHECK_THROWS_WITH(set.rows(all), Catch::Contains(sample.extracted[2].key));
}
