// SPDX-License-Identifier: Apache-2.0
#include "deploy/classifier.h"

#include "deploy/export.h"
#include "deploy/model.h"
#include "device/parallel.h"
#include "finetuning/tiny_network.h"
#include "small_model.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/machine.h"
#include "testing/testing.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <fstream>
#include <sstream>

using namespace soundfold;
using namespace soundfold::testing;
using runtime::Classifier;
using runtime::Clip;
using runtime::Window;
namespace fs = std::filesystem;

namespace {

/// A gate that no score opens: the scores of a made-up network mean nothing.
nlohmann::json by_level(double dbfs) {
  return {{"silence_gate", {{"dbfs", dbfs}, {"score", 1}}}};
}

void export_small(const fs::path& path, const std::string& pooling, const nlohmann::json& decision,
                  bool multi_label = false) {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  auto spec = small_spec(backbone, "both", pooling);
  spec.standardize = true;
  if (pooling != "window") spec.known_inputs = backbone.embedding_size;
  const auto head = random_head(spec);
  const auto parity = parity_case(backbone, head, made_up_waveform(40000));
  const auto rule = evaluation::DecisionRule::from_json(decision, kNames);
  deploy::export_model(deploy::build_model(backbone, head, kNames, multi_label, rule), head, {}, {parity}, path);
}

/// A model file as it was written before models could read blocks, for input both.
void export_without_blocks(const fs::path& path) {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  const auto now = deploy::build_model(backbone, random_head(small_spec(backbone, "both", "mean")), kNames, false);
  torch::jit::Module old("__torch__.soundfold.SoundClassifier", std::make_shared<torch::jit::CompilationUnit>());
  old.register_module("backbone", now.attr("backbone").toModule());
  old.register_module("head", now.attr("head").toModule());
  for (const char* name : {"class_names", "multi_label", "patch_hop_frames"}) {
    old.register_attribute(name, now.attr(name).type(), now.attr(name));
  }
  old.register_attribute("training", c10::BoolType::get(), false);
  old.define(R"(
def classify(self, waveform: Tensor) -> Dict[str, Tensor]:
    part = self.backbone.forward(waveform)
    logits = self.head.forward(torch.cat([part[1], part[0]], 1))
    named: Dict[str, Tensor] = {"classifier": logits[0], "probabilities": torch.softmax(logits[0], 0)}
    named["frame_logits"] = logits[1]
    named["scores"] = part[0]
    return named
)");
  const nlohmann::json metadata = {{"kind", "soundfold classifier"},
                                   {"format_version", 1},
                                   {"class_names", kNames},
                                   {"multi_label", false},
                                   {"tensors_digest", yamnet::tensors_digest(old)}};
  std::ostringstream stream;
  old.save(stream, torch::jit::ExtraFilesMap{{"metadata.json", metadata.dump()}});
  write_file_atomically(path, stream.str());
}

struct Answers {
  Clip clip;
  std::vector<Window> windows;
};

/// Pushes the waveform in pieces of a size that divides nothing.
Answers in_pieces(const Classifier& classifier, const std::vector<float>& waveform, std::size_t piece = 7919) {
  Answers result;
  const auto pass = classifier.start([&](const Window& window) { result.windows.push_back(window); });
  for (std::size_t at = 0; at < waveform.size(); at += piece) {
    pass->push(waveform.data() + at, std::min(piece, waveform.size() - at));
  }
  result.clip = pass->finish();
  return result;
}

std::unique_ptr<Classifier> load(const fs::path& path, const std::string& trusted_scores = "") {
  return deploy::load_classifier(path, torch::kCPU, trusted_scores);
}

std::vector<float> noise(std::size_t samples, double dbfs) {
  auto waveform = made_up_waveform(static_cast<std::int64_t>(samples));
  double energy = 0;
  for (const float value : waveform) energy += double{value} * double{value};
  const double factor = std::pow(10, dbfs / 20) / std::sqrt(energy / static_cast<double>(samples));
  for (float& value : waveform) value = static_cast<float>(value * factor);
  return waveform;
}

}  // namespace

