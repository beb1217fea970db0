// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "engines/onednn_engine.h"
#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"
#include "frontend/recipe.h"
#include "library/internal/decode_options.h"
#include "library/internal/engine_precision.h"
#include "library/samples.h"
#include "support/errors.h"
#include "weights/weights.h"

#include <soundfold/embedder.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace soundfold {
namespace {

void refuse_torchscript(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (in.get() != 'P' || in.get() != 'K') return;
  throw DataError(path.string() +
                  ": a TorchScript file (or another zip), which needs LibTorch; make one for this library: importer "
                  "--from FILE.pt --out FILE.safetensors");
}

std::unique_ptr<engines::Backbone> load_network(const std::filesystem::path& path, const EmbedderOptions& options) {
  refuse_torchscript(path);
  weights::Weights weights = weights::read_described_weights(path);
  // Nothing is stored under it here; the text names the file by its sha256.
  std::string digest = weights.source;
  engines::BackboneOptions how;
  how.precision = engine_precision(options.precision);
  return engines::onednn_backbone(std::move(weights), std::move(digest), how);
}

}  // namespace

/// All within the class: what is inline is not exported.
struct Embedder::Impl {
  Impl(std::unique_ptr<engines::Backbone> network, int hop)
      : backbone(std::move(network)),
        recipe(backbone->input()),
        patch_hop_frames(hop),
        embedding_size(static_cast<std::size_t>(backbone->embedding_size())),
        class_count(static_cast<std::size_t>(backbone->class_count())),
        log_mel(recipe) {}

  /// Embeds what `feed` pushes into the stream that it gets.
  template <typename Feed>
  std::int64_t run(const Feed& feed, const PatchConsumer& consume) {
    levels_dbfs.clear();
    rows_before.clear();
    rows_given = 0;
    const frontend::PatchStream* running = nullptr;
    const auto take = [&](const frontend::Patch& patch) { add(patch, running->sample_count(), consume); };
    frontend::PatchStream stream(log_mel, take, patch_hop_frames);
    running = &stream;
    feed(stream);
    stream.finish();
    flush(stream.sample_count(), consume);
    return rows_given;
  }

  /// Pushes the file's samples, at the network's rate, into the stream that it gets.
  auto feed_of(const std::filesystem::path& path, const AudioOptions& options) const {
    return [path, decoding = decode_options(options, recipe.sample_rate_hz)](frontend::PatchStream& stream) {
      audio::stream_waveform(
          path, [&](const float* samples, std::size_t count) { stream.push(samples, count); }, decoding);
    };
  }

  template <typename Feed>
  Embeddings collect(const Feed& feed) {
    Embeddings all;
    all.embedding_size = static_cast<std::int64_t>(embedding_size);
    all.class_count = static_cast<std::int64_t>(class_count);
    all.patch_count = run(feed, [&](const PatchResult& patch) {
      all.embeddings.insert(all.embeddings.end(), patch.embedding, patch.embedding + embedding_size);
      all.scores.insert(all.scores.end(), patch.scores, patch.scores + class_count);
      all.levels_dbfs.push_back(patch.level_dbfs);
    });
    return all;
  }

  /// All patches of a waveform have as many frames.
  void add(const frontend::Patch& patch, std::int64_t sample_count, const PatchConsumer& consume) {
    if (rows_before.empty()) patches.clear();  // keeps its memory
    patches.insert(patches.end(), patch.log_mel, patch.log_mel + patch.frames * recipe.mel_bands);
    const std::int64_t rows = recipe.rows_of_patch(patch.frames);
    for (std::int64_t row = 0; row < rows; ++row) levels_dbfs.push_back(patch.level_of_row(row));
    rows_before.push_back(patch.rows_before);
    if (static_cast<std::int64_t>(rows_before.size()) >= backbone->preferred_batch()) flush(sample_count, consume);
  }

  void flush(std::int64_t sample_count, const PatchConsumer& consume) {
    if (rows_before.empty()) return;
    embeddings.resize(levels_dbfs.size() * embedding_size);
    scores.resize(levels_dbfs.size() * class_count);
    const auto count = static_cast<std::int64_t>(rows_before.size());
    const auto frames = static_cast<std::int64_t>(patches.size()) / count / recipe.mel_bands;
    backbone->run_frames(patches.data(), count, frames, embeddings.data(), scores.data());
    for (auto* values : {&embeddings, &scores, &levels_dbfs}) {
      frontend::keep_fresh_rows(*values, rows_before, recipe.rows_of_patch(frames));
    }
    for (std::size_t i = 0; i < levels_dbfs.size(); ++i) {
      PatchResult result;
      result.embedding = embeddings.data() + i * embedding_size;
      result.scores = scores.data() + i * class_count;
      result.first_sample = frontend::row_start(rows_given++, sample_count, patch_hop_frames, recipe);
      result.level_dbfs = levels_dbfs[i];
      consume(result);
    }
    levels_dbfs.clear();
    rows_before.clear();
  }

  std::unique_ptr<engines::Backbone> backbone;
  frontend::InputRecipe recipe;
  int patch_hop_frames;
  std::size_t embedding_size, class_count;
  frontend::LogMel log_mel;
  std::vector<float> patches;             ///< that wait for the network: [P, frames, bands]
  std::vector<std::int64_t> rows_before;  ///< theirs (frontend::Patch): [P]
  std::vector<float> levels_dbfs;         ///< [rows]
  std::vector<float> embeddings, scores;
  std::int64_t rows_given = 0;
};

Embedder::Embedder(const std::filesystem::path& weights, const EmbedderOptions& options) {
  frontend::check_patch_hop(options.patch_hop_frames);
  impl_ = std::make_unique<Impl>(load_network(weights, options), options.patch_hop_frames);
  frontend::check_patch_hop(options.patch_hop_frames, impl_->recipe);
}

Embedder::Embedder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Embedder::~Embedder() = default;
Embedder::Embedder(Embedder&& other) noexcept = default;
Embedder& Embedder::operator=(Embedder&& other) noexcept = default;

Embedder Embedder::share() const {
  return Embedder(std::make_unique<Impl>(impl_->backbone->share(), impl_->patch_hop_frames));
}

std::int64_t Embedder::embedding_size() const {
  return impl_->backbone->embedding_size();
}

const std::vector<std::string>& Embedder::class_names() const {
  return impl_->backbone->class_names();
}

int Embedder::sample_rate_hz() const {
  return impl_->recipe.sample_rate_hz;
}

Embeddings Embedder::embed(const float* samples, std::size_t count) {
  check_samples("embed", samples, count);
  return impl_->collect([&](frontend::PatchStream& stream) { stream.push(samples, count); });
}

Embeddings Embedder::embed_file(const std::filesystem::path& path, const AudioOptions& options) {
  return impl_->collect(impl_->feed_of(path, options));
}

std::int64_t Embedder::stream_file(const std::filesystem::path& path, const PatchConsumer& consume,
                                   const AudioOptions& options) {
  return impl_->run(impl_->feed_of(path, options), consume);
}

}  // namespace soundfold
