// SPDX-License-Identifier: Apache-2.0
#include "deploy/export.h"

#include "deploy/model.h"
#include "frontend/patch_blocks.h"
#include "frontend/recipe.h"
#include "small_model.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <optional>

using namespace soundfold;
using namespace soundfold::testing;

namespace {

torch::Tensor entry(torch::jit::Module& model, const std::vector<float>& waveform, const std::string& name) {
  return model.get_method("classify")({as_tensor(waveform)}).toGenericDict().at(name).toTensor();
}

/// A waveform's logits and frame logits by blocks of `patches` patches of 48 frames.
std::pair<torch::Tensor, torch::Tensor> by_blocks(torch::jit::Module& model, const std::vector<float>& waveform,
                                                  std::int64_t patches) {
  c10::List<torch::Tensor> state;
  std::vector<torch::Tensor> frames;
  frontend::PatchBlocks blocks(
      [&](const frontend::PatchBlock& block) {
        const auto samples = as_tensor({block.samples, block.samples + block.sample_count});
        const auto given = model.get_method("accumulate")({state, samples}).toTuple();
        state = given->elements()[0].toTensorList();
        frames.push_back(given->elements()[1].toTensor());
      },
      frontend::kPatchHopFrames, patches);
  blocks.push(waveform.data(), waveform.size());
  blocks.finish();
  return {model.get_method("finish")({state}).toTensor(), torch::cat(frames)};
}

/// Every method of the exported model against the trainer, on waveforms from one sample to several pieces of the graph.
void check_against_trainer(const yamnet::LoadedModule& backbone, const heads::HeadSpec& spec) {
  const heads::Head head = random_head(spec);
  torch::jit::Module model = deploy::build_model(backbone, head, kNames, false);
  std::vector<std::vector<float>> waveforms;
  for (const std::int64_t samples : {1, 15600, 15601, 54321, 200000}) {
    waveforms.push_back(made_up_waveform(samples, static_cast<unsigned>(samples)));
  }
  const auto expected = trainer_logits(backbone, head, waveforms);
  std::vector<torch::Tensor> clips, frames, joined_clips, joined_frames;
  for (const auto& waveform : waveforms) {
    clips.push_back(model.forward({as_tensor(waveform)}).toTensor());
    frames.push_back(entry(model, waveform, "window_logits"));
    const auto joined = by_blocks(model, waveform, 3);
    joined_clips.push_back(joined.first);
    joined_frames.push_back(joined.second);
  }
  REQUIRE(largest_difference(torch::stack(clips), expected.clip_logits) <= 1e-4);
  REQUIRE(largest_difference(torch::cat(frames), expected.frame_logits) <= 1e-4);
  REQUIRE(largest_difference(torch::stack(joined_clips), expected.clip_logits) <= 1e-4);
  REQUIRE(largest_difference(torch::cat(joined_frames), expected.frame_logits) <= 1e-4);
  REQUIRE(expected.clip_logits.std(0, false).max().item<double>() > 1e-3);  // the waveforms do differ
}

}  // namespace

TEST_CASE("every kind of head gives the trainer's logits after export", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  for_every_head(backbone, [&](const heads::HeadSpec& spec) { check_against_trainer(backbone, spec); });
}

TEST_CASE("scaling by parts and known classes survive export", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  for (const std::string pooling : {"window", "mean", "mean_max", "attention"}) {
    auto spec = small_spec(backbone, "both", pooling);
    spec.scaling = config::Scaling::rms;
    spec.known_inputs = backbone.embedding_size;
    INFO(pooling);
    check_against_trainer(backbone, spec);
    spec.parts = {3, spec.input_size - 3};
    spec.known_norm_epsilon = 0.01;
    check_against_trainer(backbone, spec);
  }
}

TEST_CASE("activations, linear heads and standardisation survive export", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  for (const std::string activation : {"relu", "gelu", "tanh"}) {
    auto spec = small_spec(backbone, "both", "attention");
    spec.activation = choice_named<config::Activation>(activation).value();
    INFO(activation);
    check_against_trainer(backbone, spec);
  }
  auto linear = small_spec(backbone, "embeddings", "window");
  linear.hidden = {};
  check_against_trainer(backbone, linear);
  linear.standardize = true;
  linear.pooling = config::Pooling::mean_max;
  check_against_trainer(backbone, linear);
}

