// SPDX-License-Identifier: Apache-2.0
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "text/npy.h"
#include "weights/tflite.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"
#include "yamnet/official_checks.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

using namespace soundfold;
using namespace soundfold::yamnet;
using namespace soundfold::weights;
using namespace soundfold::engines;

namespace {

/// Samples of a mono 16-bit WAV file whose header has the usual 44 bytes, as the two sample recordings have.
torch::Tensor read_wav(const std::string& name) {
  const std::string bytes = read_file(soundfold::testing::assets_folder() / "audio" / name);
  REQUIRE(bytes.compare(36, 4, "data") == 0);
  std::uint32_t size = 0;
  std::memcpy(&size, bytes.data() + 40, 4);
  std::vector<std::int16_t> samples(size / 2);
  std::memcpy(samples.data(), bytes.data() + 44, samples.size() * 2);
  return torch::tensor(std::vector<float>(samples.begin(), samples.end())) / 32768.0F;
}

torch::Tensor signal_named(const std::string& name) {
  if (name == "silence_3s") return torch::zeros({48000});
  if (name == "sine_440hz_3s") {
    return torch::sin(torch::arange(48000, torch::kFloat64) * (2 * M_PI * 440 / 16000)).to(torch::kFloat32);
  }
  if (name != "white_noise_seed51773_3s") return read_wav(name + ".wav");
  std::mt19937 generator(51773);
  std::vector<double> noise;
  for (int i = 0; i < 48000; ++i) {
    const double high = generator() >> 5U;
    noise.push_back(2 * (high * 67108864.0 + (generator() >> 6U)) / 9007199254740992.0 - 1);
  }
  return torch::tensor(noise, torch::kFloat64).to(torch::kFloat32);
}

torch::Tensor reference(const std::string& name) {
  const NpyArray array = read_npy(soundfold::testing::assets_folder() / "reference" / (name + ".npy"));
  return torch::tensor(array.values).reshape(array.shape);
}

double error(const torch::Tensor& found, const torch::Tensor& expected) {
  REQUIRE(found.sizes() == expected.sizes());
  return (found - expected).abs().max().item<double>();
}

/// The real network, imported once for all tests here.
struct Imported {
  Imported() {
    const Weights weights =
        read_tflite(soundfold::testing::assets_folder() / "yamnet" / "yamnet_classification_int8.tflite");
    save_module(build_module(weights), weights, folder / "yamnet.pt");
    module = load_module(folder / "yamnet.pt", torch::kCPU).module;
    backbone = load_backbone(folder / "yamnet.pt", {});
    torchscript = load(options(Engine::torchscript, Precision::float32));
  }
  static BackboneOptions options(Engine engine, Precision precision) {
    BackboneOptions made;
    made.engine = engine;
    made.precision = precision;
    return made;
  }
  std::unique_ptr<Backbone> load(const BackboneOptions& how) const { return load_backbone(folder / "yamnet.pt", how); }
  soundfold::testing::TempFolder folder;
  torch::jit::Module module;
  std::unique_ptr<Backbone> backbone;  ///< what `auto` chooses
  std::unique_ptr<Backbone> torchscript;
};

Imported& imported() {
  static Imported once;
  return once;
}

struct GoldenOutputs {
  torch::Tensor embeddings, scores;
};

/// The backbone on the patches of a signal's reference log-mel spectrogram.
GoldenOutputs run_on_reference(Backbone& backbone, const std::string& name) {
  const torch::Tensor patches = imported().module.get_method("patches")({reference(name + ".log_mel")}).toTensor();
  GoldenOutputs outputs{torch::empty({patches.size(0), 1024}), torch::empty({patches.size(0), 521})};
  backbone.run(patches.data_ptr<float>(), patches.size(0), outputs.embeddings.data_ptr<float>(),
               outputs.scores.data_ptr<float>());
  return outputs;
}

const std::vector<std::string> kSignals{"silence_3s", "sine_440hz_3s", "white_noise_seed51773_3s", "miaow_16k",
                                        "speech_whistling2"};

}  // namespace

TEST_CASE("forward gives the reference values of five signals", "[yamnet][assets]") {
  double log_mel = 0;
  double embeddings = 0;
  double scores = 0;
  for (const auto& name : kSignals) {
    const auto result = imported().module.forward({signal_named(name)}).toTuple();
    scores = std::max(scores, error(result->elements()[0].toTensor(), reference(name + ".scores")));
    embeddings = std::max(embeddings, error(result->elements()[1].toTensor(), reference(name + ".embeddings")));
    log_mel = std::max(log_mel, error(result->elements()[2].toTensor(), reference(name + ".log_mel")));
  }
  UNSCOPED_INFO("largest errors: log-mel " << log_mel << ", embeddings " << embeddings << ", scores " << scores);
  CHECK(log_mel <= 1e-4);
  CHECK(embeddings <= 1e-3);
  CHECK(scores <= 1e-4);
}

