// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "engines/onednn_engine.h"
#include "frontend/log_mel.h"
#include "onnx/made_up_model.h"
#include "onnx/onnxruntime.h"
#include "onnx/write_onnx.h"
#include "runtime/load_classifier.h"
#include "testing/ced_signals.h"
#include "testing/generated_weights.h"
#include "testing/testing.h"
#include "text/npy.h"
#include "weights/tflite.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using testing::OnnxRuntime;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kClips = 100;

/// YAMNet with a random head of the tutorial's form.
runtime::ModelFile yamnet_model() {
  testing::ModelForm form;
  form.network = network::yamnet_description();
  form.head.hidden = {512};
  auto weights = weights::read_tflite(testing::assets_folder() / "yamnet/yamnet_classification_int8.tflite");
  form.network.activation = weights.network.activation;
  auto model = testing::made_up_model(form, std::move(weights), 1);
  for (float& value : model.head.tensors.at("linear1.weight").values) value *= 20;  // logits as large as trained ones
  return model;
}

/// Clips of ESC-50, evenly from all of them, and the two recordings of the tutorial.
std::vector<std::vector<float>> recordings() {
  const auto assets = testing::assets_folder();
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(assets / "esc50/audio")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::vector<float>> waveforms;
  for (std::size_t i = 0; i < kClips; ++i)
    waveforms.push_back(audio::load_waveform(files.at(i * files.size() / kClips)));
  for (const char* name : {"audio/miaow_16k.wav", "audio/speech_whistling2.wav"}) {
    waveforms.push_back(audio::load_waveform(assets / name));
  }
  return waveforms;
}

std::vector<std::vector<std::vector<float>>> one_by_one(const std::vector<std::vector<float>>& waveforms) {
  std::vector<std::vector<std::vector<float>>> batches;
  for (const auto& waveform : waveforms) batches.push_back({waveform});
  return batches;
}

runtime::Clip clip_of(const runtime::Classifier& classifier, const std::vector<float>& waveform) {
  const auto pass = classifier.start({});
  pass->push(waveform.data(), waveform.size());
  return pass->finish();
}

double largest_difference(const std::vector<double>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - double{b[i]}));
  return largest;
}

void compare_recordings(OnnxRuntime kind) {
  const testing::TempFolder folder;
  const auto model = yamnet_model();
  onnx::write_onnx(model, onnx::Precision::float32, folder / "model.onnx");
  const auto classifier = runtime::classifier_of(model, "YAMNet");
  const auto waveforms = recordings();
  const auto answers = run_onnx(kind, folder / "model.onnx", one_by_one(waveforms), {"logits"});
  double largest = 0;
  for (std::size_t i = 0; i < waveforms.size(); ++i) {
    largest = std::max(
        largest, largest_difference(answers.at(i).at("logits").values, clip_of(*classifier, waveforms[i]).logits));
  }
  CHECK(largest <= 1e-4);
}

/// Embeddings of the engine in int8, [P, E].
std::vector<float> int8_embeddings(engines::Backbone& backbone, const std::vector<float>& waveform) {
  const auto spectrogram = frontend::spectrogram(waveform);
  std::vector<float> patches;
  for (std::int64_t p = 0; p < spectrogram.patch_count; ++p) {
    patches.insert(patches.end(), spectrogram.patch(p), spectrogram.patch(p) + frontend::kPatchValues);
  }
  std::vector<float> embeddings(static_cast<std::size_t>(spectrogram.patch_count * backbone.embedding_size()));
  std::vector<float> scores(static_cast<std::size_t>(spectrogram.patch_count * backbone.class_count()));
  backbone.run(patches.data(), spectrogram.patch_count, embeddings.data(), scores.data());
  return embeddings;
}

}  // namespace

TEST_CASE("ONNX Runtime gives the runtime's logits on recordings", "[onnx][assets]") {
  if (has_onnxruntime(OnnxRuntime::native)) compare_recordings(OnnxRuntime::native);
}

TEST_CASE("ONNX Runtime for browsers gives them too", "[onnx][assets]") {
  if (has_onnxruntime(OnnxRuntime::wasm)) compare_recordings(OnnxRuntime::wasm);
}

TEST_CASE("ONNX Runtime gives CED's reference embeddings, from samples on", "[onnx][assets]") {
  if (!has_onnxruntime(OnnxRuntime::native)) return;
  const testing::TempFolder folder;
  testing::ModelForm form;
  form.network = testing::small_ced();
  form.patch_hop_frames = 1000;
  onnx::write_onnx(testing::made_up_model(form, testing::generated_weights(form.network), 1), onnx::Precision::float32,
                   folder / "model.onnx");
  std::vector<std::string> names;
  std::vector<std::vector<float>> waveforms;
  for (const auto& name : testing::ced_signal_names()) {
    if (name == "miaow_then_whistle_12s") continue;  // two windows, which are cut in another way than the reference's
    names.push_back(name);
    waveforms.push_back(testing::ced_signal(name));
  }
  const auto answers = run_onnx(OnnxRuntime::native, folder / "model.onnx", one_by_one(waveforms), {"embeddings"});
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO(names[i]);
    const auto reference =
        read_npy(testing::assets_folder() / "reference_ced" / (names[i] + ".small.embedding.npy")).values;
    CHECK(largest_difference(answers.at(i).at("embeddings").values, reference) <= 1e-5);
  }
}

TEST_CASE("ONNX Runtime computes int8 as the engine does, but for rounding", "[onnx][assets]") {
  if (!has_onnxruntime(OnnxRuntime::native)) return;
  const testing::TempFolder folder;
  const auto model = yamnet_model();
  onnx::write_onnx(model, onnx::Precision::int8, folder / "model.onnx");
  engines::BackboneOptions options;
  options.precision = engines::Precision::int8;
  const auto backbone = engines::onednn_backbone(model.backbone, "", options);
  const double step = model.backbone.quantization->mean_scale;
  const auto waveforms = recordings();
  const auto answers = run_onnx(OnnxRuntime::native, folder / "model.onnx", one_by_one(waveforms), {"embeddings"});
  double largest = 0;
  std::size_t values = 0, differ = 0;
  for (std::size_t i = 0; i < waveforms.size(); ++i) {
    const auto exact = int8_embeddings(*backbone, waveforms[i]);
    const auto& given = answers.at(i).at("embeddings").values;
    REQUIRE(given.size() == exact.size());
    for (std::size_t k = 0; k < exact.size(); ++k) {
      const double steps = std::abs(given[k] - double{exact[k]}) / step;
      largest = std::max(largest, steps);
      if (steps > 0.5) ++differ;
    }
    values += exact.size();
  }
  // Equal patches give equal integers. The graph's log-mel differs by 1e-6, so that now and then a value of a patch
  // becomes another step, and later layers carry that on.
  CHECK(static_cast<double>(differ) / static_cast<double>(values) < 0.002);
  CHECK(largest < 10);
}