TEST_CASE("a batch of waveforms gives what each gives alone", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  auto model = deploy::build_model(backbone, random_head(small_spec(backbone, "both", "attention")), kNames, false);
  std::vector<torch::Tensor> waveforms, alone;
  for (unsigned seed = 0; seed < 5; ++seed) {
    waveforms.push_back(as_tensor(made_up_waveform(40000, seed)));
    alone.push_back(model.forward({waveforms.back()}).toTensor());
  }
  const auto together = model.forward({torch::stack(waveforms)}).toTensor();
  CHECK(together.sizes() == torch::IntArrayRef({5, 3}));
  CHECK(largest_difference(together, torch::stack(alone)) == 0);
}

TEST_CASE("classify measures levels and says what is silent", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  auto by_level = deploy::build_model(backbone, head, kNames, false, rule_with(evaluation::SilenceGate{-60, 2}));
  // 2 s, loud in its last quarter: of the windows from 0, 0.48, 0.96, 1.44 s the first sees nothing of it.
  std::vector<float> waveform(32000);
  for (std::size_t i = 24000; i < waveform.size(); ++i) waveform[i] = i % 2 == 0 ? 0.1F : -0.1F;
  const auto levels = entry(by_level, waveform, "window_levels");
  REQUIRE(levels.sizes() == torch::IntArrayRef({4}));
  // Samples 7680 to 23280; 15360 to 30960, of which 6960 are loud; 23040 to 32000 (8960), of which 8000 are.
  CHECK(levels[0].item<float>() == -120);
  CHECK(levels[1].item<float>() == -120);
  CHECK(levels[2].item<float>() == Approx(-20 + 10 * std::log10(6960.0 / 15600)).margin(1e-3));
  CHECK(levels[3].item<float>() == Approx(-20 + 10 * std::log10(8000.0 / 8960)).margin(1e-3));
  CHECK(torch::equal(entry(by_level, waveform, "window_silent"), torch::tensor({true, true, false, false})));
  CHECK_FALSE(entry(by_level, waveform, "silent").item<bool>());
  CHECK(entry(by_level, std::vector<float>(50000), "silent").item<bool>());

  // Silence is the last of the made-up network's five classes.
  CHECK(by_level.attr("silence_class").toInt() == 4);
  const auto scores = entry(by_level, waveform, "scores").select(1, 4);
  const double between = (scores.min().item<double>() + scores.max().item<double>()) / 2;
  auto by_score = deploy::build_model(backbone, head, kNames, false, rule_with(evaluation::SilenceGate{-200, between}));
  CHECK(torch::equal(entry(by_score, waveform, "window_silent"), scores >= between));
  auto open = deploy::build_model(backbone, head, kNames, false, rule_with(std::nullopt));
  CHECK_FALSE(entry(open, std::vector<float>(50000), "silent").item<bool>());
  CHECK(largest_difference(entry(open, waveform, "classifier"), entry(by_level, waveform, "classifier")) == 0);
}

TEST_CASE("finish without a block says what is missing", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  auto model = deploy::build_model(backbone, random_head(small_spec(backbone, "both", "mean")), kNames, false);
  CHECK_THROWS_WITH(model.get_method("finish")({c10::List<torch::Tensor>()}), Catch::Contains("accumulate"));
}

TEST_CASE("classify names the backbone's outputs and the head's", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  auto backbone = small_backbone();
  const auto waveform = made_up_waveform(90000);
  const auto outputs = backbone.module.forward({as_tensor(waveform)}).toTuple();
  for (const bool multi_label : {false, true}) {
    auto model =
        deploy::build_model(backbone, random_head(small_spec(backbone, "scores", "window")), kNames, multi_label);
    const auto logits = model.forward({as_tensor(waveform)}).toTensor();
    CHECK(largest_difference(entry(model, waveform, "classifier"), logits) == 0);
    const auto expected = multi_label ? torch::sigmoid(logits) : torch::softmax(logits, 0);
    CHECK(largest_difference(entry(model, waveform, "probabilities"), expected) < 1e-6);
    CHECK(largest_difference(entry(model, waveform, "window_logits").mean(0), logits) < 1e-6);
    CHECK(largest_difference(entry(model, waveform, "scores"), outputs->elements()[0].toTensor()) < 1e-6);
    CHECK(largest_difference(entry(model, waveform, "embeddings"), outputs->elements()[1].toTensor()) < 1e-5);
  }
}

