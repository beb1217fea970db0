// SPDX-License-Identifier: Apache-2.0
#include "onnx/onnxruntime.h"

#include "onnx/made_up_model.h"
#include "onnx/write_onnx.h"
#include "runtime/load_classifier.h"
#include "testing/generated_weights.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace soundfold;
using testing::OnnxOutput;
using testing::OnnxRuntime;

namespace {

using Outputs = std::map<std::string, OnnxOutput>;

/// What the runtime gives of one waveform: the clip, and a row of each window.
struct Expected {
  runtime::Clip clip;
  std::vector<runtime::Window> windows;
};

Expected expected(const runtime::Classifier& classifier, const std::vector<float>& waveform) {
  Expected answer;
  const auto pass = classifier.start([&](const runtime::Window& window) { answer.windows.push_back(window); });
  pass->push(waveform.data(), waveform.size());
  answer.clip = pass->finish();
  return answer;
}

double difference(const double* row, const std::vector<float>& values) {
  double largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) largest = std::max(largest, std::abs(row[i] - double{values[i]}));
  return largest;
}

double difference(const double* row, const std::vector<double>& values) {
  double largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) largest = std::max(largest, std::abs(row[i] - values[i]));
  return largest;
}

/// Row `row` of a batch against the runtime.
void compare(const Outputs& outputs, std::size_t row, const Expected& expected, double allowed) {
  const std::size_t classes = expected.clip.logits.size(), patches = expected.windows.size();
  REQUIRE(outputs.at("window_levels").dims.at(1) == static_cast<std::int64_t>(patches));
  CHECK(difference(&outputs.at("logits").values[row * classes], expected.clip.logits) <= allowed);
  CHECK(difference(&outputs.at("probabilities").values[row * classes], expected.clip.probabilities) <= allowed);
  CHECK((outputs.at("silent").values[row] != 0) == expected.clip.silent);
  for (std::size_t p = 0; p < patches; ++p) {
    const std::size_t place = row * patches + p;
    const auto& window = expected.windows[p];
    CHECK(difference(&outputs.at("window_logits").values[place * classes], window.logits) <= allowed);
    CHECK(std::abs(outputs.at("window_levels").values[place] - double{window.level_dbfs}) <= 1e-3);
    CHECK((outputs.at("window_silent").values[place] != 0) == window.silent);
  }
}

/// Lengths of the model's rate: one sample, less than a patch, a patch exactly, a hop more or less, several.
std::vector<std::int64_t> lengths(const runtime::ModelFile& model) {
  const auto& input = model.backbone.network.input;
  const std::int64_t window = input.patch_window_samples(), hop = input.patch_hop_samples(model.patch_hop_frames);
  return {1, window / 2, window, window + 1, window + hop, window + hop + 1, 3 * window + 17};
}

/// Lengths of CED's rate: below the shortest patch and exactly it, below a patch, one frame less than two patches and
/// exactly that, 10.13 s, two and three patches.
const std::vector<std::int64_t> kCedLengths = {1,      800,     2'399,   2'400,   8'000,   16'000,
                                               80'000, 161'919, 161'920, 162'080, 240'000, 400'000};

