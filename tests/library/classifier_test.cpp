// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "library/dog_model.h"
#include "runtime/load_classifier.h"
#include "runtime/sample_model.h"
#include "support/files.h"
#include "testing/machine.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <soundfold/classifier.h>
#include <soundfold/error.h>

#include <cmath>
#include <cstdlib>
#include <thread>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

fs::path model_in(const testing::TempFolder& folder) {
  auto model = testing::sample_model("mean_max");
  model.channels = "left";
  model.decision.temperature = 2.5;
  model.decision.negative_class = 2;
  write_file_atomically(folder / "model.safetensors", runtime::model_file_bytes(model));
  return folder / "model.safetensors";
}

std::vector<float> interleaved(const std::vector<float>& left, const std::vector<float>& right) {
  std::vector<float> both;
  for (std::size_t i = 0; i < left.size(); ++i) both.insert(both.end(), {left[i], right[i]});
  return both;
}

}  // namespace

TEST_CASE("the library classifies with a model without LibTorch as the runtime does", "[library]") {
  const testing::TempFolder folder;
  const auto file = model_in(folder);
  const auto waveform = testing::changing_noise(200'000);
  const auto expected_model = runtime::load_classifier(file);
  std::vector<runtime::Window> expected;
  const auto pass = expected_model->start([&](const runtime::Window& window) { expected.push_back(window); });
  pass->push(waveform.data(), waveform.size());
  const auto expected_clip = pass->finish();

  Classifier classifier(file);
  testing::check_dog_model(classifier);
  const auto found = classifier.classify(waveform);
  CHECK(found.clip.probabilities == expected_clip.probabilities);
  CHECK(found.clip.logits == expected_clip.logits);
  REQUIRE(found.windows.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(found.windows[i].probabilities == expected[i].probabilities);
    CHECK(found.windows[i].silent == expected[i].silent);
  }
  const auto whole = expected_model->rule().answer(expected_clip.probabilities, expected_clip.silent);
  CHECK(found.clip.answer.none == whole.none);
  CHECK(found.clip.answer.classes.size() == whole.classes.size());
}

TEST_CASE("samples of any rate and number of channels are those of the file that they make", "[library]") {
  const testing::TempFolder folder;
  Classifier classifier(model_in(folder));
  const auto left = testing::changing_noise(132'300, 3);
  audio::write_wav(folder / "left.wav", left, 44'100);
  const auto of_file = classifier.classify_file(folder / "left.wav");
  const auto read = audio::load_waveform(folder / "left.wav", {audio::Channels::mean, 0, 44'100});
  const auto samples = interleaved(read, testing::changing_noise(132'300, 4));
  const auto found = classifier.classify(samples.data(), read.size(), {44'100, 2});  // the model was trained with left
  CHECK(found.clip.probabilities == of_file.clip.probabilities);
  CHECK(found.windows.size() == of_file.windows.size());

  std::vector<WindowResult> windows;
  auto stream = classifier.stream({44'100, 2}, [&](const WindowResult& window) { windows.push_back(window); });
  for (std::size_t at = 0; at < read.size(); at += 441) stream.push(samples.data() + 2 * at, 441);
  const auto streamed = stream.finish();
  REQUIRE(windows.size() == found.windows.size());
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(streamed.probabilities[k] == Approx(found.clip.probabilities[k]).margin(1e-5));
    CHECK(windows[2].probabilities[k] == Approx(found.windows[2].probabilities[k]).margin(1e-5));
  }
}

TEST_CASE("mistakes with samples, streams and files are refused, and what a callback throws passes", "[library]") {
  const testing::TempFolder folder;
  Classifier classifier(model_in(folder));
  const std::vector<float> samples(32'000, 0.1F);
  CHECK_THROWS_AS(classifier.classify({}), UsageError);
  CHECK_THROWS_WITH(classifier.classify({0, NAN}), Contains("sample 1"));
  CHECK_THROWS_WITH(classifier.classify(samples.data(), 10, {0, 1}), Contains("sample rate"));
  CHECK_THROWS_WITH(classifier.classify(samples.data(), 10, {16'000, 65}), Contains("channels"));
  CHECK_THROWS_AS(classifier.stream({16'000, 0}, {}), UsageError);
  CHECK_THROWS_AS(classifier.answer({0.5}, false), UsageError);
  auto stream = classifier.stream({16'000, 1}, {});
  CHECK_THROWS_AS(stream.finish(), UsageError);
  stream.push(samples.data(), samples.size());
  CHECK(stream.finish().seconds == Approx(2));
  CHECK_THROWS_AS(stream.push(samples.data(), 1), UsageError);
  CHECK_THROWS_AS(stream.finish(), UsageError);

  struct Own : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  const auto fail = [](const WindowResult&) { throw Own("mine"); };
  audio::write_wav(folder / "sound.wav", samples, 16'000);
  CHECK_THROWS_AS(classifier.stream_file(folder / "sound.wav", fail), Own);
  CHECK_THROWS_WITH(classifier.classify_file(folder / "none.wav"), Contains("none.wav"));
  CHECK_THROWS_AS(Classifier(folder / "none.safetensors"), DataError);
  write_file_atomically(folder / "model.pt", "PK\x03\x04");
  CHECK_THROWS_WITH(Classifier(folder / "model.pt"), Contains("model.safetensors"));
  ClassifierOptions options;
  options.precision = Precision::int8;
  CHECK_THROWS_AS(Classifier(folder / "model.safetensors", options), UsageError);
  Classifier moved = std::move(classifier);
  CHECK(moved.classify(samples).windows.size() == 4);
}

TEST_CASE("a stream outlives its classifier, and threads share a model", "[library]") {
  const testing::TempFolder folder;
  auto classifier = std::make_unique<Classifier>(model_in(folder));
  const auto waveform = testing::changing_noise(100'000);
  const auto expected = classifier->classify(waveform).clip.probabilities;
  std::vector<std::vector<double>> found(8);
  std::vector<std::thread> threads;
  for (auto& result : found) {
    threads.emplace_back([&result, &waveform, own = std::make_shared<Classifier>(classifier->share())] {
      result = own->classify(waveform).clip.probabilities;
    });
  }
  auto stream = classifier->stream({16'000, 1}, {});
  classifier.reset();
  stream.push(waveform.data(), waveform.size());
  for (auto& thread : threads) thread.join();
  for (const auto& result : found) CHECK(result == expected);
  const auto streamed = stream.finish().probabilities;
  for (std::size_t k = 0; k < 3; ++k) CHECK(streamed[k] == Approx(expected[k]).margin(1e-5));
}

TEST_CASE("loading and freeing a model, and a long stream, leave memory as it is", "[library]") {
  const testing::TempFolder folder;
  const auto file = model_in(folder);
  const auto waveform = testing::changing_noise(16'000);
  const auto once = [&] { return Classifier(file).classify(waveform).windows.size(); };
  for (int i = 0; i < 20; ++i) CHECK(once() == 2);
  const auto before = testing::memory_bytes("VmRSS");
  std::size_t windows = 0;
  for (int i = 0; i < 980; ++i) windows += once();
  CHECK(windows == 1'960);
  CHECK(testing::memory_bytes("VmRSS") - before < 8'000'000);

  Classifier classifier(file);
  windows = 0;
  auto stream = classifier.stream({16'000, 1}, [&](const WindowResult&) { ++windows; });
  constexpr int kSamples = 16;  // 1 ms
  for (int i = 0; i < 20'000; ++i) stream.push(waveform.data(), kSamples);
  const auto streaming = testing::memory_bytes("VmRSS");
  const int pushes = std::getenv("SOUNDFOLD_LONG_TESTS") == nullptr ? 1'000'000 : 10'000'000;
  for (int i = 0; i < pushes; ++i) stream.push(waveform.data() + i % 1'000 * kSamples, kSamples);
  CHECK(testing::memory_bytes("VmRSS") - streaming < 16'000'000);  // of 64 MB; AddressSanitizer keeps some for itself
  CHECK(windows > static_cast<std::size_t>(pushes) / 500);
}
