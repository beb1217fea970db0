// SPDX-License-Identifier: Apache-2.0
// The real network on a CUDA device, TF32 off, against the reference outputs.
#include "audio/waveform.h"
#include "cuda/device.h"
#include "engines/torchscript_engine.h"
#include "testing/testing.h"
#include "text/npy.h"
#include "weights/tflite.h"
#include "yamnet/load_backbone.h"
#include "yamnet/module.h"
#include "yamnet/module_file.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using testing::kCuda;
using testing::largest_difference;

namespace {

torch::Tensor reference(const std::string& name) {
  const NpyArray array = read_npy(testing::assets_folder() / "reference" / (name + ".npy"));
  return torch::tensor(array.values).reshape(array.shape);
}

}  // namespace

TEST_CASE("YAMNet on CUDA gives the reference values", "[cuda][assets]") {
  const testing::TempFolder folder;
  const auto weights = weights::read_tflite(testing::assets_folder() / "yamnet/yamnet_classification_int8.tflite");
  yamnet::save_module(yamnet::build_module(weights), weights, folder / "yamnet.pt");
  auto module = yamnet::load_module(folder / "yamnet.pt", kCuda).module;
  engines::BackboneOptions how;
  how.device = engines::device_of(kCuda);
  const auto backbone = yamnet::load_backbone(folder / "yamnet.pt", how);
  for (const std::string name : {"miaow_16k", "speech_whistling2"}) {
    INFO(name);
    const auto waveform = torch::tensor(audio::load_waveform(testing::assets_folder() / "audio" / (name + ".wav")));
    const auto result = module.forward({waveform.to(kCuda)}).toTuple();
    CHECK(largest_difference(result->elements()[0].toTensor(), reference(name + ".scores")) < 1e-4);
    CHECK(largest_difference(result->elements()[1].toTensor(), reference(name + ".embeddings")) < 1e-3);
    CHECK(largest_difference(result->elements()[2].toTensor(), reference(name + ".log_mel")) < 1e-4);

    const auto patches =
        module.get_method("patches")({reference(name + ".log_mel").to(kCuda)}).toTensor().to(torch::kCPU).contiguous();
    auto embeddings = torch::empty({patches.size(0), 1024}), scores = torch::empty({patches.size(0), 521});
    backbone->run(patches.data_ptr<float>(), patches.size(0), embeddings.data_ptr<float>(), scores.data_ptr<float>());
    CHECK(largest_difference(embeddings, reference(name + ".embeddings")) < 1e-3);
    CHECK(largest_difference(scores, reference(name + ".scores")) < 1e-4);
  }
}
