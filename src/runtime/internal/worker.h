// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"
#include "frontend/log_mel.h"

#include <memory>
#include <mutex>
#include <vector>

/// Private to this room.
namespace soundfold::runtime {

/// What one waveform needs of a network while it is on its way: made once, used for one waveform after the other.
struct Worker {
  explicit Worker(std::unique_ptr<engines::Backbone> network);

  std::unique_ptr<engines::Backbone> backbone;
  frontend::LogMel log_mel;
  std::vector<float> patches, levels_dbfs;                ///< that wait for the network: [P, frames, bands] and [rows]
  std::vector<float> embeddings, scores, frames, logits;  ///< of a batch
};

/// The workers of a classifier: as many as passes are under way at once. Several threads may use it.
class Workers {
 public:
  explicit Workers(std::unique_ptr<engines::Backbone> network) : network_(std::move(network)) {}

  const engines::Backbone& network() const { return *network_; }
  std::unique_ptr<Worker> take();
  void put_back(std::unique_ptr<Worker> worker);

 private:
  std::unique_ptr<engines::Backbone> network_;  ///< never run itself
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> idle_;
};

}  // namespace soundfold::runtime
