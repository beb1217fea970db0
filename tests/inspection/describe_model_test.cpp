// SPDX-License-Identifier: Apache-2.0
#include "deploy/export.h"
#include "deploy/model.h"
#include "inspection/model_text.h"
#include "runtime/model_file.h"
#include "runtime/sample_model.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"
#include "weights/sample_weights.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace soundfold;
using Catch::Contains;

namespace {

constexpr std::int64_t kMelMacs = 96 * 257 * 64;

/// YAMNet's widths with random values.
weights::Weights yamnet_weights() {
  return weights::testing::random_weights(1, network::kYamnetClasses, 5, network::Activation::relu);
}

const inspection::Part& part_named(const inspection::ModelDescription& model, const std::string& name) {
  for (const auto& part : model.parts) {
    if (part.name == name) return part;
  }
  throw std::runtime_error("no part " + name);
}

/// An exported model of three classes with taps and every part that a head may have.
void export_large(const std::filesystem::path& file) {
  const torch::NoGradGuard no_gradients;
  const auto backbone = yamnet::tapped_module(yamnet_weights(), 24, {3, 7});
  heads::HeadSpec spec;
  spec.input_size = backbone.embedding_size;
  spec.class_count = 3;
  spec.hidden = {16};
  spec.pooling = config::Pooling::attention;
  spec.normalization = config::Normalization::layer;
  spec.standardize = true;
  heads::Head head(spec);
  head->eval();
  constexpr double kAny = std::numeric_limits<double>::infinity();
  const deploy::ParityCase parity{"clip", std::vector<float>(16000, 0.1F), std::vector<float>(3)};
  evaluation::DecisionRule rule;
  rule.temperature = 1.5;
  rule.negative_class = 2;
  deploy::export_model(deploy::build_model(backbone, head, {"dog", "cat", "rain"}, false, rule), head, {}, {parity},
                       file, {kAny, kAny});
}

std::int64_t values_of(const torch::jit::Module& module) {
  std::int64_t count = 0;
  for (const auto& tensor : module.parameters()) count += tensor.numel();
  for (const auto& tensor : module.buffers()) count += tensor.numel();
  return count;
}

}  // namespace

TEST_CASE("a backbone's parts have YAMNet's published size and cost", "[inspection]") {
  const testing::TempFolder folder;
  const auto weights = yamnet_weights();
  yamnet::save_module(yamnet::build_module(weights), weights, folder / "yamnet.pt");
  const auto model = inspection::describe_model(folder / "yamnet.pt");
  CHECK(model.kind == "backbone");
  CHECK(model.class_names.size() == 521);
  CHECK(model.window_hop_seconds == Approx(0.48));
  // YAMNet's page: 69.2 million multiplies for each 960 ms, 3.7 million weights.
  CHECK(model.macs() == 69'165'056 + kMelMacs);
  CHECK(model.parameters() == weights.parameter_count());
  const auto& first = part_named(model, "layer1");
  CHECK(first.output == "[32, 48, 32]");
  CHECK(first.macs == 48 * 32 * 32 * 9);
  const auto& second = part_named(model, "layer2");
  CHECK(second.detail == "depthwise 3x3; pointwise, relu");
  CHECK(second.macs == 48 * 32 * 32 * (9 + 64));
  CHECK(part_named(model, "layer14").output == "[1024, 3, 2]");
  CHECK(part_named(model, "scores").macs == 1024 * 521);
}

TEST_CASE("an exported model's parts hold all its values, and its decision is told", "[inspection]") {
  const testing::TempFolder folder;
  export_large(folder / "model.pt");
  const auto model = inspection::describe_model(folder / "model.pt");
  const auto loaded = deploy::Model::load(folder / "model.pt", torch::kCPU);
  const auto network = loaded.module().attr("backbone").toModule().attr("network").toModule();
  CHECK(model.parameters() == values_of(network) + values_of(loaded.module().attr("head").toModule()));
  const std::int64_t features = 1024 + 2 * 128 + 2 * 512;  // blocks 3 and 7
  CHECK(part_named(model, "embedding").output == "[" + std::to_string(features) + "]");
  CHECK(part_named(model, "attention").parameters == features + 2 * features);
  CHECK(part_named(model, "attention").macs == features);
  CHECK(part_named(model, "hidden 1").parameters == features * 16 + 16 + 2 * 16);
  CHECK(part_named(model, "hidden 1").detail == "linear, layer norm, relu");
  CHECK(part_named(model, "output").macs == 16 * 3);
  CHECK(model.macs() == 69'165'056 + kMelMacs + features + features * 16 + 16 * 3);
  CHECK(model.decision ==
        "one class (softmax); temperature 1.500; rain means none of the others; any sound is given a class");

  const auto text = inspection::model_text(model);
  CHECK_THAT(text, Contains("Classes (K = 3): dog, cat, rain\n") && Contains("Windows: 0.96 s, one every 0.24 s\n"));
  CHECK_THAT(text, Contains("classify: window_silent") && Contains("[P, " + std::to_string(features) + "]"));
  const auto json = inspection::model_json(model);
  CHECK(json["parameters"] == model.parameters());
  CHECK(json["parts"].size() == model.parts.size());
  CHECK(json["parts"][0]["group"] == "front end");
}

TEST_CASE("the rules of events that a model holds are shown", "[inspection]") {
  const testing::TempFolder folder;
  auto plain = testing::sample_model();
  write_file_atomically(folder / "model.safetensors", runtime::model_file_bytes(plain));
  const auto without = inspection::describe_plain_model(folder / "model.safetensors");
  CHECK(inspection::model_json(without)["event_rules"].is_null());
  CHECK_THAT(inspection::model_text(without), Contains("Events: no fitted rules in this file;"));

  plain.event_rules.emplace();
  plain.event_rules->of_class = {events::EventRule(), std::nullopt, events::EventRule()};
  plain.event_rules->of_class[0]->on = 0.75;
  plain.event_rules->of_class[2]->min_duration_s = 1.5;
  plain.event_rules->hop_s = 0.24;
  plain.event_rules->false_alarms_per_hour = 0.5;
  write_file_atomically(folder / "model.safetensors", runtime::model_file_bytes(plain));
  const auto fitted = inspection::describe_plain_model(folder / "model.safetensors");
  CHECK_THAT(inspection::model_text(fitted),
             Contains("Events: rules fitted for a window every 0.24 s, with 0.50 false alarms per hour on held-out "
                      "blocks\n"
                      "  class     on    off  smooth s  least s  gap s  trim s  cooldown s  least dBFS\n"
                      "  dog    0.750  0.350      0.00     0.00   0.00    0.00           0        -120\n"
                      "  rain   0.500  0.350      0.00     1.50   0.00    0.00           0        -120\n"
                      "  no events of cat\n"));
  const auto json = inspection::model_json(fitted)["event_rules"];
  CHECK(json["hop_s"] == 0.24);
  CHECK(json["classes"]["dog"]["on"] == 0.75);
  CHECK(json["classes"]["rain"]["min_duration_s"] == 1.5);
  CHECK_FALSE(json["classes"].contains("cat"));
}

TEST_CASE("what is no model of Soundfold's is not described", "[inspection]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "model.pt", "no model");
  CHECK_THROWS_AS(inspection::describe_model(folder / "model.pt"), DataError);
  CHECK_THROWS_AS(inspection::describe_model(folder / "missing.pt"), DataError);
}