TEST_CASE("cutting a long waveform into pieces changes nothing, for any patch hop", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  for (const int hop : {1, 7, 48, 96, 97, 98, 250, 1000}) {
    auto backbone = small_backbone(hop);
    auto model = deploy::build_model(backbone, random_head(small_spec(backbone, "embeddings", "mean")), kNames, false);
    // Around one piece of 16 patches: 15600 samples + 15 hops.
    const std::int64_t piece = 15600 + 15 * 160 * hop;
    for (const std::int64_t samples :
         {std::int64_t{1}, piece - 1, piece, piece + 1, piece + 160 * hop, piece + 160 * hop + 1, 2 * piece + 777}) {
      const auto waveform = made_up_waveform(samples);
      const auto whole = backbone.module.forward({as_tensor(waveform)}).toTuple()->elements()[1].toTensor();
      INFO("hop " << hop << ", samples " << samples);
      REQUIRE(whole.size(0) == frontend::patch_count(samples, hop));
      REQUIRE(largest_difference(entry(model, waveform, "embeddings"), whole) < 1e-5);
    }
  }
}

TEST_CASE("rows of a batch with lengths give what each clip gives alone", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  for (const std::string pooling : {"window", "mean_max", "attention"}) {
    auto model = deploy::build_model(backbone, random_head(small_spec(backbone, "both", pooling)), kNames, false);
    const std::vector<std::int64_t> lengths = {60000, 1, 15600, 15601, 59999, 400};
    auto rows = torch::full({6, 60000}, 0.7F);  // what is behind a row's length must not be looked at
    std::vector<torch::Tensor> alone;
    for (std::size_t row = 0; row < lengths.size(); ++row) {
      const auto clip = as_tensor(made_up_waveform(lengths[row], static_cast<unsigned>(row)));
      rows[static_cast<std::int64_t>(row)].narrow(0, 0, lengths[row]).copy_(clip);
      alone.push_back(model.forward({clip}).toTensor());
    }
    rows[1][2] = std::numeric_limits<float>::quiet_NaN();
    for (const auto type : {torch::kInt64, torch::kInt32}) {
      const auto together = model.forward({rows, torch::tensor(lengths).to(type)}).toTensor();
      CHECK(largest_difference(together, torch::stack(alone)) == 0);
    }
    rows[1][2] = 0;
    CHECK(largest_difference(model.forward({rows}).toTensor(), torch::stack(alone)) > 1e-3);  // without them: padding
  }
}

TEST_CASE("the model says what is wrong with a waveform", "[deploy]") {
  const auto backbone = small_backbone();
  auto model = deploy::build_model(backbone, random_head(small_spec(backbone, "both", "mean")), kNames, false);
  CHECK_THROWS_WITH(model.forward({torch::zeros({1, 1, 16000})}), Catch::Contains("[batch, samples]"));
  CHECK_THROWS_WITH(model.forward({torch::zeros({0})}), Catch::Contains("empty"));
  CHECK_THROWS_WITH(model.forward({torch::zeros({16000}, torch::kFloat64)}), Catch::Contains("float32"));
  CHECK_THROWS_WITH(model.get_method("classify")({torch::zeros({2, 16000})}), Catch::Contains("one waveform"));
}

TEST_CASE("the model refuses invalid samples", "[deploy]") {
  const auto backbone = small_backbone();
  auto model = deploy::build_model(backbone, random_head(small_spec(backbone, "both", "mean")), kNames, false);
  const auto spoilt = [](float value) {
    auto waveform = torch::zeros({20000});
    waveform[12345] = value;
    return waveform;
  };
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), infinity, -infinity}) {
    CHECK_THROWS_WITH(model.forward({spoilt(value)}), Catch::Contains("not finite"));
    CHECK_THROWS_WITH(model.get_method("classify")({spoilt(value)}), Catch::Contains("not finite"));
  }
  for (const float value : {101.0F, -32768.0F}) {
    CHECK_THROWS_WITH(model.forward({spoilt(value)}), Catch::Contains("int16"));
    CHECK_THROWS_WITH(model.forward({torch::stack({torch::zeros({20000}), spoilt(value)})}), Catch::Contains("int16"));
  }
  CHECK_NOTHROW(model.forward({spoilt(-100)}));
  CHECK_THROWS_WITH(model.forward({torch::zeros({16000, 2})}), Catch::Contains("is this [samples, channels]?"));
  CHECK_THROWS_WITH(model.forward({torch::zeros({2, 399})}), Catch::Contains("a row has 399"));
  CHECK_NOTHROW(model.forward({torch::zeros({2, 400})}));
}

