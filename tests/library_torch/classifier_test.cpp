// SPDX-License-Identifier: Apache-2.0
#include "deploy/classifier.h"

#include "audio/waveform.h"
#include "deploy/export.h"
#include "deploy/small_model.h"
#include "library/dog_model.h"
#include "library/opposite_channels.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <soundfold/error.h>
#include <soundfold/log.h>
#include <soundfold/torchscript.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// A model of three classes whose gate goes by the level alone.
fs::path small_model_in(const testing::TempFolder& folder, const nlohmann::json& more = nlohmann::json::object()) {
  const torch::NoGradGuard no_gradients;
  const auto backbone = testing::small_backbone();
  const auto head = testing::random_head(testing::small_spec(backbone, "both", "window"));
  nlohmann::json decision = {{"silence_gate", {{"dbfs", -60}, {"score", 1}}}};
  decision.update(more);
  const auto parity = testing::parity_case(backbone, head, testing::made_up_waveform(40'000));
  const auto rule = evaluation::DecisionRule::from_json(decision, testing::kNames);
  deploy::export_model(deploy::build_model(backbone, head, testing::kNames, false, rule), head, {{"channels", "left"}},
                       {parity}, folder / "model.pt");
  return folder / "model.pt";
}

TorchscriptOptions on_cpu() {
  TorchscriptOptions options;
  options.device = "cpu";
  return options;
}

}  // namespace

TEST_CASE("the library classifies samples as the model does", "[library_torch]") {
  const testing::TempFolder folder;
  const auto file = small_model_in(folder, {{"temperature", 2.5}, {"negative_class", "rain"}});
  auto waveform = testing::made_up_waveform(200'000);
  std::fill(waveform.begin(), waveform.begin() + 40'000, 0.0F);
  const auto expected_model = deploy::load_classifier(file, torch::kCPU, "");
  std::vector<runtime::Window> expected;
  const auto pass = expected_model->start([&](const runtime::Window& window) { expected.push_back(window); });
  pass->push(waveform.data(), waveform.size());
  const auto expected_clip = pass->finish();

  Classifier classifier = load_torchscript_model(file, on_cpu());
  testing::check_dog_model(classifier);
  CHECK(classifier.decision().silence_gate.value().dbfs == -60);

  const auto found = classifier.classify(waveform);
  CHECK(found.clip.probabilities == expected_clip.probabilities);
  CHECK(found.clip.seconds == Approx(12.5));
  CHECK_FALSE(found.clip.silent);
  REQUIRE(found.windows.size() == expected.size());
  CHECK(found.windows.size() == 26);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& window = found.windows[i];
    CHECK(window.start_s == Approx(0.48 * static_cast<double>(i)));
    CHECK(window.probabilities == expected[i].probabilities);
    CHECK(window.silent == expected[i].silent);
    CHECK(window.level_dbfs == expected[i].level_dbfs);
    // Softmax of the logits at the temperature, by hand.
    REQUIRE(window.logits.size() == 3);
    double sum = 0;
    for (const float logit : window.logits) sum += std::exp(double{logit} / 2.5);
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(window.probabilities[k] == Approx(std::exp(double{window.logits[k]} / 2.5) / sum).epsilon(1e-6));
    }
  }
  CHECK(found.windows.front().silent);
  const auto answer = classifier.answer(found.windows.front().probabilities, found.windows.front().silent);
  CHECK(answer.classes.empty());
  CHECK(answer.none == "silence");
  const auto whole = expected_model->rule().answer(expected_clip.probabilities, expected_clip.silent);
  CHECK(found.clip.answer.none == whole.none);
  CHECK(std::equal(whole.classes.begin(), whole.classes.end(), found.clip.answer.classes.begin(),
                   found.clip.answer.classes.end(), [](auto a, auto b) { return static_cast<std::int64_t>(a) == b; }));
}

TEST_CASE("the library classifies a file and a stream as their samples", "[library_torch]") {
  const testing::TempFolder folder;
  Classifier classifier = load_torchscript_model(small_model_in(folder), on_cpu());
  audio::write_wav(folder / "sound.wav", testing::made_up_waveform(200'000), 16'000);
  const auto of_file = classifier.classify_file(folder / "sound.wav");
  CHECK(of_file.clip.probabilities ==
        classifier.classify(audio::load_waveform(folder / "sound.wav")).clip.probabilities);
  std::size_t next = 0;
  const auto take = [&](const WindowResult& window) {
    CHECK(window.probabilities == of_file.windows.at(next++).probabilities);
  };
  CHECK(classifier.stream_file(folder / "sound.wav", take).probabilities == of_file.clip.probabilities);
  CHECK(next == 26);
}

TEST_CASE("a classifier of the library is shared by threads, and can be used after a failure", "[library_torch]") {
  const testing::TempFolder folder;
  Classifier classifier = load_torchscript_model(small_model_in(folder), on_cpu());
  const auto waveform = testing::made_up_waveform(60'000);
  const auto expected = classifier.classify(waveform).clip.probabilities;
  std::vector<std::vector<double>> found(3);
  std::vector<std::thread> threads;
  for (auto& result : found) {
    threads.emplace_back([&] {
      Classifier own = classifier.share();
      result = own.classify(waveform).clip.probabilities;
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& result : found) CHECK(result == expected);

  audio::write_wav(folder / "sound.wav", waveform, 16'000);
  struct Own : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  const auto fail = [](const WindowResult&) { throw Own("mine"); };
  CHECK_THROWS_AS(classifier.stream_file(folder / "sound.wav", fail), Own);
  CHECK_THROWS_WITH(classifier.classify_file(folder / "none.wav"), Contains("none.wav"));
  CHECK_THROWS_AS(classifier.classify({}), UsageError);
  CHECK_THROWS_WITH(classifier.classify({0, std::numeric_limits<float>::quiet_NaN()}), Contains("sample 1"));
  CHECK_THROWS_AS(classifier.answer({0.5}, false), UsageError);
  Classifier moved = std::move(classifier);
  CHECK(moved.classify(waveform).clip.probabilities == expected);

  auto options = on_cpu();
  options.device = "gpu";
  CHECK_THROWS_AS(load_torchscript_model(folder / "model.pt", options), UsageError);
  CHECK_THROWS_AS(load_torchscript_model(folder / "none.pt", on_cpu()), DataError);
  write_file_atomically(folder / "damaged.pt", read_file(folder / "model.pt").substr(0, 5000));
  CHECK_THROWS_AS(load_torchscript_model(folder / "damaged.pt", on_cpu()), DataError);
}

TEST_CASE("a classifier of the library refuses a foreign model until it is told to take it", "[library_torch]") {
  const testing::TempFolder folder;
  torch::jit::Module module("foreign");
  module.define("def forward(self, x):\n    return torch.stack([x.mean(), x.abs().mean()])\n");
  module.save((folder / "foreign.pt").string());
  CHECK_THROWS_AS(load_torchscript_model(folder / "foreign.pt", on_cpu()), DataError);
  auto options = on_cpu();
  options.foreign_models = ForeignModels::logits;
  Classifier classifier = load_torchscript_model(folder / "foreign.pt", options);
  const auto found = classifier.classify(std::vector<float>(16'000, 0.5F));
  CHECK(found.clip.probabilities == std::vector<double>{0.5, 0.5});
  CHECK(found.windows.empty());
  CHECK(classifier.window_hop_seconds() == 0);
}

TEST_CASE("a classifier of the library leaves the process's settings, and gives its lines to the callback",
          "[library_torch]") {
  const testing::TempFolder folder;
  const auto file = small_model_in(folder);
  const int before = torch::get_num_threads();
  torch::set_num_threads(2);
  Classifier classifier = load_torchscript_model(file, on_cpu());
  testing::write_opposite_channels(folder / "opposite.wav");
  std::vector<std::string> lines;
  set_log_callback([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
  AudioOptions mean;
  classifier.classify_file(folder / "opposite.wav", mean);
  set_log_callback({});
  CHECK(torch::get_num_threads() == 2);
  torch::set_num_threads(before);
  REQUIRE(lines.size() == 1);
  CHECK_THAT(lines[0], Contains("opposite.wav"));
}
