// SPDX-License-Identifier: Apache-2.0
// Latency of an exported model from a waveform to its answer, as one JSON line. LibTorch alone: what a user's own
// program would see. As it is: the way examples/classify_wav asks. Frozen: with LibTorch's own optimisations for
// inference first.
#include "latency.h"

#include <torch/script.h>

namespace {

/// LibTorch folds the batch norms of `forward` alone, so the frozen model answers through that.
torch::jit::Module load(const std::string& file, bool frozen) {
  if (!frozen) torch::jit::setGraphExecutorOptimize(false);
  torch::jit::Module model = torch::jit::load(file);
  if (!frozen) return model;
  model = torch::jit::freeze(model);
  return torch::jit::optimize_for_inference(model);
}

void measure(const std::string& model_file, const std::string& waveform_file, bool frozen, int repeats) {
  const auto start = latency::Clock::now();
  torch::jit::Module model = load(model_file, frozen);
  const double load_ms = latency::milliseconds_since(start);
  const c10::InferenceMode no_gradients;
  const auto waveform = torch::tensor(latency::read_waveform(waveform_file));
  latency::measure(load_ms, repeats, [&] {
    const auto logits =
        frozen ? model.forward({waveform}).toTensor().contiguous()
               : model.get_method("classify")({waveform}).toGenericDict().at("classifier").toTensor().contiguous();
    return std::vector<float>(logits.data_ptr<float>(), logits.data_ptr<float>() + logits.numel());
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: model_latency model.pt waveform.f32 as_is|frozen repeats\n");
    return 2;
  }
  try {
    measure(argv[1], argv[2], std::string(argv[3]) == "frozen", std::stoi(argv[4]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "model_latency: error: %s\n", error.what());
    return 1;
  }
}
