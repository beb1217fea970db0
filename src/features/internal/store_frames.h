// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/choices.h"
#include "device/torch.h"
#include "heads/feature_set.h"
#include "store/store.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::features {

/// Copies the chosen values of a record's windows into `rows` [P, D].
void copy_rows(const store::ClipEmbeddingsView& record, config::HeadInput input, float* rows);

/// Windows that stay in the store: the records that sets are made of, and the way to their rows. Records are added
/// while the sets are made; after that several threads may read.
class StoreFrames : public std::enable_shared_from_this<StoreFrames> {
 public:
  /// `width`: values of a window, `most_bytes` as in heads::StreamedFrames.
  StoreFrames(std::shared_ptr<const store::Store> store, config::HeadInput input, std::int64_t width,
              std::uint64_t most_bytes)
      : store_(std::move(store)), input_(input), width_(width), most_bytes_(most_bytes) {}

  /// The number of a record that has been read, and so verified.
  std::int32_t add(const std::string& key);
  /// Of a set with windows at these places; this object lives as long as it.
  heads::StreamedFrames frames_at(const std::vector<std::int32_t>& places) const;

 private:
  torch::Tensor read(const torch::Tensor& places) const;

  std::shared_ptr<const store::Store> store_;
  config::HeadInput input_;
  std::int64_t width_;
  std::uint64_t most_bytes_;
  std::vector<std::string> keys_;
};

}  // namespace soundfold::features
