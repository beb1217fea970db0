// SPDX-License-Identifier: Apache-2.0
// Sound of other rates than the model's, which the exported graph resamples itself.
#include "audio/waveform.h"
#include "deploy/export.h"
#include "evaluation/calibration.h"
#include "small_model.h"
#include "testing/testing.h"
#include "weights/tflite.h"
#include "weights/weights.h"

#include <catch2/catch.hpp>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <cmath>
#include <sstream>

using namespace soundfold;
using namespace soundfold::testing;

namespace {

constexpr double kPi = 3.14159265358979323846;

torch::jit::Module small_model() {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  return deploy::build_model(backbone, random_head(small_spec(backbone, "both", "mean")), kNames, false);
}

torch::Tensor tone(double hz, int rate_hz, std::int64_t samples) {
  return torch::sin(torch::arange(samples, torch::kFloat64) * (2 * kPi * hz / rate_hz)).to(torch::kFloat32);
}

torch::Tensor resampled(torch::jit::Module& model, const torch::Tensor& waveform, std::int64_t rate_hz) {
  return model.get_method("resampled")({waveform, rate_hz}).toTensor();
}

torch::Tensor entry_at(torch::jit::Module& model, const torch::Tensor& waveform, std::int64_t rate_hz,
                       const char* name) {
  return model.get_method("classify_at")({waveform, rate_hz}).toGenericDict().at(name).toTensor();
}

/// Leaves out what the filter sees of the silence around the sound.
double largest_inside(const torch::Tensor& waveform) {
  return waveform.narrow(0, 400, waveform.size(0) - 800).abs().max().item<double>();
}

}  // namespace