TEST_CASE("the model refuses lengths that do not fit the batch", "[deploy]") {
  const auto backbone = small_backbone();
  auto model = deploy::build_model(backbone, random_head(small_spec(backbone, "both", "mean")), kNames, false);
  const auto rows = torch::zeros({2, 16000});
  const auto with = [&](const torch::Tensor& lengths) { return model.forward({rows, lengths}); };
  CHECK_NOTHROW(with(torch::tensor({16000, 5})));
  CHECK_THROWS_WITH(with(torch::tensor({16000, 16001})), Catch::Contains("length 16001 of row 1"));
  CHECK_THROWS_WITH(with(torch::tensor({0, 16000})), Catch::Contains("length 0 of row 0"));
  CHECK_THROWS_WITH(with(torch::tensor({1, 2, 3})), Catch::Contains("each of 2 rows"));
  CHECK_THROWS_WITH(with(torch::tensor({1.0F, 0.5F})), Catch::Contains("whole numbers"));
  CHECK_THROWS_WITH(model.forward({rows[0], torch::tensor({5})}), Catch::Contains("belong to a batch"));
}

TEST_CASE("a model whose weights were moved to another type says so", "[deploy]") {
  const auto backbone = small_backbone();
  for (const auto type : {torch::kHalf, torch::kBFloat16, torch::kFloat64}) {
    auto model = deploy::build_model(backbone, random_head(small_spec(backbone, "both", "mean")), kNames, false);
    model.to(type);
    CHECK_THROWS_WITH(model.forward({torch::zeros({16000})}), Catch::Contains("float32 only"));
    CHECK_THROWS_WITH(model.forward({torch::zeros({16000}, type)}), Catch::Contains("float32"));
  }
}

TEST_CASE("the model owns its tensors", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  auto backbone = small_backbone();
  auto head = random_head(small_spec(backbone, "embeddings", "window"));
  auto model = deploy::build_model(backbone, head, kNames, false);
  const auto waveform = as_tensor(made_up_waveform(30000));
  const auto before = model.forward({waveform}).toTensor().clone();
  for (auto& parameter : head->parameters()) parameter.zero_();
  for (const auto& parameter : backbone.module.parameters()) parameter.zero_();
  CHECK(largest_difference(model.forward({waveform}).toTensor(), before) == 0);
  CHECK(before.abs().max().item<double>() > 0);
}

TEST_CASE("a head that does not fit is refused", "[deploy]") {
  const auto backbone = small_backbone();
  auto spec = small_spec(backbone, "embeddings", "window");
  CHECK_THROWS_AS(deploy::build_model(backbone, random_head(spec), {"dog", "cat"}, false), UsageError);
  spec.input = config::HeadInput::scores;
  CHECK_THROWS_AS(deploy::build_model(backbone, random_head(spec), kNames, false), UsageError);
}

TEST_CASE("an export is checked, reproducible and has a checksum beside it", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "attention"));
  const auto model = deploy::build_model(backbone, head, kNames, false);
  const std::vector<deploy::ParityCase> cases = {parity_case(backbone, head, made_up_waveform(70000)),
                                                 parity_case(backbone, head, made_up_waveform(100))};
  const auto check = deploy::export_model(model, head, {{"config", "seed: 1"}}, cases, folder / "model.pt");
  CHECK(check.verified);
  CHECK(check.file == folder / "model.pt");
  CHECK(check.head_difference <= 1e-4);
  CHECK(check.trainer_difference <= 1e-4);
  CHECK(check.problem.empty());
  deploy::export_model(model, head, {{"config", "seed: 1"}}, cases, folder / "again.pt");
  CHECK(read_file(folder / "model.pt") == read_file(folder / "again.pt"));
  CHECK(read_file(folder / "model.pt.sha256") == hash_file(HashKind::sha256, folder / "model.pt") + "  model.pt\n");
}

