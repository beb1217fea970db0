// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "engines/backbone.h"
#include "testing/generated_weights.h"

#include <cstdint>
#include <vector>

namespace soundfold::testing {

/// A transformer of CED's form: 3 blocks of 3 heads of 4 values, windows of 16 to 80 frames (4 to 20 tokens), 5
/// classes.
inline weights::Weights tiny_transformer() {
  auto network = small_ced();
  network.transformer->embedding_size = 12;
  network.transformer->mlp_size = 24;
  network.transformer->depth = 3;
  network.class_count = 5;
  network.input.patch_frames = 80;
  network.input.patch_hop_frames = 80;
  return generated_weights(network);
}

/// Windows [count, frames, 64] of decibels.
inline torch::Tensor random_windows(std::int64_t count, std::int64_t frames, std::uint64_t seed) {
  auto generator = at::detail::createCPUGenerator(seed);
  return torch::rand({count, frames, 64}, generator) * 60 - 50;
}

/// What a front makes of windows of one length: rows [count, C].
inline torch::Tensor rows_of(const engines::Backbone& front, const torch::Tensor& windows) {
  auto rows = torch::full({windows.size(0), front.embedding_size()}, 7.0F);
  front.share()->run_frames(windows.data_ptr<float>(), windows.size(0), windows.size(1), rows.data_ptr<float>(),
                            nullptr);
  return rows;
}

}  // namespace soundfold::testing
