// SPDX-License-Identifier: Apache-2.0
// Latency of an exported model from a waveform to its answer, as one JSON line. LibTorch alone: what a user's own
// program would see. As it is: the way examples/classify_wav asks. Frozen: with LibTorch's own optimisations for
// inference first.
#include <torch/script.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Resident memory of this process in kB, from the kernel.
long resident_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stol(line.substr(6));
  }
  return 0;
}

torch::Tensor read_waveform(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  TORCH_CHECK(!bytes.empty(), file, ": cannot be read");
  const auto samples = static_cast<std::int64_t>(bytes.size() / sizeof(float));
  return torch::from_blob(const_cast<char*>(bytes.data()), {samples}, torch::kFloat32).clone();
}

/// LibTorch folds the batch norms of `forward` alone, so the frozen model answers through that.
torch::jit::Module load(const std::string& file, bool frozen) {
  if (!frozen) torch::jit::setGraphExecutorOptimize(false);
  torch::jit::Module model = torch::jit::load(file);
  if (!frozen) return model;
  model = torch::jit::freeze(model);
  return torch::jit::optimize_for_inference(model);
}

void measure(const std::string& model_file, const std::string& waveform_file, bool frozen, int repeats) {
  const auto start = Clock::now();
  torch::jit::Module model = load(model_file, frozen);
  const double load_ms = milliseconds_since(start);
  const c10::InferenceMode no_gradients;
  const auto waveform = read_waveform(waveform_file);
  const auto answer = [&] {
    if (frozen) return model.forward({waveform}).toTensor().contiguous();
    return model.get_method("classify")({waveform}).toGenericDict().at("classifier").toTensor().contiguous();
  };
  const auto asked = Clock::now();
  const auto logits = answer();
  std::printf("{\"load_ms\": %.3f, \"first_ms\": %.3f, \"times_ms\": [", load_ms, milliseconds_since(asked));
  for (int i = 0; i < repeats; ++i) {
    const auto begun = Clock::now();
    answer();
    std::printf("%s%.4f", i == 0 ? "" : ", ", milliseconds_since(begun));
  }
  std::printf("], \"logits\": [");
  for (std::int64_t k = 0; k < logits.numel(); ++k) {
    std::printf("%s%.6f", k == 0 ? "" : ", ", static_cast<double>(logits.data_ptr<float>()[k]));
  }
  std::printf("], \"resident_kb\": %ld}\n", resident_kb());
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