TEST_CASE("a tone of any rate is the same tone at the model's", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  auto model = small_model();
  for (const int rate_hz : {8000, 11025, 12000, 22050, 24000, 32000, 37800, 44100, 48000, 88200, 96000, 192000}) {
    for (const double hz : {50.0, 1000.0, 3500.0, 7000.0}) {
      if (hz > 0.45 * rate_hz) continue;
      INFO(hz << " Hz at " << rate_hz);
      const auto given = resampled(model, tone(hz, rate_hz, rate_hz), rate_hz);
      REQUIRE(given.size(0) == 16'000);
      CHECK(largest_inside(given - tone(hz, 16'000, 16'000)) < 1e-4);
    }
    if (rate_hz > 20'000) {  // what the model's rate cannot hold
      CHECK(largest_inside(resampled(model, tone(8300, rate_hz, rate_hz), rate_hz)) < 1e-4);
    }
  }
}

TEST_CASE("resampled sound has the length that it lasts", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  auto model = small_model();
  for (const int rate_hz : {8000, 22050, 44100, 48000}) {
    for (const std::int64_t samples : {1, 2, 3, 100, 441, 44'101, 1'000'000}) {
      const auto given = resampled(model, torch::full({samples}, 0.25F), rate_hz);
      const double expected = std::round(static_cast<double>(samples) * 16'000 / rate_hz);
      CHECK(given.size(0) == std::max<std::int64_t>(1, static_cast<std::int64_t>(expected)));
      if (samples > 40'000) CHECK(largest_inside(given - 0.25F) < 1e-5);
    }
  }
}

TEST_CASE("classify_at at the model's rate is classify, and mixes channels by their mean", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  auto model = small_model();
  const auto waveform = as_tensor(made_up_waveform(50'000));
  const auto named = model.get_method("classify")({waveform}).toGenericDict();
  for (const char* name : {"classifier", "probabilities", "window_levels", "labels"}) {
    CHECK(torch::equal(entry_at(model, waveform, 16'000, name), named.at(name).toTensor()));
  }
  const auto left = as_tensor(made_up_waveform(50'000, 2)), right = as_tensor(made_up_waveform(50'000, 3));
  for (const int rate_hz : {16'000, 44'100}) {
    CHECK(largest_difference(entry_at(model, torch::stack({left, right}), rate_hz, "classifier"),
                             entry_at(model, (left + right) / 2, rate_hz, "classifier")) < 1e-5);
  }
}

TEST_CASE("classify_at says what is wrong with a rate or a shape", "[deploy]") {
  auto model = small_model();
  const auto ask = [&](const torch::Tensor& waveform, std::int64_t rate_hz) {
    return model.get_method("classify_at")({waveform, rate_hz});
  };
  using Catch::Contains;
  const auto second = torch::zeros({44'100});
  CHECK_THROWS_WITH(ask(second, 999), Contains("the rate is 999 Hz, but 1000 to 768000 are allowed"));
  CHECK_THROWS_WITH(ask(second, -44'100), Contains("the rate is -44100 Hz"));
  CHECK_THROWS_WITH(ask(second, 768'001), Contains("the rate is 768001 Hz"));
  CHECK_THROWS_WITH(ask(second, 44'101), Contains("44101 Hz has no short ratio to 16000 Hz") && Contains("resample"));
  CHECK_THROWS_WITH(ask(torch::zeros({1, 2, 44'100}), 44'100), Contains("[channels, samples]"));
  CHECK_THROWS_WITH(ask(torch::zeros({44'100, 2}), 44'100), Contains("is this [samples, channels]?"));
  CHECK_THROWS_WITH(ask(torch::zeros({2, 0}), 44'100), Contains("empty"));
  CHECK_THROWS_WITH(ask(torch::zeros({2, 44'100}, torch::kInt16), 44'100), Contains("must be float32"));
  CHECK_THROWS_WITH(ask(torch::full({2, 44'100}, 3000.0F), 44'100), Contains("int16"));
  CHECK_NOTHROW(ask(torch::zeros({32, 1}), 1000));
}

TEST_CASE("classify_at survives freezing", "[deploy]") {
  const c10::InferenceMode no_gradients;
  const auto waveform = as_tensor(made_up_waveform(50'000));
  std::stringstream file;
  auto model = small_model();
  model.save(file);
  const auto expected = entry_at(model, waveform, 44'100, "classifier");
  for (const bool optimiser : {true, false}) {
    const torch::jit::GraphOptimizerEnabledGuard set(optimiser);
    std::stringstream copy(file.str());
    auto frozen = torch::jit::freeze(torch::jit::load(copy), std::vector<std::string>{"classify_at"});
    for (int call = 0; call < 3; ++call) {
      CHECK(largest_difference(entry_at(frozen, waveform, 44'100, "classifier"), expected) < 1e-4);
    }
  }
}

TEST_CASE("resampled recordings give the embeddings that soxr's give", "[deploy][assets]") {
  const c10::InferenceMode no_gradients;
  const auto weights = weights::read_tflite(assets_folder() / "yamnet/yamnet_classification_int8.tflite");
  yamnet::LoadedModule backbone;
  backbone.module = yamnet::build_module(weights);
  backbone.network = weights.network;
  backbone.class_names = weights.class_names;
  backbone.embedding_size = weights.embedding_size();
  auto model =
      deploy::build_model(backbone, heads::Head(small_spec(backbone, "embeddings", "mean", 2)), {"a", "b"}, false);
  for (const char* name : {"1-100032-A-0.ogg", "1-100038-A-14.flac", "1-100210-A-36.flac"}) {
    for (const int rate_hz : {8000, 22'050, 32'000, 44'100, 48'000}) {
      INFO(name << " at " << rate_hz << " Hz");
      audio::DecodeOptions decoding;
      decoding.sample_rate_hz = rate_hz;
      const auto recording = audio::load_waveform(assets_folder() / "esc50/audio" / name, decoding);
      const auto by_soxr = as_tensor(audio::resampled(recording, rate_hz, 16'000));
      const auto expected = model.get_method("classify")({by_soxr}).toGenericDict().at("embeddings").toTensor();
      const auto given = entry_at(model, as_tensor(recording), rate_hz, "embeddings");
      REQUIRE(given.sizes() == expected.sizes());
      const auto cosine = torch::cosine_similarity(given, expected, 1);
      CHECK(cosine.min().item<double>() > 0.999);
    }
  }
}
