// SPDX-License-Identifier: Apache-2.0
#include "engines/onednn_engine.h"
#include "frontend/log_mel.h"
#include "runtime/head.h"
#include "runtime/load_classifier.h"
#include "runtime/sample_model.h"
#include "support/errors.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <thread>

using namespace soundfold;
using Catch::Contains;
using runtime::Clip;
using runtime::Pace;
using runtime::Window;

namespace {

struct Answers {
  Clip clip;
  std::vector<Window> windows;
};

/// Pushes the waveform in pieces.
Answers answers_of(const runtime::Classifier& classifier, const std::vector<float>& waveform, std::size_t piece = 7919,
                   Pace pace = Pace::in_blocks) {
  Answers answers;
  const auto pass = classifier.start([&](const Window& window) { answers.windows.push_back(window); }, pace);
  for (std::size_t at = 0; at < waveform.size(); at += piece) {
    pass->push(waveform.data() + at, std::min(piece, waveform.size() - at));
  }
  answers.clip = pass->finish();
  return answers;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(double{a[i]} - double{b[i]}));
  return largest;
}

}  // namespace

TEST_CASE("a model's logits are those of front end, engine and head one after the other", "[runtime]") {
  for (const char* pooling : {"window", "mean", "mean_max", "attention"}) {
    INFO(pooling);
    const auto model = testing::sample_model(pooling);
    const auto waveform = testing::changing_noise(100'000);
    const auto found = answers_of(*runtime::classifier_of(model, "model"), waveform);

    const auto spectrogram = frontend::spectrogram(waveform);
    const auto patches = spectrogram.patch_count;
    auto backbone = engines::onednn_backbone(model.backbone, "", {});
    const runtime::Head head(model.head);
    runtime::Head::Pooled pooled;
    REQUIRE(static_cast<std::int64_t>(found.windows.size()) == patches);
    for (std::int64_t p = 0; p < patches; ++p) {
      std::vector<float> frame(static_cast<std::size_t>(model.head.spec.input_size));
      backbone->run(spectrogram.patch(p), 1, frame.data(), frame.data() + backbone->embedding_size());
      std::vector<float> logits(3);
      head.add(frame.data(), 1, logits.data(), pooled);
      CHECK(largest_difference(found.windows[static_cast<std::size_t>(p)].logits, logits) < 1e-5);
    }
    CHECK(largest_difference(found.clip.logits, head.finish(pooled)) < 1e-5);
  }
}

TEST_CASE("the pieces in which a waveform comes, and the pace, change nothing", "[runtime]") {
  const auto classifier = runtime::classifier_of(testing::sample_model("attention"), "model");
  const auto waveform = testing::changing_noise(300'000);
  const auto whole = answers_of(*classifier, waveform, waveform.size());
  CHECK(whole.windows.size() == 39);
  for (const auto pace : {Pace::in_blocks, Pace::at_once}) {
    for (const std::size_t piece : {std::size_t{160}, std::size_t{16'384}}) {
      const auto parts = answers_of(*classifier, waveform, piece, pace);
      CHECK(largest_difference(parts.clip.logits, whole.clip.logits) < 1e-5);
      REQUIRE(parts.windows.size() == whole.windows.size());
      for (std::size_t i = 0; i < parts.windows.size(); ++i) {
        CHECK(largest_difference(parts.windows[i].logits, whole.windows[i].logits) < 1e-5);
        CHECK(parts.windows[i].level_dbfs == whole.windows[i].level_dbfs);
        CHECK(parts.windows[i].start_s == Approx(0.48 * static_cast<double>(i)));
      }
    }
  }
  CHECK(whole.windows.back().end_s <= Approx(whole.clip.seconds));
}

TEST_CASE("at once means that a window is given with the sample that completes it", "[runtime]") {
  const auto classifier = runtime::classifier_of(testing::sample_model(), "model");
  std::size_t windows = 0;
  const auto pass = classifier->start([&](const Window&) { ++windows; }, Pace::at_once);
  const std::vector<float> samples(15'600, 0.1F);
  pass->push(samples.data(), 15'599);
  CHECK(windows == 0);
  pass->push(samples.data(), 1);
  CHECK(windows == 1);
  pass->push(samples.data(), 7'680);
  CHECK(windows == 2);
  CHECK(pass->finish().seconds == Approx((15'600 + 7'680) / 16'000.0));
  CHECK(windows == 2);
}

TEST_CASE("another hop gives the same windows at other places", "[runtime]") {
  const auto classifier = runtime::classifier_of(testing::sample_model(), "model");
  const auto waveform = testing::changing_noise(64'000);
  const auto trained = answers_of(*classifier, waveform);
  classifier->set_window_hop(0.24);
  CHECK(classifier->window_hop_seconds() == Approx(0.24));
  const auto closer = answers_of(*classifier, waveform);
  for (std::size_t i = 0; i + 1 < trained.windows.size(); ++i) {  // of the last one, another part is padding
    CHECK(closer.windows.at(2 * i).start_s == Approx(trained.windows[i].start_s));
    CHECK(largest_difference(closer.windows[2 * i].logits, trained.windows[i].logits) < 1e-5);
  }
  for (const double hop_s : {0.0, -0.48, 0.123, 1e6, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_WITH(classifier->set_window_hop(hop_s), Contains("a multiple of 0.01 s up to"));
  }
}

TEST_CASE("a model without fitted rules has those of its decision", "[runtime]") {
  auto model = testing::sample_model();
  model.decision.thresholds = {0.6, 0.7, 0.1};
  model.decision.negative_class = 1;
  const auto rules = runtime::classifier_of(model, "model")->event_rules();
  REQUIRE(rules.of_class.size() == 3);
  CHECK(rules.of_class[0]->on == 0.6);
  CHECK(rules.of_class[0]->off == Approx(0.45));
  CHECK_FALSE(rules.of_class[1]);
  CHECK(rules.of_class[2]->off == 0);
  model.event_rules = rules;
  model.event_rules->of_class[0]->on = 0.9;
  CHECK(runtime::classifier_of(model, "model")->event_rules().of_class[0]->on == 0.9);
}

TEST_CASE("the silence gate and the class Silence decide windows and clip", "[runtime]") {
  auto model = testing::sample_model();
  const std::vector<float> quiet(40'000, 1e-5F);
  CHECK(answers_of(*runtime::classifier_of(model, "model"), quiet).clip.silent);
  const auto loud = testing::changing_noise(40'000);
  CHECK_FALSE(answers_of(*runtime::classifier_of(model, "model"), loud).clip.silent);
  model.decision.silence_gate = evaluation::SilenceGate{-60, 0};  // any score for Silence is enough
  CHECK(answers_of(*runtime::classifier_of(model, "model"), loud).clip.silent);
  model.backbone.class_names.back() = "Quiet";
  CHECK_FALSE(answers_of(*runtime::classifier_of(model, "model"), loud).clip.silent);
  const auto classifier = runtime::classifier_of(model, "model");
  classifier->disable_silence_gate();
  CHECK_FALSE(answers_of(*classifier, quiet).clip.silent);
}

TEST_CASE("samples that are no sound, and precisions that the model has not, are refused", "[runtime]") {
  const auto classifier = runtime::classifier_of(testing::sample_model(), "model.safetensors");
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), INFINITY, -100.5F}) {
    const auto pass = classifier->start({});
    CHECK_THROWS_WITH(pass->push(&bad, 1), Contains("model.safetensors: the waveform"));
  }
  CHECK_THROWS_AS(runtime::classifier_of(testing::sample_model(), "model", engines::Precision::int8), UsageError);
}

TEST_CASE("int8 answers are those of the int8 engine", "[runtime]") {
  auto model = testing::sample_model();
  model.backbone.quantization = weights::testing::working_quantization(model.backbone, 5);
  engines::BackboneOptions options;
  options.precision = engines::Precision::int8;
  std::unique_ptr<engines::Backbone> backbone;
  try {
    backbone = engines::onednn_backbone(model.backbone, "", options);
  } catch (const UsageError& error) {
    WARN("not run: " << error.what());
    return;
  }
  const auto waveform = testing::changing_noise(15'600);
  const auto read = runtime::read_model_bytes(runtime::model_file_bytes(model), "model");
  const auto found = answers_of(*runtime::classifier_of(read, "model", engines::Precision::int8), waveform);
  std::vector<float> frame(static_cast<std::size_t>(model.head.spec.input_size)), logits(3);
  backbone->run(frontend::spectrogram(waveform).patch(0), 1, frame.data(), frame.data() + backbone->embedding_size());
  runtime::Head::Pooled pooled;
  runtime::Head(model.head).add(frame.data(), 1, logits.data(), pooled);
  CHECK(found.windows.at(0).logits == logits);
}

TEST_CASE("several threads classify with one model at once", "[runtime]") {
  const auto classifier = runtime::classifier_of(testing::sample_model("mean_max"), "model");
  const auto waveform = testing::changing_noise(120'000);
  const auto expected = answers_of(*classifier, waveform).clip.logits;
  std::vector<std::vector<float>> found(8);
  std::vector<std::thread> threads;
  for (auto& logits : found) {
    threads.emplace_back([&] {
      for (int i = 0; i < 3; ++i) logits = answers_of(*classifier, waveform).clip.logits;
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& logits : found) CHECK(logits == expected);
}
