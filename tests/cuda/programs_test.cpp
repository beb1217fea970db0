// SPDX-License-Identifier: Apache-2.0
// The programs with --device cuda, from the sound files to the exported model.
#include "apps/small_place.h"
#include "cuda/device.h"
#include "deploy/model.h"
#include "support/files.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <filesystem>

using namespace soundfold;
using testing::kCuda;
using testing::on_standin;

namespace {

const double kAllowed = on_standin() ? 1e-4 : 5e-3;

nlohmann::json result_of(const testing::SmallPlace& place, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"--config", "a.yaml", "--set", "head.dropout=0"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  place.run("trainer", arguments);
  return nlohmann::json::parse(read_file(place / "experiments/a/latest/result.json"));
}

}  // namespace

TEST_CASE("trainer, evaluator and classifier do on CUDA what they do on the CPU", "[cuda]") {
  const testing::SmallPlace place;
  const auto here = result_of(place, {"--device", "cpu", "--set", "backbone.engine=torchscript"});
  const auto there = result_of(place, {"--device", "cuda"});
  CHECK(there.at("device") == "cuda:0");
  CHECK(there.at("data").at("embedded_with").at("device_kind") == "cuda");
  CHECK(there.at("data").at("embedded_with").at("engine") == "torchscript");
  CHECK(there.at("data").at("embedded_with").at("tf32") == false);
  CHECK(there.at("export").at("verified") == true);
  CHECK(there.at("export").at("head_difference").get<double>() < 1e-4);
  CHECK(there.at("export").at("precision").at("trained_on") == "torchscript float32 on cuda, head trained on cuda:0");
  CHECK(there.at("export").at("precision").at("largest_logit_difference").get<double>() < kAllowed);
  CHECK(there.at("test").at("clips").at("accuracy") == here.at("test").at("clips").at("accuracy"));

  const auto run = std::filesystem::canonical(place / "experiments/a/latest");
  const auto by_cpu = deploy::Model::load(run / "model.pt", torch::kCPU);
  const auto by_cuda = deploy::Model::load(run / "model.pt", kCuda);
  std::vector<float> waveform(40'000);
  for (std::size_t i = 0; i < waveform.size(); ++i) waveform[i] = 0.5F * std::sin(0.05F * static_cast<float>(i));
  const auto a = by_cpu.classify(waveform), b = by_cuda.classify(waveform);
  REQUIRE(a.logits.size() == b.logits.size());
  for (std::size_t k = 0; k < a.logits.size(); ++k) CHECK(b.logits[k] == Approx(a.logits[k]).margin(kAllowed));

  const auto model = (run / "model.pt").string();
  for (const std::string device : {"cpu", "cuda"}) {
    const auto out = place.run("evaluator", {"--config", "a.yaml", "--model", model, "--device", device, "--json"});
    CHECK(nlohmann::json::parse(out).at("clips").at("accuracy") == there.at("test").at("clips").at("accuracy"));
  }
}

TEST_CASE("what embeds and what trains may be different devices", "[cuda]") {
  const testing::SmallPlace place;
  const auto here = result_of(place, {"--device", "cpu"});
  const auto mixed = result_of(place, {"--device", "cuda", "--set", "backbone.device=cpu"});
  CHECK(mixed.at("device") == "cuda:0");
  CHECK(mixed.at("data").at("embedded_with") == here.at("data").at("embedded_with"));
  CHECK(mixed.at("export").at("verified") == true);
  // The same embeddings: nothing was computed a second time.
  const auto again = testing::run(
      "trainer", {"--config", "a.yaml", "--set", "head.dropout=0", "--device", "cuda", "--set", "backbone.device=cpu"},
      place.path());
  CHECK_THAT(again.err, Catch::Contains("10/10 clips from the store"));
}

TEST_CASE("embeddings made on CUDA are kept apart from the CPU's", "[cuda]") {
  const testing::SmallPlace place;
  const auto embed = [&](const std::string& device) {
    return nlohmann::json::parse(place.run(
        "embedder", {"--weights", "data/yamnet.pt", "--engine", "torchscript", "--device", device, "--json", "set"}));
  };
  CHECK(embed("cpu").at("computed") == 10);
  CHECK(embed("cuda").at("computed") == 10);
  CHECK(embed("cuda").at("computed") == 0);
  CHECK(embed("cpu").at("computed") == 0);
}
