// SPDX-License-Identifier: Apache-2.0
#include "ced/published_check.h"

#include "engines/onednn_engine.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/ced_signals.h"
#include "testing/generated_weights.h"
#include "testing/testing.h"
#include "text/npy.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

using namespace soundfold;
using Catch::Contains;

namespace {

std::unique_ptr<engines::Backbone> generated_tiny() {
  const auto network = network::ced_description(network::CedSize::tiny);
  return engines::onednn_backbone(testing::generated_weights(network), "", {});
}

/// A backbone that always gives the scores of a list of logits.
class Parrot final : public engines::Backbone {
 public:
  explicit Parrot(std::vector<double> logits) : logits_(std::move(logits)) {
    for (std::size_t i = 0; i < logits_.size(); ++i) names_.push_back("class " + std::to_string(i));
  }
  const frontend::InputRecipe& input() const override { return input_; }
  void run(const float*, std::int64_t, float*, float* scores) override {
    for (const double logit : logits_) *scores++ = static_cast<float>(1 / (1 + std::exp(-logit)));
  }
  void run_frames(const float* patches, std::int64_t count, std::int64_t, float* embeddings, float* scores) override {
    run(patches, count, embeddings, scores);
  }
  std::unique_ptr<Backbone> share() const override { return std::make_unique<Parrot>(logits_); }
  std::int64_t embedding_size() const override { return 1; }
  std::int64_t class_count() const override { return static_cast<std::int64_t>(logits_.size()); }
  const std::vector<std::string>& class_names() const override { return names_; }
  const std::string& weights_digest() const override { return names_.front(); }
  engines::ComputeType compute_type() const override { return {}; }
  std::int64_t preferred_batch() const override { return 1; }

 private:
  frontend::InputRecipe input_ = network::ced_input();
  std::vector<double> logits_;
  std::vector<std::string> names_;
};

const std::vector<double> kLogits{-20.5, -3.25, 0, 2.2901182174682617, 7};

ced::PublishedLogits all_signals(const std::vector<float>& logits) {
  ced::PublishedLogits published;
  for (const char* name : {"sine440_10s", "sine1000_3s", "silence_2s", "noise_10s"}) published[name] = logits;
  return published;
}

}  // namespace

