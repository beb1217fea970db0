// SPDX-License-Identifier: Apache-2.0
#include "audit/material.h"

#include "support/errors.h"
#include "support/interrupt.h"
#include "support/progress.h"
#include "support/threads.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <map>
#include <utility>

namespace soundfold::audit {
namespace {

search::Vectors means_of(const Material& material, const store::Store& store) {
  search::Vectors means;
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < material.embedded.size(); ++i) {
    const auto& clip = material.embedded[i];
    if (clip.key.empty()) {
      missing.push_back(i);
      continue;
    }
    const bool found = store.read(clip.key, [&](const store::ClipEmbeddingsView& view) {
      const auto part = clip.patch_count > 0 ? view.part(clip.first_patch, clip.patch_count) : view;
      search::append_mean(means, part.embeddings, part.patch_count, part.embedding_size);
    });
    if (found) continue;
    throw DataError("clip '" + material.data.clips[i].id + "': its embeddings are not in the store " +
                    store.folder().string() + " (missing or damaged); run the same command again");
  }
  for (const auto i : missing) {
    means.values.insert(means.values.begin() + static_cast<std::ptrdiff_t>(i * means.size), means.size, 0.0F);
  }
  return means;
}

void check_lengths(const dataset::Dataset& data, std::size_t parts, std::size_t others, const std::string& what) {
  if (parts == data.clips.size() && others == data.clips.size()) return;
  throw UsageError("audit: " + std::to_string(data.clips.size()) + " clips, but " + std::to_string(parts) +
                   " parts and " + std::to_string(others) + " " + what);
}

}  // namespace

std::vector<AudioFacts> facts_of_files(const dataset::Dataset& data, int threads) {
  std::vector<AudioFacts> facts(data.clips.size());
  std::vector<std::size_t> firsts;  // the first clip of each file
  std::map<std::filesystem::path, std::size_t> first_of;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    if (first_of.emplace(data.clips[i].path, i).second) firsts.push_back(i);
  }
  Progress progress("looking at files", static_cast<std::int64_t>(firsts.size()), "files");
  std::atomic<std::size_t> next{0};
  const auto work = [&]() noexcept {
    for (std::size_t file = next++; file < firsts.size() && interrupt_signal() == 0; file = next++) {
      const std::size_t i = firsts[file];
      try {
        facts[i] = audio_facts(data.clips[i].path);
      } catch (const std::exception& error) {
        facts[i].problem = error.what();
      }
      progress.advance();
    }
  };
  const auto wanted = static_cast<std::size_t>(thread_count(threads));
  run_on_threads(std::max<std::size_t>(1, std::min(wanted, firsts.size())), work);
  throw_if_interrupted("stopped");
  std::vector<AudioFacts> of_clips(facts.size());
  for (std::size_t i = 0; i < facts.size(); ++i) {
    of_clips[i] = facts[first_of.at(data.clips[i].path)];
    if (const auto& stretch = data.clips[i].stretch) of_clips[i].seconds = stretch->end_s - stretch->start_s;
  }
  return of_clips;
}

Material gather(dataset::Dataset data, std::vector<std::string> parts, std::vector<EmbeddedClip> embedded,
                const store::Store& store, bool decode_files, int threads) {
  check_lengths(data, parts.size(), embedded.size(), "embeddings");
  Material material;
  material.data = std::move(data);
  material.parts = std::move(parts);
  material.embedded = std::move(embedded);
  material.means = means_of(material, store);
  if (decode_files) material.facts = facts_of_files(material.data, threads);
  return material;
}

Material gather_files(dataset::Dataset data, std::vector<std::string> parts, const std::vector<std::string>& digests,
                      std::vector<AudioFacts> facts) {
  check_lengths(data, parts.size(), digests.size(), "digests");
  check_lengths(data, parts.size(), facts.size(), "facts");
  Material material;
  material.data = std::move(data);
  material.parts = std::move(parts);
  material.facts = std::move(facts);
  for (const auto& digest : digests) material.embedded.push_back({digest.empty() ? "" : digest + "-", ""});
  return material;
}

}  // namespace soundfold::audit