/// The same of patches of about a second.
const std::vector<std::int64_t> kSecondLengths = {1, 800, 15'199, 15'200, 16'000, 23'839, 40'123};

std::vector<std::vector<std::vector<float>>> batches_of(const std::vector<std::int64_t>& lengths) {
  std::vector<std::vector<std::vector<float>>> batches;
  for (const auto length : lengths) {
    batches.push_back({testing::noise_with_silence(length, 1), testing::noise_with_silence(length, 2)});
  }
  return batches;
}

void compare_model(OnnxRuntime kind, const runtime::ModelFile& model,
                   const std::vector<std::vector<std::vector<float>>>& batches) {
  const testing::TempFolder folder;
  onnx::write_onnx(model, onnx::Precision::float32, folder / "model.onnx");
  const auto classifier = runtime::classifier_of(model, "made up");
  const auto answers = run_onnx(kind, folder / "model.onnx", batches);
  REQUIRE(answers.size() == batches.size());
  for (std::size_t b = 0; b < batches.size(); ++b) {
    INFO(batches[b][0].size() << " samples, batch of " << batches[b].size());
    for (std::size_t row = 0; row < batches[b].size(); ++row) {
      compare(answers[b], row, expected(*classifier, batches[b][row]), 1e-4);
    }
  }
}

void compare_form(OnnxRuntime kind, const testing::ModelForm& form) {
  INFO(testing::text_of(form));
  const auto model = testing::made_up_model(form);
  std::vector<std::vector<std::vector<float>>> batches;
  for (const auto length : lengths(model)) {
    batches.push_back({testing::noise_with_silence(length, 1)});
    batches.push_back({testing::noise_with_silence(length, 2), std::vector<float>(static_cast<std::size_t>(length)),
                       testing::noise_with_silence(length, 3)});
  }
  compare_model(kind, model, batches);
}

void compare_transformer(OnnxRuntime kind, const testing::ModelForm& form, const std::vector<std::int64_t>& lengths) {
  INFO(testing::text_of(form));
  auto batches = batches_of(lengths);
  batches.push_back({std::vector<float>(5'000)});
  compare_model(kind, testing::made_up_model(form), batches);
}

}  // namespace

TEST_CASE("ONNX Runtime gives what the runtime gives, for every form of head, length and batch", "[onnx]") {
  if (!has_onnxruntime(OnnxRuntime::native)) return;
  for (const auto& form : testing::all_forms()) compare_form(OnnxRuntime::native, form);
}

TEST_CASE("ONNX Runtime gives what the runtime gives on transformers, short patches and long clips", "[onnx]") {
  if (!has_onnxruntime(OnnxRuntime::native)) return;
  const auto forms = testing::transformer_forms();
  compare_transformer(OnnxRuntime::native, forms.at(0), kCedLengths);
  compare_transformer(OnnxRuntime::native, forms.at(1), {2'400, 80'000, 162'080});
  for (const std::size_t form : {2, 3, 4, 5}) compare_transformer(OnnxRuntime::native, forms.at(form), kSecondLengths);
}

TEST_CASE("ONNX Runtime gives what the runtime gives on CED of its true size", "[onnx]") {
  if (!has_onnxruntime(OnnxRuntime::native)) return;
  testing::ModelForm form;
  form.network = network::ced_description(network::CedSize::tiny);
  form.head.hidden = {};
  form.taps = {4, 11};
  form.patch_hop_frames = 1000;
  const auto model = testing::made_up_model(form, testing::generated_weights(form.network), 1);
  compare_model(OnnxRuntime::native, model, batches_of({800, 80'000, 162'080}));
}

TEST_CASE("ONNX Runtime for browsers gives the same", "[onnx]") {
  if (!has_onnxruntime(OnnxRuntime::wasm)) return;
  for (const auto& form : testing::all_forms()) compare_form(OnnxRuntime::wasm, form);
  compare_transformer(OnnxRuntime::wasm, testing::transformer_forms().at(1), {800, 162'080});
}

TEST_CASE("ONNX Runtime in a browser gives the same", "[onnx]") {
  if (!has_onnxruntime(OnnxRuntime::browser)) return;
  const auto forms = testing::all_forms();
  for (const std::size_t form : {3, 6}) compare_form(OnnxRuntime::browser, forms.at(form));
  compare_transformer(OnnxRuntime::browser, testing::transformer_forms().at(1), {800, 162'080});
}

TEST_CASE("onnx's own checker and shape inference accept every form", "[onnx]") {
  const std::string python = "/usr/bin/python3";
  if (testing::run(python, {"-c", "import onnx"}).exit_code != 0) {
    testing::skip_case("needs Debian's python3-onnx");
    return;
  }
  const testing::TempFolder folder;
  const auto check = [&](const runtime::ModelFile& model, onnx::Precision precision) {
    onnx::write_onnx(model, precision, folder / "model.onnx");
    const auto script = testing::source_folder() / "tests/onnx/check_model.py";
    const auto result = testing::run(python, {script.string(), (folder / "model.onnx").string()});
    INFO(result.err);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out, Catch::Contains("probabilities FLOAT batch 3\n") && Catch::Contains("silent BOOL batch\n"));
  };
  for (const auto& forms : {testing::all_forms(), testing::transformer_forms()}) {
    for (const auto& form : forms) {
      INFO(testing::text_of(form));
      check(testing::made_up_model(form), onnx::Precision::float32);
    }
  }
  auto quantized = testing::made_up_model(testing::all_forms()[2]);
  quantized.backbone.quantization = weights::testing::working_quantization(quantized.backbone, 3);
  check(quantized, onnx::Precision::int8);
}