TEST_CASE("an export that differs from the trainer is kept under another name, with the difference", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  const auto model = deploy::build_model(backbone, head, kNames, false);
  const auto good = parity_case(backbone, head, made_up_waveform(70000));
  auto wrong = good;
  wrong.trainer_logits[1] += 2e-4F;
  const auto check = deploy::export_model(model, head, {}, {good, wrong}, folder / "model.pt");
  CHECK_FALSE(check.verified);
  CHECK(check.file == folder / "model.unverified.pt");
  CHECK(check.trainer_difference == Approx(2e-4).margin(5e-5));
  CHECK(check.head_difference <= 1e-4);
  CHECK_THAT(check.problem, Catch::Contains("differ from the trainer's") && Catch::Contains(wrong.clip_id));
  CHECK_FALSE(std::filesystem::exists(folder / "model.pt"));
  CHECK(read_file(folder / "model.unverified.pt.sha256") ==
        hash_file(HashKind::sha256, check.file) + "  model.unverified.pt\n");

  // It is a model like others, and says what it is.
  deploy::Model kept = deploy::Model::load(check.file, torch::kCPU);
  CHECK(kept.metadata()["verification"]["verified"] == false);
  CHECK(kept.metadata()["verification"]["trainer_difference"].get<double>() == check.trainer_difference);
  CHECK(largest_difference(as_tensor(kept.classify(good.waveform).logits), as_tensor(good.trainer_logits)) < 1e-4);

  // Where the features were computed otherwise, the distance is reported and nothing is refused.
  deploy::ExportLimits reported;
  reported.trainer = std::numeric_limits<double>::infinity();
  CHECK(deploy::export_model(model, head, {}, {good, wrong}, folder / "reported.pt", reported).verified);
  wrong.trainer_logits[1] = std::numeric_limits<float>::quiet_NaN();
  const auto not_a_number = deploy::export_model(model, head, {}, {good, wrong}, folder / "reported.pt", reported);
  CHECK_FALSE(not_a_number.verified);
  CHECK(std::isnan(not_a_number.trainer_difference));
}

TEST_CASE("an export is compared with the trained head on the file's own features, tightly", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  const auto model = deploy::build_model(backbone, head, kNames, false);
  auto far = parity_case(backbone, head, made_up_waveform(70000));
  for (auto& logit : far.trainer_logits) logit += 3;  // as features of a low precision may be
  deploy::ExportLimits reported;
  reported.trainer = std::numeric_limits<double>::infinity();
  const auto fine = deploy::export_model(model, head, {}, {far}, folder / "model.pt", reported);
  CHECK(fine.verified);
  CHECK(fine.trainer_difference == Approx(3).margin(1e-3));

  const auto other = random_head(small_spec(backbone, "both", "mean"));
  other->linears()[0]->bias.add_(0.01);
  const auto check = deploy::export_model(model, other, {}, {far}, folder / "other.pt", reported);
  CHECK_FALSE(check.verified);
  CHECK_THAT(check.problem, Catch::Contains("differ from the trained head's"));
}

TEST_CASE("an export whose clip the model refuses is kept, too", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  auto loud = parity_case(backbone, head, made_up_waveform(20000));
  for (auto& sample : loud.waveform) sample *= 32768;
  const auto check =
      deploy::export_model(deploy::build_model(backbone, head, kNames, false), head, {}, {loud}, folder / "model.pt");
  CHECK_FALSE(check.verified);
  CHECK_THAT(check.problem, Catch::Contains("refuses a clip") && Catch::Contains("int16"));
  CHECK(std::filesystem::exists(folder / "model.unverified.pt"));
}

TEST_CASE("an older export stays when a new one is not verified", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  const auto model = deploy::build_model(backbone, head, kNames, false);
  auto parity = parity_case(backbone, head, made_up_waveform(70000));
  deploy::export_model(model, head, {}, {parity}, folder / "model.pt");
  const auto model_bytes = read_file(folder / "model.pt"), sidecar = read_file(folder / "model.pt.sha256");
  parity.trainer_logits[0] += 1;
  CHECK_FALSE(deploy::export_model(model, head, {{"new", 1}}, {parity}, folder / "model.pt").verified);
  CHECK(read_file(folder / "model.pt") == model_bytes);
  CHECK(read_file(folder / "model.pt.sha256") == sidecar);
}

TEST_CASE("an export without a comparison, or with our own metadata keys, is refused", "[deploy]") {
  const torch::NoGradGuard no_gradients;
  const TempFolder folder;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "mean"));
  const auto model = deploy::build_model(backbone, head, kNames, false);
  const auto file = folder / "model.pt";
  CHECK_THROWS_AS(deploy::export_model(model, head, {}, {}, file), UsageError);
  auto parity = parity_case(backbone, head, made_up_waveform(100));
  CHECK_THROWS_AS(deploy::export_model(model, head, {{"class_names", 1}}, {parity}, file), UsageError);
  CHECK_THROWS_AS(deploy::export_model(model, head, {{"verification", 1}}, {parity}, file), UsageError);
  CHECK_THROWS_AS(deploy::export_model(model, head, nlohmann::json::array({1}), {parity}, file), UsageError);
  parity.trainer_logits.pop_back();
  CHECK_THROWS_AS(deploy::export_model(model, head, {}, {parity}, file), UsageError);
  CHECK(std::filesystem::is_empty(folder.path()));
}