TEST_CASE("a clip read in blocks is what the model says of the whole, for every pooling", "[deploy]") {
  const TempFolder folder;
  for (const std::string pooling : {"window", "mean", "mean_max", "attention"}) {
    INFO(pooling);
    export_small(folder / "model.pt", pooling, {{"temperature", 2}});
    const auto classifier = load(folder / "model.pt");
    CHECK(classifier->takes_blocks());
    const auto model = deploy::Model::load(folder / "model.pt", torch::kCPU);
    for (const std::int64_t samples : {1, 15600, 15601, 130800, 130801, 300000}) {  // 16 patches: 130800
      INFO(samples << " samples");
      const auto waveform = made_up_waveform(samples, 5);
      const auto whole = model.classify(waveform);
      const auto parts = in_pieces(*classifier, waveform);
      const auto expected = classifier->rule().probabilities(whole.logits, false);
      for (std::size_t k = 0; k < 3; ++k) CHECK(parts.clip.probabilities[k] == Approx(expected[k]).margin(1e-5));
      REQUIRE(parts.windows.size() == whole.window_logits.size());
      for (std::size_t p = 0; p < parts.windows.size(); ++p) {
        const auto frame = classifier->rule().probabilities(whole.window_logits[p], false);
        for (std::size_t k = 0; k < 3; ++k) CHECK(parts.windows[p].probabilities[k] == Approx(frame[k]).margin(1e-5));
        CHECK(parts.windows[p].start_s == Approx(0.48 * static_cast<double>(p)));
      }
      CHECK(parts.clip.seconds == static_cast<double>(samples) / 16000);
      CHECK(parts.windows.back().end_s == Approx(std::min(parts.clip.seconds, parts.windows.back().start_s + 0.96)));
    }
  }
}

TEST_CASE("silence is zeros, dither, and nothing else", "[deploy]") {
  const TempFolder folder;
  export_small(folder / "model.pt", "window", by_level(-60));
  const auto classifier = load(folder / "model.pt");
  CHECK(in_pieces(*classifier, std::vector<float>(80000)).clip.silent);
  CHECK(in_pieces(*classifier, std::vector<float>(80000)).clip.level_dbfs == -120);
  CHECK(in_pieces(*classifier, noise(80000, -90)).clip.silent);
  CHECK(in_pieces(*classifier, {0.0F}).clip.silent);
  CHECK_FALSE(in_pieces(*classifier, noise(80000, -20)).clip.silent);

  // A third of a second of sound in five of silence: at 2.0 to 2.3 s, in the windows that begin from 1.44 s to 1.92 s.
  std::vector<float> bark(80000);
  const auto sound = noise(4800, -20);
  std::copy(sound.begin(), sound.end(), bark.begin() + 32000);
  const auto parts = in_pieces(*classifier, bark);
  CHECK_FALSE(parts.clip.silent);
  REQUIRE(parts.windows.size() == 10);
  for (std::size_t p = 0; p < 10; ++p) CHECK(parts.windows[p].silent == (p < 3 || p > 4));
  CHECK(parts.clip.level_dbfs == Approx(-20 - 10 * std::log10(15600.0 / 4800)).margin(0.01));
}

TEST_CASE("the gate is the model's: its level, its score, none; and may be left out", "[deploy]") {
  const TempFolder folder;
  const auto quiet = noise(40000, -70), loud = noise(40000, -20);
  export_small(folder / "low.pt", "window", by_level(-80));
  CHECK_FALSE(in_pieces(*load(folder / "low.pt"), quiet).clip.silent);
  export_small(folder / "none.pt", "window", {{"silence_gate", false}});
  CHECK_FALSE(in_pieces(*load(folder / "none.pt"), std::vector<float>(40000)).clip.silent);
  export_small(folder / "score.pt", "window", {{"silence_gate", {{"dbfs", -80}, {"score", 0}}}});
  CHECK(in_pieces(*load(folder / "score.pt"), loud).clip.silent);  // the network has a class Silence, so some score
  const auto left_out = load(folder / "score.pt");
  left_out->disable_silence_gate();
  CHECK_FALSE(in_pieces(*left_out, std::vector<float>(40000)).clip.silent);
  export_small(folder / "old.pt", "window", nlohmann::json::object());
  CHECK(in_pieces(*load(folder / "old.pt"), std::vector<float>(40000)).clip.silent);
}

TEST_CASE("the score for Silence is found by its name", "[deploy]") {
  const TempFolder folder;
  export_small(folder / "model.pt", "window", by_level(-60));
  const auto model = deploy::Model::load(folder / "model.pt", torch::kCPU);
  const auto waveform = made_up_waveform(40000);
  auto network = small_backbone().module;  // Speech, Dog, Cat, Rain, Silence
  const auto scores = network.forward({as_tensor(waveform)}).toTuple()->elements()[0].toTensor();
  const auto given = model.classify(waveform).silence_scores;
  REQUIRE(given.size() == static_cast<std::size_t>(scores.size(0)));
  for (std::size_t p = 0; p < given.size(); ++p) {
    CHECK(given[p] == Approx(scores[static_cast<std::int64_t>(p)][4].item<float>()).margin(1e-5));
  }
}

TEST_CASE("only a model of one label without a negative class is closed-set", "[deploy]") {
  const TempFolder folder;
  export_small(folder / "plain.pt", "window", by_level(-60));
  CHECK(load(folder / "plain.pt")->is_closed_set());
  export_small(folder / "negative.pt", "window", {{"negative_class", "rain"}});
  CHECK_FALSE(load(folder / "negative.pt")->is_closed_set());
  export_small(folder / "several.pt", "window", by_level(-60), true);
  CHECK_FALSE(load(folder / "several.pt")->is_closed_set());
}

