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
#include <utility>

namespace soundfold::audit {
namespace {

search::Vectors means_of(const Material& material, const store::Store& store) {
  search::Vectors means;
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < material.embedded.size(); ++i) {
    const auto& key = material.embedded[i].key;
    if (key.empty()) {
      missing.push_back(i);
      continue;
    }
    const bool found = store.read(key, [&](const store::ClipEmbeddingsView& view) {
      search::append_mean(means, view.embeddings, view.patch_count, view.embedding_size);
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
  Progress progress("looking at files", static_cast<std::int64_t>(facts.size()), "files");
  std::atomic<std::size_t> next{0};
  const auto work = [&]() noexcept {
    for (std::size_t i = next++; i < facts.size() && interrupt_signal() == 0; i = next++) {
      try {
        facts[i] = audio_facts(data.clips[i].path);
      } catch (const std::exception& error) {
        facts[i].problem = error.what();
      }
      progress.advance();
    }
  };
  const auto wanted = static_cast<std::size_t>(thread_count(threads));
  run_on_threads(std::max<std::size_t>(1, std::min(wanted, facts.size())), work);
  throw_if_interrupted("stopped");
  return facts;
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
