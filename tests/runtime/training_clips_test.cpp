// SPDX-License-Identifier: Apache-2.0
#include "runtime/training_clips.h"

#include "support/errors.h"
#include "support/hashing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using runtime::TrainingClips;

namespace {

const std::string kA = "00112233445566778899aabbccddeeff";
const std::string kB = "fedcba98765432100123456789abcdef";
const std::string kC = "7f00000000000000ffffffffffffffff";

nlohmann::json metadata_of(const nlohmann::json& clips) {
  return {{TrainingClips::kMetadataKey, clips}};
}

}  // namespace

TEST_CASE("a model knows which files it was trained and validated on", "[runtime]") {
  const TrainingClips made({kB, kA, kB}, {kC});
  CHECK(made.known());
  CHECK(made.train_count() == 2);
  const auto json = made.to_json();
  CHECK(json["train"] == "0011223344556677fedcba9876543210");
  CHECK(json["validation"] == "7f00000000000000");

  const auto read = TrainingClips::from_metadata(metadata_of(json));
  CHECK(read.known());
  CHECK(read.train_count() == 2);
  CHECK(read.validation_count() == 1);
  CHECK(read.trained_on(kA));
  CHECK(read.trained_on(kB));
  CHECK_FALSE(read.trained_on(kC));
  CHECK(read.validated_on(kC));
  CHECK_FALSE(read.validated_on(kA));
  CHECK_FALSE(read.trained_on(hash_bytes(HashKind::xxh3_128, "another file")));
  CHECK(read.to_json() == json);
}

TEST_CASE("a model made from many files finds each of them", "[runtime]") {
  std::vector<std::string> digests;
  for (int i = 0; i < 5000; ++i) digests.push_back(hash_bytes(HashKind::xxh3_128, std::to_string(i)));
  const auto clips = TrainingClips::from_metadata(metadata_of(TrainingClips(digests, {}).to_json()));
  CHECK(clips.train_count() == 5000);
  CHECK(clips.validation_count() == 0);
  for (const auto& digest : digests) REQUIRE(clips.trained_on(digest));
  for (int i = 5000; i < 10000; ++i) REQUIRE_FALSE(clips.trained_on(hash_bytes(HashKind::xxh3_128, std::to_string(i))));
}

TEST_CASE("a model without a list of its clips says nothing about any", "[runtime]") {
  for (const auto& metadata : {nlohmann::json(), nlohmann::json::object(), nlohmann::json({{"config", "seed: 1"}})}) {
    const auto clips = TrainingClips::from_metadata(metadata);
    CHECK_FALSE(clips.known());
    CHECK_FALSE(clips.trained_on(kA));
  }
}

TEST_CASE("a damaged list of clips is an error and never an empty one", "[runtime]") {
  const auto good = TrainingClips({kA, kB}, {}).to_json();
  const auto with = [&](const char* key, const nlohmann::json& value) {
    auto changed = good;
    changed[key] = value;
    return metadata_of(changed);
  };
  CHECK_NOTHROW(TrainingClips::from_metadata(metadata_of(good)));
  CHECK_THROWS_AS(TrainingClips::from_metadata(metadata_of("none")), DataError);
  CHECK_THROWS_WITH(TrainingClips::from_metadata(with("digest", "sha256")), Catch::Contains("unknown kind"));
  CHECK_THROWS_WITH(TrainingClips::from_metadata(with("train", "0011223344")), Catch::Contains("'train'"));
  CHECK_THROWS_WITH(TrainingClips::from_metadata(with("train", "001122334455667G")), Catch::Contains("'train'"));
  CHECK_THROWS_WITH(TrainingClips::from_metadata(with("train", "fedcba98765432100011223344556677")),
                    Catch::Contains("'train'"));
  CHECK_THROWS_WITH(TrainingClips::from_metadata(with("validation", nlohmann::json::array())),
                    Catch::Contains("'validation'"));
  CHECK_THROWS_AS(TrainingClips({"abc"}, {}), UsageError);
  CHECK_THROWS_AS(TrainingClips({kA}, {}).trained_on("abc"), UsageError);
}
