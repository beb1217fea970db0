// SPDX-License-Identifier: Apache-2.0
#include "deploy/plain_model.h"

#include "audio/waveform.h"
#include "deploy/classifier.h"
#include "deploy/model.h"
#include "runtime/load_classifier.h"
#include "small_model.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"
#include "weights/tflite.h"
#include "yamnet/archive.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using namespace soundfold::testing;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// metadata.json as far as a plain model needs it.
std::string metadata_for(const torch::jit::Module& model) {
  return nlohmann::json{{"head", nlohmann::json::parse(model.attr("head_spec").toStringRef())}}.dump();
}

yamnet::LoadedModule module_of(const weights::Weights& weights, const std::vector<std::int64_t>& taps = {}) {
  return yamnet::tapped_module(weights, frontend::kPatchHopFrames, taps);
}

/// The runtime's answers by way of the file's bytes.
runtime::Clip runtime_clip(const runtime::Classifier& classifier, const std::vector<float>& waveform,
                           std::vector<runtime::Window>* windows = nullptr) {
  const auto pass = classifier.start([&](const runtime::Window& window) {
    if (windows != nullptr) windows->push_back(window);
  });
  pass->push(waveform.data(), waveform.size());
  return pass->finish();
}

/// Clip and frame logits of both, on waveforms from one sample to several batches.
void check_runtime(const yamnet::LoadedModule& backbone, const heads::HeadSpec& spec) {
  torch::jit::Module model = deploy::build_model(backbone, random_head(spec), kNames, false);
  const auto bytes = runtime::model_file_bytes(deploy::plain_model(model, metadata_for(model)));
  const auto classifier = runtime::classifier_of(runtime::read_model_bytes(bytes, "model"), "model");
  for (const std::int64_t samples : {1, 15'600, 15'601, 200'000}) {
    const auto waveform = made_up_waveform(samples, static_cast<unsigned>(samples));
    const auto named = model.get_method("classify")({as_tensor(waveform)}).toGenericDict();
    std::vector<runtime::Window> windows;
    const auto clip = runtime_clip(*classifier, waveform, &windows);
    REQUIRE(largest_difference(as_tensor(clip.logits), named.at("classifier").toTensor()) <= 1e-4);
    const auto window_logits = named.at("window_logits").toTensor();
    REQUIRE(static_cast<std::int64_t>(windows.size()) == window_logits.size(0));
    for (std::size_t p = 0; p < windows.size(); ++p) {
      REQUIRE(largest_difference(as_tensor(windows[p].logits), window_logits[static_cast<std::int64_t>(p)]) <= 1e-4);
    }
  }
}

}  // namespace

TEST_CASE("the runtime gives the exported model's logits for every kind of head", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  for_every_head(backbone, [&](heads::HeadSpec spec) {
    if (spec.normalization == config::Normalization::layer) spec.activation = config::Activation::gelu;
    check_runtime(backbone, spec);
  });
}

TEST_CASE("the runtime knows scaling by parts, known classes, linear heads and relu", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  for (const std::string pooling : {"window", "mean", "mean_max", "attention"}) {
    INFO(pooling);
    auto spec = small_spec(backbone, "both", pooling);
    check_runtime(backbone, spec);
    spec.scaling = config::Scaling::rms;
    spec.known_inputs = backbone.embedding_size;
    spec.parts = {3, spec.input_size - 3};
    spec.hidden = {};
    check_runtime(backbone, spec);
    spec.known_norm_epsilon = 0.01;
    check_runtime(backbone, spec);
  }
}

