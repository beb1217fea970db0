// SPDX-License-Identifier: Apache-2.0
#include "runtime/appended_classes.h"

#include "engines/onednn_engine.h"
#include "frontend/log_mel.h"
#include "runtime/load_classifier.h"
#include "runtime/sample_model.h"
#include "support/errors.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using Catch::Contains;
using Names = std::vector<std::string>;

namespace {

runtime::ModelFile appending_model() {
  auto model = testing::sample_model();
  model.metadata[runtime::kAppendKey] = "backbone";
  return model;
}

runtime::Clip clip_of(const runtime::Classifier& classifier, const std::vector<float>& waveform,
                      std::vector<runtime::Window>& windows) {
  const auto pass = classifier.start([&](const runtime::Window& window) { windows.push_back(window); });
  pass->push(waveform.data(), waveform.size());
  return pass->finish();
}

}  // namespace

TEST_CASE("names of both: own first, and the backbone's marked where they are the same but for case", "[runtime]") {
  CHECK(runtime::with_backbone_classes({"dog", "hen"}, {"Speech", "Dog", "Cat"}) ==
        Names{"dog", "hen", "Speech", "backbone: Dog", "Cat"});
  CHECK(runtime::with_backbone_classes({"dog", "backbone: dog"}, {"Dog"}) ==
        Names{"dog", "backbone: dog", "backbone: backbone: Dog"});
  CHECK(runtime::with_backbone_classes({"a"}, {"B", "b"}) == Names{"a", "B", "backbone: b"});
  CHECK(runtime::with_backbone_classes({"a"}, {}) == Names{"a"});
}

TEST_CASE("only the value backbone appends", "[runtime]") {
  CHECK(runtime::appends_backbone({{"append", "backbone"}}));
  CHECK_FALSE(runtime::appends_backbone({{"append", "none"}}));
  CHECK_FALSE(runtime::appends_backbone({{"append", 1}}));
  CHECK_FALSE(runtime::appends_backbone(nlohmann::json::object()));
  CHECK_NOTHROW(runtime::refuse_appended(nlohmann::json::object(), "ONNX"));
  CHECK_THROWS_WITH(runtime::refuse_appended({{"append", "backbone"}}, "ONNX"),
                    Contains("ONNX gives a model's own classes only") && Contains("head.append: none"));
}

TEST_CASE("a model that appends gives the backbone's scores behind its own answers, which stay", "[runtime]") {
  const auto waveform = testing::changing_noise(60'000);
  const auto own = runtime::classifier_of(testing::sample_model(), "own");
  const auto both = runtime::classifier_of(appending_model(), "both");
  CHECK(own->class_names() == Names{"dog", "cat", "rain"});
  CHECK(both->class_names() ==
        Names{"dog", "cat", "rain", "Speech", "backbone: Dog", "backbone: Cat", "backbone: Rain", "Silence"});
  CHECK(both->appended_count() == 5);
  CHECK(both->is_multi_label());
  CHECK_FALSE(both->is_closed_set());

  std::vector<runtime::Window> own_windows, windows;
  const auto own_clip = clip_of(*own, waveform, own_windows), clip = clip_of(*both, waveform, windows);
  REQUIRE(windows.size() == own_windows.size());
  auto backbone = engines::onednn_backbone(testing::sample_model().backbone, "", {});
  const auto spectrogram = frontend::spectrogram(waveform);
  std::vector<double> means(5, 0.0);
  for (std::size_t w = 0; w < windows.size(); ++w) {
    REQUIRE(windows[w].probabilities.size() == 8);
    REQUIRE(windows[w].logits.size() == 8);
    std::vector<float> embedding(static_cast<std::size_t>(backbone->embedding_size())), scores(5);
    backbone->run(spectrogram.patch(static_cast<std::int64_t>(w)), 1, embedding.data(), scores.data());
    for (std::size_t k = 0; k < 3; ++k) CHECK(windows[w].probabilities[k] == own_windows[w].probabilities[k]);
    for (std::size_t k = 0; k < 5; ++k) {
      CHECK(windows[w].probabilities[3 + k] == Approx(scores[k]).margin(1e-5));
      means[k] += windows[w].probabilities[3 + k] / static_cast<double>(windows.size());
    }
  }
  REQUIRE(clip.probabilities.size() == 8);
  for (std::size_t k = 0; k < 3; ++k) CHECK(clip.probabilities[k] == own_clip.probabilities[k]);
  for (std::size_t k = 0; k < 5; ++k) {
    const double p = clip.probabilities[3 + k];
    CHECK(p == Approx(means[k]).margin(1e-9));
    CHECK(clip.logits[3 + k] == Approx(std::log(p / (1 - p))).margin(1e-3));
  }

  both->leave_out_appended();
  windows.clear();
  CHECK(both->class_names() == own->class_names());
  CHECK(clip_of(*both, waveform, windows).probabilities == own_clip.probabilities);
}

TEST_CASE("rules of events that came with the model are its own; appended classes have default ones", "[runtime]") {
  auto model = appending_model();
  events::EventRules fitted;
  fitted.of_class.resize(3);
  fitted.of_class[1] = events::EventRule();
  fitted.of_class[1]->on = 0.9;
  model.event_rules = fitted;
  const auto classifier = runtime::classifier_of(model, "both");
  const auto rules = classifier->event_rules();
  REQUIRE(rules.of_class.size() == 8);
  CHECK_FALSE(rules.of_class[0].has_value());
  CHECK(rules.of_class[1]->on == 0.9);
  CHECK(rules.of_class[7]->on == 0.5);
  classifier->leave_out_appended();
  CHECK(classifier->event_rules().of_class.size() == 3);
}

TEST_CASE("the file keeps what is appended", "[runtime]") {
  const auto bytes = runtime::model_file_bytes(appending_model());
  CHECK(runtime::classifier_of(runtime::read_model_bytes(bytes, "model"), "model")->appended_count() == 5);
}
