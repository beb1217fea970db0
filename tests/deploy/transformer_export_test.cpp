// SPDX-License-Identifier: Apache-2.0
#include "deploy/classifier.h"
#include "deploy/export.h"
#include "deploy/model.h"
#include "deploy/plain_model.h"
#include "runtime/load_classifier.h"
#include "small_model.h"
#include "support/files.h"
#include "testing/generated_weights.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::testing;

namespace {

/// A small transformer whose patches begin every second.
yamnet::LoadedModule small_transformer(const std::vector<std::int64_t>& taps = {}) {
  return yamnet::tapped_module(generated_weights(small_ced()), 100, taps);
}

/// One with windows of a second, cut as a stream's.
yamnet::LoadedModule small_stream_transformer() {
  auto weights = generated_weights(small_ced());
  auto& input = weights.network.input;
  input.patch_frames = 100;
  input.centered = false;
  input.min_patch_frames = 0;
  return yamnet::tapped_module(weights, 100, {});
}

/// Clip and window logits and levels of the runtime beside those of the module, on clips shorter than a patch, of one
/// and of several.
void check_both(const torch::jit::Module& module, const runtime::Classifier& classifier, int hop = 100) {
  torch::jit::Module model = module;
  for (const std::int64_t samples : {1, 2'400, 80'000, 162'000, 200'000}) {
    INFO(samples);
    const auto waveform = made_up_waveform(samples, static_cast<unsigned>(samples));
    std::vector<runtime::Window> windows;
    const auto pass = classifier.start([&](const runtime::Window& window) { windows.push_back(window); });
    pass->push(waveform.data(), waveform.size());
    const auto clip = pass->finish();
    const auto named = model.get_method("classify")({as_tensor(waveform)}).toGenericDict();
    CHECK(largest_difference(as_tensor(clip.logits), named.at("classifier").toTensor()) <= 1e-4);
    const auto window_logits = named.at("window_logits").toTensor(), levels = named.at("window_levels").toTensor();
    REQUIRE(static_cast<std::int64_t>(windows.size()) == window_logits.size(0));
    REQUIRE(window_logits.size(0) == frontend::row_count(samples, hop, classifier.input()));
    for (std::size_t p = 0; p < windows.size(); ++p) {
      const auto place = static_cast<std::int64_t>(p);
      CHECK(largest_difference(as_tensor(windows[p].logits), window_logits[place]) <= 1e-4);
      CHECK(windows[p].level_dbfs == Approx(levels[place].item<float>()).margin(1e-3));
    }
  }
}

}  // namespace

TEST_CASE("a model with a transformer gives the runtime's logits and levels", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_transformer(GENERATE(std::vector<std::int64_t>(), std::vector<std::int64_t>{1}));
  for (const std::string pooling : {"window", "mean_max", "attention"}) {
    INFO(pooling);
    const auto head = random_head(small_spec(backbone, "both", pooling));
    const auto model = deploy::build_model(backbone, head, kNames, false);
    const std::string metadata =
        nlohmann::json{{"head", nlohmann::json::parse(model.attr("head_spec").toStringRef())}}.dump();
    const auto bytes = runtime::model_file_bytes(deploy::plain_model(model, metadata));
    check_both(model, *runtime::classifier_of(runtime::read_model_bytes(bytes, "model"), "model"));
  }
}

TEST_CASE("a model with a transformer on a stream's windows takes blocks, and gives the runtime's logits", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_stream_transformer();
  const auto head = random_head(small_spec(backbone, "embeddings", "mean"));
  const auto model = deploy::build_model(backbone, head, kNames, false);
  const auto parity = parity_case(backbone, head, made_up_waveform(80'000));
  const auto check = deploy::export_model(model, head, nlohmann::json::object(), {parity}, folder / "model.pt");
  CHECK(check.verified);
  CHECK(check.plain_difference <= 1e-4);
  CHECK(deploy::Model::load(folder / "model.pt", torch::kCPU).takes_blocks());
  check_both(model, *runtime::load_classifier(folder / "model.safetensors"));
}

TEST_CASE("a model with rows of columns gives the runtime's logits and levels of each", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  auto weights = generated_weights(small_ced());
  auto& input = weights.network.input;
  input.patch_frames = 128;
  input.row_frames = 16;
  input.patch_hop_frames = GENERATE(128, 48);
  const auto backbone = yamnet::tapped_module(weights, input.patch_hop_frames, {});
  for (const std::string pooling : {"window", "mean_max", "attention"}) {
    INFO(pooling);
    const auto head = random_head(small_spec(backbone, "both", pooling));
    const auto model = deploy::build_model(backbone, head, kNames, false);
    const auto parity = parity_case(backbone, head, made_up_waveform(80'000));
    const auto check = deploy::export_model(model, head, nlohmann::json::object(), {parity}, folder / "model.pt");
    CHECK(check.verified);
    CHECK(check.plain_difference <= 1e-4);
    const auto classifier = runtime::load_classifier(folder / "model.safetensors");
    check_both(model, *classifier, input.patch_hop_frames);
    CHECK(classifier->window_seconds() == Approx(0.16));
    CHECK(classifier->window_hop_seconds() == Approx(0.16));
    CHECK_THROWS_WITH(classifier->copy()->set_window_hop(0.48), Catch::Contains("time columns"));
    const auto torch_classifier = deploy::load_classifier(folder / "model.pt", torch::kCPU, "");
    std::vector<runtime::Window> windows;
    const auto pass = torch_classifier->start([&](const runtime::Window& window) { windows.push_back(window); });
    const auto waveform = made_up_waveform(50'000, 3);
    pass->push(waveform.data(), waveform.size());
    pass->finish();
    REQUIRE(windows.size() == 19);  // 313 frames
    CHECK(windows[18].start_s == Approx(18 * 0.16));
    CHECK(windows[18].end_s == Approx(19 * 0.16));
    std::vector<runtime::Window> live;
    const auto stream =
        classifier->start([&](const runtime::Window& window) { live.push_back(window); }, runtime::Pace::at_once);
    for (std::size_t done = 0; done < waveform.size(); done += 1'000) stream->push(waveform.data() + done, 1'000);
    stream->finish();
    REQUIRE(live.size() == windows.size());
    for (std::size_t row = 0; row < live.size(); ++row) {
      CHECK(largest_difference(as_tensor(live[row].logits), as_tensor(windows[row].logits)) <= 1e-4);
      CHECK(live[row].start_s == windows[row].start_s);
      CHECK(live[row].level_dbfs == Approx(windows[row].level_dbfs).margin(1e-3));
    }
  }
}

TEST_CASE("an export of a model with a transformer is verified and loads", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_transformer();
  const auto head = random_head(small_spec(backbone, "embeddings", "mean"));
  const auto model = deploy::build_model(backbone, head, kNames, false);
  const auto parity = parity_case(backbone, head, made_up_waveform(80'000));
  const auto check = deploy::export_model(model, head, nlohmann::json::object(), {parity}, folder / "model.pt");
  CHECK(check.verified);
  CHECK(check.plain_problem.empty());
  CHECK(check.plain_difference <= 1e-4);
  const auto loaded = deploy::Model::load(folder / "model.pt", torch::kCPU);
  CHECK_FALSE(loaded.takes_blocks());
  const auto result = loaded.classify(parity.waveform);
  CHECK(largest_difference(as_tensor(result.logits), as_tensor(parity.trainer_logits)) <= 1e-4);
}