TEST_CASE("a model file from before there were blocks still works, with the default gate", "[deploy]") {
  const TempFolder folder;
  export_without_blocks(folder / "model.pt");
  const auto classifier = load(folder / "model.pt");
  CHECK_FALSE(classifier->takes_blocks());
  const auto waveform = made_up_waveform(200000, 3);
  const auto parts = in_pieces(*classifier, waveform);
  const auto whole = deploy::Model::load(folder / "model.pt", torch::kCPU).classify(waveform);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(parts.clip.probabilities[k] == Approx(double{whole.probabilities[k]}).margin(1e-6));
  }
  CHECK(parts.windows.size() == whole.window_logits.size());
  CHECK(in_pieces(*classifier, std::vector<float>(50000)).clip.silent);
}

TEST_CASE("YAMNet itself gives the mean of its scores, block by block", "[deploy]") {
  const TempFolder folder;
  auto weights = tiny_network(7);
  weights.class_names = {"Speech", "Dog", "Cat", "Rain", "Silence"};
  auto module = yamnet::build_module(weights, 24);
  yamnet::save_module(module, weights, folder / "yamnet.pt");
  const auto classifier = load(folder / "yamnet.pt");
  const auto waveform = made_up_waveform(200000, 3);
  const auto scores = module.forward({as_tensor(waveform)}).toTuple()->elements()[0].toTensor();
  const auto parts = in_pieces(*classifier, waveform);
  REQUIRE(parts.windows.size() == static_cast<std::size_t>(scores.size(0)));
  CHECK(parts.windows[1].start_s == Approx(0.24));
  const auto mean = scores.mean(0);
  for (std::int64_t k = 0; k < 5; ++k) {
    CHECK(parts.clip.probabilities[static_cast<std::size_t>(k)] == Approx(mean[k].item<float>()).margin(1e-5));
  }
  // It has a class of its own for silence.
  CHECK_FALSE(in_pieces(*classifier, std::vector<float>(50000)).clip.silent);
}

TEST_CASE("a foreign model gets the whole waveform, and silence by level", "[deploy]") {
  const TempFolder folder;
  torch::jit::Module module("theirs");
  module.define(
      "def forward(self, waveform: Tensor) -> Tensor:\n    return torch.stack([waveform.sum(), waveform[0]])\n");
  std::ostringstream stream;
  module.save(stream);
  write_file_atomically(folder / "theirs.pt", stream.str());
  const auto classifier = load(folder / "theirs.pt", "logits");
  CHECK_FALSE(classifier->takes_blocks());
  CHECK(classifier->window_hop_seconds() == 0);
  std::vector<float> waveform(200000, 1e-5F);
  waveform[0] = 0.5F;
  const auto parts = in_pieces(*classifier, waveform);
  CHECK(parts.windows.empty());
  CHECK_FALSE(parts.clip.silent);
  CHECK(parts.clip.probabilities[0] == Approx(1 / (1 + std::exp(0.5 - (0.5 + 199999e-5)))).margin(1e-4));
  CHECK(in_pieces(*classifier, std::vector<float>(200000)).clip.silent);
  CHECK_THROWS_AS(load(folder / "theirs.pt"), DataError);
}

TEST_CASE("several threads run passes at the same time", "[deploy]") {
  const TempFolder folder;
  export_small(folder / "model.pt", "attention", by_level(-60));
  const auto classifier = load(folder / "model.pt");
  std::vector<Clip> alone(6), together(6);
  const auto waveform = [](std::size_t i) {
    return made_up_waveform(150000 + 1000 * static_cast<std::int64_t>(i), static_cast<unsigned>(i));
  };
  for (std::size_t i = 0; i < 6; ++i) alone[i] = in_pieces(*classifier, waveform(i)).clip;
  run_parallel(6, 3, [&](std::size_t i) { together[i] = in_pieces(*classifier, waveform(i)).clip; });
  for (std::size_t i = 0; i < 6; ++i) CHECK(together[i].probabilities == alone[i].probabilities);
}

TEST_CASE("memory does not grow with the length of the sound", "[deploy]") {
  const TempFolder folder;
  export_small(folder / "model.pt", "mean_max", by_level(-60));
  const auto classifier = load(folder / "model.pt");
  const auto second = made_up_waveform(16000);
  const auto listen = [&](int seconds) {
    const auto pass = classifier->start(nullptr);
    for (int i = 0; i < seconds; ++i) pass->push(second.data(), second.size());
    return pass->finish();
  };
  listen(60);
  std::ofstream("/proc/self/clear_refs") << 5;  // VmHWM begins again
  const auto before = memory_bytes("VmHWM");
  CHECK(listen(900).seconds == 900);  // 58 MB of samples, 8 MB of embeddings and scores
  CHECK(memory_bytes("VmHWM") - before < 20'000'000);
}
