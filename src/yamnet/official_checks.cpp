// SPDX-License-Identifier: Apache-2.0
#include "yamnet/official_checks.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace soundfold::yamnet {
namespace {

constexpr std::int64_t kSeconds = 3;
constexpr std::size_t kListed = 10;

/// sin(2 pi 440 t) at t = 0, 1/16000, ... below 3 s, as yamnet_test.py has it.
torch::Tensor sine(std::int64_t rate_hz) {
  const torch::Tensor seconds = torch::arange(kSeconds * rate_hz, torch::kFloat64) / static_cast<double>(rate_hz);
  return torch::sin(seconds * (2.0 * M_PI * 440.0)).to(torch::kFloat32);
}

/// numpy's legacy generator, seed 51773, uniform(-1, 1): 53 bits from two draws of the Mersenne Twister.
torch::Tensor white_noise(std::int64_t count) {
  std::mt19937 generator(51773);
  torch::Tensor noise = torch::empty({count});
  auto* samples = noise.data_ptr<float>();
  for (std::int64_t i = 0; i < count; ++i) {
    const double high = generator() >> 5U;
    const double low = generator() >> 6U;
    samples[i] = static_cast<float>(2.0 * ((high * 67108864.0 + low) / 9007199254740992.0) - 1.0);
  }
  return noise;
}

torch::Device device_of(const torch::jit::Module& module) {
  for (const auto& parameter : module.parameters()) return parameter.device();
  return torch::kCPU;
}

CheckResult check(torch::jit::Module& module, const std::string& signal, const torch::Tensor& waveform,
                  const std::string& expected) {
  const auto result = module.forward({waveform.to(device_of(module))}).toTuple();
  const torch::Tensor mean = result->elements()[0].toTensor().mean(0).to(torch::kCPU);
  const auto names = class_names_of(module);
  const auto listed = std::min(static_cast<std::int64_t>(kListed), mean.size(0));
  const auto [scores, indices] = mean.topk(listed);
  CheckResult checked{signal, expected, false, {}};
  for (std::int64_t i = 0; i < listed; ++i) {
    const auto index = static_cast<std::size_t>(indices[i].item<std::int64_t>());
    checked.top.emplace_back(names.at(index), scores[i].item<float>());
    checked.passed = checked.passed || checked.top.back().first == expected;
  }
  return checked;
}

}  // namespace

std::vector<CheckResult> run_official_checks(torch::jit::Module& module) {
  const torch::InferenceMode no_gradients;
  const auto rate_hz = module.attr("sample_rate").toInt();
  return {check(module, "silence", torch::zeros({kSeconds * rate_hz}), "Silence"),
          check(module, "sine 440 Hz", sine(rate_hz), "Sine wave"),
          check(module, "white noise", white_noise(kSeconds * rate_hz), "White noise")};
}

}  // namespace soundfold::yamnet