TEST_CASE("the backbone gives the reference values of five signals", "[yamnet][assets]") {
  const bool by_choice = GENERATE(true, false);
  Backbone& backbone = by_choice ? *imported().torchscript : *imported().backbone;
  double embeddings_error = 0;
  double scores_error = 0;
  for (const auto& name : kSignals) {
    const GoldenOutputs outputs = run_on_reference(backbone, name);
    embeddings_error = std::max(embeddings_error, error(outputs.embeddings, reference(name + ".embeddings")));
    scores_error = std::max(scores_error, error(outputs.scores, reference(name + ".scores")));
  }
  INFO(backbone.compute_type().text() << ": largest errors: embeddings " << embeddings_error << ", scores "
                                      << scores_error);
  CHECK(embeddings_error <= 1e-3);
  CHECK(scores_error <= 1e-4);
}

TEST_CASE("bfloat16 and int8 point where the references do", "[yamnet][assets]") {
  const Precision precision = GENERATE(Precision::bfloat16, Precision::int8);
  std::unique_ptr<Backbone> backbone;
  try {
    backbone = imported().load(Imported::options(Engine::automatic, precision));
  } catch (const UsageError& refusal) {
    // Another processor, or no oneDNN: the reason is the user's answer.
    WARN(refusal.what());
    return;
  }
  std::vector<float> cosines;
  for (const auto& name : kSignals) {
    const GoldenOutputs outputs = run_on_reference(*backbone, name);
    const torch::Tensor each = torch::cosine_similarity(outputs.embeddings, reference(name + ".embeddings"), 1);
    for (std::int64_t p = 0; p < each.size(0); ++p) cosines.push_back(each[p].item<float>());
    CHECK(error(outputs.scores, reference(name + ".scores")) < 0.1);
  }
  std::sort(cosines.begin(), cosines.end());
  INFO(backbone->compute_type().text() << ": lowest cosine " << cosines[0] << ", median "
                                       << cosines[cosines.size() / 2]);
  CHECK(cosines[0] > 0.998F);
  CHECK(cosines[cosines.size() / 2] > 0.999F);
}

TEST_CASE("the cat recording gives 13 embeddings and Cat on top", "[yamnet][assets]") {
  const auto result = imported().module.forward({signal_named("miaow_16k")}).toTuple();
  CHECK(result->elements()[1].toTensor().sizes() == torch::IntArrayRef({13, 1024}));
  const torch::Tensor mean = result->elements()[0].toTensor().mean(0);
  const auto best = mean.argmax().item<std::int64_t>();
  CHECK(imported().backbone->class_names()[static_cast<std::size_t>(best)] == "Cat");
  CHECK(mean[best].item<float>() == Approx(0.736).margin(0.001));
}

TEST_CASE("the official checks pass with the real weights", "[yamnet][assets]") {
  for (const auto& check : run_official_checks(imported().module)) {
    INFO(check.signal);
    CHECK(check.passed);
    CHECK(check.top.size() == 10);
  }
}

TEST_CASE("the backbone does not depend on the batch with the real weights", "[yamnet][assets]") {
  const torch::Tensor patches = imported().module.get_method("patches")({reference("miaow_16k.log_mel")}).toTensor();
  torch::Tensor whole = torch::empty({13, 1024});
  torch::Tensor single = torch::empty({13, 1024});
  torch::Tensor scores = torch::empty({13, 521});
  imported().backbone->run(patches.data_ptr<float>(), 13, whole.data_ptr<float>(), scores.data_ptr<float>());
  for (std::int64_t p = 0; p < 13; ++p) {
    imported().backbone->run(patches.data_ptr<float>() + p * 6144, 1, single.data_ptr<float>() + p * 1024,
                             scores.data_ptr<float>());
  }
  CHECK(error(single, whole) <= 1e-5);
}

TEST_CASE("known wrong ports of the network are detected by the references", "[yamnet][assets]") {
  Weights weights = read_tflite(soundfold::testing::assets_folder() / "yamnet" / "yamnet_classification_int8.tflite");
  const auto embeddings_error = [](torch::jit::Module module) {
    return error(module.forward({signal_named("miaow_16k")}).toTuple()->elements()[1].toTensor(),
                 reference("miaow_16k.embeddings"));
  };
  SECTION("symmetric padding with stride 2") {
    auto module = build_module(weights);
    auto layer = module.attr("network").toModule().attr("layer1").toModule();
    // A kernel moved by one row and column samples the grid that padding=1 would.
    const torch::Tensor kernel = layer.attr("kernel").toTensor();
    layer.setattr("kernel", torch::roll(kernel, {1, 1}, {2, 3}));
    CHECK(embeddings_error(module) > 0.01);
  }
  SECTION("plain ReLU with ReLU6 weights") {
    weights.network.activation = network::Activation::relu;
    CHECK(embeddings_error(build_module(weights)) > 0.01);
  }
}
