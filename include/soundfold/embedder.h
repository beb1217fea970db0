// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soundfold/audio.h>
#include <soundfold/export.h>
#include <soundfold/precision.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace soundfold {

struct EmbedderOptions {
  Precision precision = Precision::float32;
  /// Frames (YAMNet: of 10 ms) from the start of one patch to the next: 1 to 1,000. YAMNet's patch sees 0.975 s.
  int patch_hop_frames = 48;
};

/// What the network makes of one patch, or of one row of it where a patch has several (docs/ced.md, time columns); the
/// pointers are valid during the call only.
struct PatchResult {
  const float* embedding = nullptr;  ///< [embedding_size()]
  const float* scores = nullptr;     ///< [class_names().size()], each from 0 to 1 on its own
  std::int64_t first_sample = 0;     ///< where the patch begins in the waveform
  float level_dbfs = 0;              ///< RMS of the samples that it sees; -120 at least, a full-scale sine has -3.01
};
using PatchConsumer = std::function<void(const PatchResult& patch)>;

/// All patches of a waveform.
struct Embeddings {
  std::int64_t patch_count = 0;     ///< P: at least 1
  std::int64_t embedding_size = 0;  ///< E
  std::int64_t class_count = 0;     ///< C
  std::vector<float> embeddings;    ///< [P, E], row-major
  std::vector<float> scores;        ///< [P, C], row-major
  std::vector<float> levels_dbfs;   ///< [P]
};

/// A pretrained network from waveforms to embeddings and scores, on the processor. One object serves one thread at a
/// time and works on that thread alone; share() gives another thread its own.
class SOUNDFOLD_API Embedder {
 public:
  /// Reads weights: a .safetensors file as importer writes it, or Google's YAMNet as TFLite. Of a yamnet.pt, which
  /// needs LibTorch, and of Google's Keras file importer makes a .safetensors file. Throws DataError when the file is
  /// missing, damaged or of another kind, UsageError when the processor or the weights do not allow the options.
  explicit Embedder(const std::filesystem::path& weights, const EmbedderOptions& options = {});
  ~Embedder();
  Embedder(Embedder&& other) noexcept;
  Embedder& operator=(Embedder&& other) noexcept;

  /// The same network for another thread: the weights are in memory once. Several threads may call it at once.
  Embedder share() const;

  std::int64_t embedding_size() const;
  const std::vector<std::string>& class_names() const;
  /// Rate of the waveforms that the network takes, in Hz: 16,000 with YAMNet's family.
  int sample_rate_hz() const;

  /// Embeds `count` mono samples at sample_rate_hz(), within [-1, 1] as a rule. Throws UsageError when there are none,
  /// or one is not finite or above 100.
  Embeddings embed(const float* samples, std::size_t count);
  Embeddings embed(const std::vector<float>& waveform) { return embed(waveform.data(), waveform.size()); }

  /// Embeds a sound file. Throws as load_audio does.
  Embeddings embed_file(const std::filesystem::path& path, const AudioOptions& options = {});

  /// The same patch by patch, in memory that does not grow with the file. Returns the number of patches. What `consume`
  /// throws passes through.
  std::int64_t stream_file(const std::filesystem::path& path, const PatchConsumer& consume,
                           const AudioOptions& options = {});

 private:
  struct Impl;
  explicit Embedder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace soundfold