TEST_CASE("the runtime knows taps, other hops and another network", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto weights = weights::testing::random_weights(16, 5, 3, network::Activation::relu6);
  const auto tapped = module_of(weights, {3, 9});
  check_runtime(tapped, small_spec(tapped, "both", "mean_max"));
  const auto hopped = small_backbone(13);
  check_runtime(hopped, small_spec(hopped, "both", "attention"));
  const auto other =
      module_of(weights::testing::random_weights(weights::testing::other_geometry(), 4, 3, network::Activation::relu));
  torch::jit::Module model = deploy::build_model(other, random_head(small_spec(other, "both", "mean")), kNames, false);
  const auto plain = deploy::plain_model(model, metadata_for(model));
  CHECK(plain.backbone.network.input == weights::testing::other_geometry().input);
  const auto waveform = made_up_waveform(120'000);
  const auto expected = model.forward({as_tensor(waveform)}).toTensor();
  const auto found = runtime_clip(*runtime::classifier_of(plain, "model"), waveform);
  CHECK(largest_difference(as_tensor(found.logits), expected) <= 1e-4);
}

TEST_CASE("an export writes the model a second time, for the runtime", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  evaluation::DecisionRule rule;
  rule.temperature = 2;
  const auto model = deploy::build_model(backbone, head, kNames, true, rule);
  const auto parity = parity_case(backbone, head, made_up_waveform(40'000));
  const nlohmann::json metadata = {{"channels", "left"}, {"experiment", "made up"}, {"clips", {{"train", "0123"}}}};
  const auto check = deploy::export_model(model, head, metadata, {parity}, folder / "model.pt");
  CHECK(check.verified);
  CHECK(check.plain_file == folder / "model.safetensors");
  CHECK(check.plain_difference <= 1e-4);
  CHECK(check.plain_problem.empty());
  const auto read = runtime::read_model_file(folder / "model.safetensors");
  CHECK(read.class_names == kNames);
  CHECK(read.multi_label);
  CHECK(read.decision.temperature == 2);
  CHECK_FALSE(read.decision.silence_gate);
  CHECK(read.channels == "left");
  CHECK(read.weights_digest == backbone.weights_digest);
  CHECK(read.metadata.at("experiment") == "made up");
  CHECK_FALSE(read.metadata.contains("clips"));
  const auto archive = yamnet::read_archive(folder / "model.pt", 1'000'000'000, "");
  CHECK(read.torchscript_digest == hash_bytes(HashKind::xxh3_128, archive.metadata));
  const auto bytes = read_file(folder / "model.safetensors");
  deploy::export_model(model, head, metadata, {parity}, folder / "model.pt");
  CHECK(read_file(folder / "model.safetensors") == bytes);
}

TEST_CASE("a model that the runtime would run otherwise is not written, and an earlier one goes", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  const auto model = deploy::build_model(backbone, head, kNames, false);
  const auto parity = parity_case(backbone, head, made_up_waveform(40'000));
  auto plain = deploy::plain_model(model, metadata_for(model));
  const auto path = folder / "model.safetensors";
  CHECK(deploy::export_plain_model(plain, model, {parity}, path).file == path);
  plain.head.tensors["linear1.bias"].values[1] += 0.001F;
  const auto check = deploy::export_plain_model(plain, model, {parity}, path);
  CHECK(check.file.empty());
  CHECK_THAT(check.problem, Contains("made-up clip") && Contains("allowed: 0.0001"));
  CHECK(check.difference == Approx(0.001).epsilon(0.05));
  CHECK_FALSE(fs::exists(path));
  CHECK(fs::is_empty(folder.path()));
  plain.class_names.pop_back();
  CHECK_THAT(deploy::export_plain_model(plain, model, {parity}, path).problem, Contains("class names"));
}

TEST_CASE("an export that is not verified has no file for the runtime", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  auto parity = parity_case(backbone, head, made_up_waveform(40'000));
  parity.trainer_logits[0] += 0.01F;
  const auto check =
      deploy::export_model(deploy::build_model(backbone, head, kNames, false), head, {}, {parity}, folder / "model.pt");
  CHECK_FALSE(check.verified);
  CHECK(check.plain_file.empty());
  CHECK_FALSE(fs::exists(folder / "model.safetensors"));
  CHECK_FALSE(fs::exists(folder / "model.unverified.safetensors"));
}

TEST_CASE("on recordings of cats and dogs the runtime's logits are the exported model's", "[deploy][assets]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto weights = weights::read_tflite(assets_folder() / "yamnet" / "yamnet_classification_int8.tflite");
  const auto backbone = module_of(weights);
  auto spec = small_spec(backbone, "embeddings", "window", 2);
  spec.hidden = {512};
  heads::Head head(spec);
  head->eval();
  const auto model = deploy::build_model(backbone, head, {"dog", "cat"}, false);
  const auto plain = deploy::plain_model(model, metadata_for(model), weights.quantization);
  const auto read = runtime::read_model_bytes(runtime::model_file_bytes(plain), "model");
  CHECK(read.backbone.quantization);
  const auto classifier = runtime::classifier_of(read, "model");
  int clips = 0;
  double largest = 0;
  for (const auto& entry : fs::directory_iterator(assets_folder() / "esc50" / "audio")) {
    const auto name = entry.path().stem().string();  // ESC-50's last number is the class: dog 0, cat 5
    const auto target = name.substr(name.rfind('-') + 1);
    if ((target != "0" && target != "5") || ++clips > 24) continue;
    const auto waveform = audio::load_waveform(entry.path());
    const auto expected = deploy::exported_logits(model, name, waveform);
    const auto found = runtime_clip(*classifier, waveform).logits;
    for (std::size_t k = 0; k < 2; ++k) largest = std::max(largest, std::abs(double{found[k]} - double{expected[k]}));
  }
  CHECK(clips > 20);
  CHECK(largest <= 1e-4);
}

TEST_CASE("a model that appends the backbone's classes answers them alike from both files", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const testing::TempFolder folder;
  const auto backbone = small_backbone();
  auto head = random_head(small_spec(backbone, "embeddings", "window"));
  const auto model = deploy::build_model(backbone, head, kNames, false);
  const auto waveform = made_up_waveform(60'000);
  const auto parity = parity_case(backbone, head, waveform);
  const auto check = deploy::export_model(model, head, {{"append", "backbone"}}, {parity}, folder / "model.pt");
  REQUIRE(check.verified);
  REQUIRE(check.plain_problem == "");
  const auto torch_one = deploy::load_classifier(folder / "model.pt", torch::kCPU, "");
  const auto plain_one = runtime::load_classifier(check.plain_file);
  CHECK(torch_one->class_names() == plain_one->class_names());
  CHECK(torch_one->class_names().size() == 3 + backbone.class_names.size());
  CHECK(torch_one->is_multi_label());
  std::vector<runtime::Window> torch_windows, plain_windows;
  const auto torch_clip = runtime_clip(*torch_one, waveform, &torch_windows);
  const auto plain_clip = runtime_clip(*plain_one, waveform, &plain_windows);
  REQUIRE(torch_windows.size() == plain_windows.size());
  const auto check_equal = [](const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t k = 0; k < a.size(); ++k) CHECK(a[k] == Approx(b[k]).margin(1e-4));
  };
  check_equal(torch_clip.probabilities, plain_clip.probabilities);
  for (std::size_t w = 0; w < torch_windows.size(); ++w) {
    check_equal(torch_windows[w].probabilities, plain_windows[w].probabilities);
  }
  const auto scores = deploy::exported_scores(model, "clip", waveform);
  for (std::size_t k = 0; k < scores.size(); ++k) {
    CHECK(plain_clip.probabilities[3 + k] == Approx(scores[k]).margin(1e-4));
  }

  // The check of the second file covers the appended scores too.
  auto other =
      deploy::plain_model(model, R"({"append": "backbone", "head": )" + model.attr("head_spec").toStringRef() + "}");
  other.backbone.classifier_bias[0] += 1;
  const auto refused = deploy::export_plain_model(other, model, {parity}, folder / "other.safetensors");
  CHECK(refused.file.empty());
  CHECK_THAT(refused.problem, Contains("differ from the exported model's"));
}