TEST_CASE("logits come back from scores", "[ced]") {
  Parrot parrot(kLogits);
  const auto logits = ced::logits_of(parrot, std::vector<float>(16'000, 0.1F));
  for (std::size_t i = 0; i < kLogits.size(); ++i) CHECK(logits[i] == Approx(kLogits[i]).margin(1e-4));
  CHECK_THROWS_AS(ced::logits_of(parrot, std::vector<float>(200'000, 0.1F)), UsageError);
}

TEST_CASE("the check's signals are the published ones", "[ced]") {
  const auto signals = ced::check_signals();
  REQUIRE(signals.size() == 3);
  const auto& sine = signals.at("sine440_10s");
  REQUIRE(sine.size() == 160'000);
  CHECK(sine[0] == 0);
  // round(16383.5 sin(2 pi 440 / 16000)) = round(16383.5 * 0.171929).
  CHECK(sine[1] == 2'817 / 32'768.0F);
  const auto& short_sine = signals.at("sine1000_3s");
  CHECK(short_sine.size() == 160'000);
  CHECK(short_sine[4] == 16'384 / 32'768.0F);  // the top: 16383.5, to the even one
  CHECK(short_sine[47'999] != 0);
  CHECK(std::all_of(short_sine.begin() + 48'000, short_sine.end(), [](float x) { return x == 0; }));
  CHECK(signals.at("silence_2s") == std::vector<float>(160'000, 0.0F));
}

TEST_CASE("a signal passes when all logits do, and the worst class is named", "[ced]") {
  const testing::TempFolder folder;
  Parrot parrot(kLogits);
  std::vector<float> logits(kLogits.begin(), kLogits.end());
  const auto fine = ced::check_published(parrot, all_signals(logits), folder.path());
  CHECK(fine.size() == 3);  // no noise_10s.wav here
  for (const auto& check : fine) CHECK(check.passed());
  logits[1] += 0.02F;
  for (const auto& check : ced::check_published(parrot, all_signals(logits), folder.path())) {
    CHECK_FALSE(check.passed());
    CHECK(check.at_class == "class 1");
    CHECK(check.difference == Approx(0.02).margin(1e-3));
  }
  logits[1] = std::nanf("");
  for (const auto& check : ced::check_published(parrot, all_signals(logits), folder.path())) {
    CHECK_FALSE(check.passed());
  }
  logits.pop_back();
  CHECK_THROWS_WITH(ced::check_published(parrot, all_signals(logits), folder.path()), Contains("5 classes"));
  CHECK_THROWS_WITH(ced::check_published(parrot, {}, folder.path()), Contains("lack the signal"));
}

TEST_CASE("files of published logits are read, and others refused", "[ced]") {
  const testing::TempFolder folder;
  const auto file = folder / "ced-mini.logits.json";
  CHECK_FALSE(ced::has_published_logits(folder.path(), network::CedSize::mini));
  CHECK_THROWS_AS(ced::read_published_logits(folder.path(), network::CedSize::mini), DataError);
  write_file_atomically(file, std::string(R"({"oracle": {}, "clips": [{"id": "a", "logits": [1.5, -2]}]})"));
  CHECK(ced::has_published_logits(folder.path(), network::CedSize::mini));
  CHECK(ced::read_published_logits(folder.path(), network::CedSize::mini) == ced::PublishedLogits{{"a", {1.5F, -2}}});
  for (const auto& text : {std::string(), std::string("{}"), std::string(R"({"clips": 3})"), std::string(9'000, '['),
                           std::string(R"({"clips": [{"id": "a", "logits": ["x"]}]})")}) {
    write_file_atomically(file, text);
    CHECK_THROWS_WITH(ced::read_published_logits(folder.path(), network::CedSize::mini),
                      Contains("fetcher ced_mini_logits"));
  }
}

TEST_CASE("from the waveform on, a true CED's logits are the references", "[ced][assets]") {
  const auto backbone = generated_tiny();
  for (const auto& name : testing::ced_signal_names()) {
    const auto waveform = testing::ced_signal(name);
    if (waveform.size() > 161'919) continue;  // of which the published way fills up the second part
    INFO(name);
    const auto expected = read_npy(testing::assets_folder() / "reference_ced" / (name + ".tiny.logits.npy"));
    const auto found = ced::logits_of(*backbone, waveform);
    REQUIRE(found.size() == expected.values.size());
    double worst = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      worst = std::max(worst, std::abs(found[i] - double{expected.values[i]}));
    }
    CHECK(worst <= 5e-4);
  }
}

TEST_CASE("published logits have the published best classes, and other weights fail them", "[ced][assets]") {
  const auto folder = testing::assets_folder() / "reference_ced";
  const auto real = read_npy(folder / "real_tiny.logits.npy");
  REQUIRE(real.shape == std::vector<std::int64_t>{4, 527});
  const char* names[] = {"sine440_10s", "noise_10s", "sine1000_3s", "silence_2s"};
  const std::size_t best[] = {501, 520, 481, 500};
  ced::PublishedLogits published;
  for (std::size_t row = 0; row < 4; ++row) {
    const auto begin = real.values.begin() + static_cast<std::ptrdiff_t>(527 * row);
    published[names[row]] = {begin, begin + 527};
    const auto largest = std::max_element(begin, begin + 527) - begin;
    CHECK(static_cast<std::size_t>(largest) == best[row]);
  }
  const auto backbone = generated_tiny();
  const auto checks = ced::check_published(*backbone, published, folder);
  CHECK(checks.size() == 4);  // with noise_10s.wav
  for (const auto& check : checks) CHECK(check.difference > 1);
}
