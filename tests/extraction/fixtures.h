// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"
#include "extraction/extraction.h"
#include "store/store.h"

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace soundfold::testing {

/// A clip whose values follow from `seed`.
store::ClipEmbeddings made_up_clip(std::int64_t patches, std::int64_t embedding_size, std::int64_t scores, int seed);

bool equal(const store::ClipEmbeddings& clip, const store::ClipEmbeddingsView& view);

/// The record of `key`, copied. Fails the test when it is not there.
store::ClipEmbeddings stored(const store::Store& store, const std::string& key);

float largest_difference(const std::vector<float>& a, const std::vector<float>& b);

/// Arithmetic on the patch in place of the network: embedding e of 8 is the mean of every 8th value from e on, score s
/// of 3 is the value at place 100 s. `on_run` is called at the start of each run.
class FakeBackbone : public engines::Backbone {
 public:
  const frontend::InputRecipe& input() const override { return recipe; }
  void run(const float* patches, std::int64_t patch_count, float* embeddings, float* scores) override {
    run_frames(patches, patch_count, 96, embeddings, scores);
  }
  void run_frames(const float* patches, std::int64_t patch_count, std::int64_t frames, float* embeddings,
                  float* scores) override;
  std::unique_ptr<Backbone> share() const override { return std::make_unique<FakeBackbone>(*this); }
  std::int64_t embedding_size() const override { return 8; }
  std::int64_t class_count() const override { return 3; }
  const std::vector<std::string>& class_names() const override { return names_; }
  const std::string& weights_digest() const override { return digest; }
  engines::ComputeType compute_type() const override { return {}; }
  std::int64_t preferred_batch() const override { return batch; }

  std::string digest = "fake-weights";
  frontend::InputRecipe recipe;
  std::int64_t batch = 4;
  std::function<void()> on_run;
  std::shared_ptr<std::atomic<int>> patches_run = std::make_shared<std::atomic<int>>(0);

 private:
  std::vector<std::string> names_ = {"one", "two", "three"};
};

/// Writes a 16 kHz WAV with a tone of `hz` and gives it an old modification time.
void write_tone(const std::filesystem::path& path, double seconds, double hz);
/// Writes one second of a tone as a 16 kHz WAV of two channels, each with its gain.
void write_stereo_tone(const std::filesystem::path& path, double hz, double left_gain, double right_gain);
/// Sets a file's modification time to an hour ago.
void make_old(const std::filesystem::path& path);

/// Runs `body` in a forked process; returns its exit code: 0 when body returned, 99 when it threw, 128 + signal when
/// it was killed. The store must not be open in the calling process.
int in_child(const std::function<void()>& body);
pid_t start_child(const std::function<void()>& body);
int wait_for_child(pid_t child);

}  // namespace soundfold::testing
