// SPDX-License-Identifier: Apache-2.0
#include "device/device.h"
#include "finetuning/block_network.h"
#include "finetuning/cut_backbone.h"
#include "finetuning/network_tail.h"
#include "testing/generated_weights.h"
#include "weights/sample_weights.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <vector>

namespace {

using namespace soundfold;

/// The last block of a network, and what lies before it of 400 clips of 5 s, as many as ESC-10 has.
struct LastBlock {
  static constexpr std::int64_t kClips = 400, kBatch = 32;

  LastBlock(const weights::Weights& weights, std::int64_t windows_of_clip, std::int64_t frames)
      : windows(windows_of_clip), tail(start_of(weights)) {
    const auto first = tail->start().first_block;
    const auto front = finetuning::cut_backbone(weights, "", first, torch::kCPU);
    std::vector<float> log_mel;
    for (std::int64_t i = 0; i < windows * frames * front->input().mel_bands; ++i) {
      log_mel.push_back(static_cast<float>(4 * testing::generated_value(7, static_cast<std::uint64_t>(i))));
    }
    auto clip = torch::empty({windows, front->embedding_size()});
    front->run_frames(log_mel.data(), windows, frames, clip.data_ptr<float>(), nullptr);
    rows = clip.repeat({kBatch, 1});
  }

  static finetuning::TailStart start_of(const weights::Weights& weights) {
    return {std::make_shared<const weights::Weights>(weights), finetuning::block_count(weights),
            config::HeadInput::embeddings};
  }

  /// CPU seconds of an epoch's passes through the block, forward and backward, in batches of 32 clips.
  double epoch_seconds() {
    const std::clock_t start = std::clock();
    for (std::int64_t done = 0; done < kClips; done += kBatch) {
      const auto clips = std::min(kBatch, kClips - done);
      tail->zero_grad();
      tail->forward(rows.narrow(0, 0, clips * windows)).square().sum().backward();
    }
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  }

  std::int64_t windows;
  finetuning::NetworkTail tail;
  torch::Tensor rows;
};

/// YAMNet's last block (10 windows a clip) and that of CED-tiny (one window of 124 tokens), alternately, on one thread.
/// Values are random: speed does not depend on them.
void trained_block(benchmark::State& state) {
  use_one_torch_thread();
  LastBlock of_yamnet(weights::testing::random_weights(1, network::kYamnetClasses, 1, network::Activation::relu), 10,
                      96);
  LastBlock of_ced(testing::generated_weights(network::ced_description(network::CedSize::tiny)), 1, 501);
  double yamnet_s = 1e9, ced_s = 1e9;
  for (auto _ : state) {
    yamnet_s = std::min(yamnet_s, of_yamnet.epoch_seconds());
    ced_s = std::min(ced_s, of_ced.epoch_seconds());
  }
  state.counters["yamnet_s"] = yamnet_s;
  state.counters["ced_s"] = ced_s;
  state.counters["ced/yamnet"] = ced_s / yamnet_s;
}
BENCHMARK(trained_block)->Unit(benchmark::kMillisecond)->Iterations(5);

}  // namespace
