// SPDX-License-Identifier: Apache-2.0
#include "search/nearest_clips.h"

#include "search/internal/coarse.h"
#include "search/internal/means_file.h"
#include "store/recipe.h"
#include "support/interrupt.h"
#include "support/logging.h"
#include "support/progress.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace soundfold::search {
namespace {

constexpr double kStoredRateHz = 16'000;  // of ClipEmbeddings::sample_count

/// A clip, and how near it is as far as 16 bits tell.
struct Estimate {
  AudioDigest clip;
  std::int32_t dot;
};

bool is_before(const AudioDigest& one, const AudioDigest& other) {
  return std::memcmp(one.data(), other.data(), one.size()) < 0;
}

bool by_clip(const Estimate& one, const Estimate& other) {
  return is_before(one.clip, other.clip);
}

bool is_farther(const Estimate& one, const Estimate& other) {
  return one.dot < other.dot;
}

bool is_nearer(const FoundClip& one, const FoundClip& other) {
  return one.cosine != other.cosine ? one.cosine > other.cosine : one.audio_digest < other.audio_digest;
}

double dot_of(const float* one, const float* other, std::size_t size) {
  double sum = 0;
  for (std::size_t k = 0; k < size; ++k) sum += static_cast<double>(one[k]) * static_cast<double>(other[k]);
  return sum;
}

/// One search: estimates of all clips, then the records of those that can be among the nearest.
class Search {
 public:
  Search(const store::Store& store, const std::string& recipe_digest, const Vectors& query)
      : store_(store),
        suffix_("-" + recipe_digest),
        query_(query),
        file_(store::means_file(store.folder(), recipe_digest), recipe_digest, query.size) {
    append_coarse(coarse_query_, query.row(0), query.size);
  }

  /// Estimates of all clips of the store, and the file with the means of all.
  void estimate() {
    std::vector<Estimate> in_file;
    file_.read([&](const MeansBlock& block) { estimate_block(block, in_file); });
    // Each search appended its clips in the order of their keys.
    if (!std::is_sorted(in_file.begin(), in_file.end(), by_clip)) std::sort(in_file.begin(), in_file.end(), by_clip);
    auto missing = take_present(in_file);
    if (in_file.size() > 2 * estimates_.size()) {
      logger().info("most clips of the file of means are gone; it is made again");
      file_.clear();
      for (const auto& one : estimates_) missing.push_back(one.clip);
      std::sort(missing.begin(), missing.end(), is_before);
      estimates_.clear();
    }
    add(missing);
    result_.clips = static_cast<std::int64_t>(estimates_.size());
  }

  /// Reads records, first that of the largest estimate, until no other can be nearer than those found.
  StoreSearch rank(std::size_t most) {
    auto& found = result_.nearest;  // a heap, whose front is the farthest
    const double error = coarse_error(query_.size);
    std::make_heap(estimates_.begin(), estimates_.end(), is_farther);
    while (!estimates_.empty() && most > 0) {
      const Estimate& best = estimates_.front();
      if (found.size() == most && coarse_cosine(best.dot) + error < found.front().cosine) break;
      Vectors mean;
      if (auto clip = read(best.clip, mean)) {
        to_unit_length(mean);
        clip->cosine = dot_of(mean.row(0), query_.row(0), query_.size);
        found.push_back(std::move(*clip));
        std::push_heap(found.begin(), found.end(), is_nearer);
        if (found.size() > most) {
          std::pop_heap(found.begin(), found.end(), is_nearer);
          found.pop_back();
        }
      }
      std::pop_heap(estimates_.begin(), estimates_.end(), is_farther);
      estimates_.pop_back();
    }
    std::sort_heap(found.begin(), found.end(), is_nearer);
    return std::move(result_);
  }

 private:
  void estimate_block(const MeansBlock& block, std::vector<Estimate>& to) const {
    const std::int16_t* row = block.values.data();
    for (const auto& clip : block.clips) {
      to.push_back({clip, coarse_dot(coarse_query_.data(), row, query_.size)});
      row += query_.size;
    }
  }

  /// Takes the estimates, in the order of their clips, whose records are in the store. Returns the clips of the other
  /// records.
  std::vector<AudioDigest> take_present(const std::vector<Estimate>& in_file) {
    std::vector<AudioDigest> missing;
    auto next = in_file.begin();
    store_.for_each_key(suffix_, [&](std::string_view key) {
      Estimate wanted{};
      if (key.size() != wanted.clip.size() + suffix_.size()) return;
      std::memcpy(wanted.clip.data(), key.data(), wanted.clip.size());
      while (next != in_file.end() && by_clip(*next, wanted)) ++next;
      if (next != in_file.end() && next->clip == wanted.clip) {
        estimates_.push_back(*next);
      } else {
        missing.push_back(wanted.clip);
      }
    });
    return missing;
  }

  void add(const std::vector<AudioDigest>& missing) {
    Progress progress("reading embeddings", static_cast<std::int64_t>(missing.size()), "clips");
    for (std::size_t first = 0; first < missing.size(); first += MeansFile::kMostClips) {
      throw_if_interrupted("the search was interrupted; the means that it read are kept");
      Vectors means;
      MeansBlock block;
      const std::size_t end = std::min(missing.size(), first + MeansFile::kMostClips);
      for (std::size_t i = first; i < end; ++i) {
        if (read(missing[i], means)) block.clips.push_back(missing[i]);
      }
      progress.advance(static_cast<std::int64_t>(end - first));
      if (block.clips.empty()) continue;
      to_unit_length(means);
      append_coarse(block.values, means.values.data(), means.values.size());
      estimate_block(block, estimates_);
      file_.append(block);
    }
  }

  /// Appends the mean of a clip's embeddings; none when its record is gone or damaged.
  std::optional<FoundClip> read(const AudioDigest& digest, Vectors& means) {
    if (means.values.empty()) means.size = query_.size;
    FoundClip clip;
    clip.audio_digest.assign(digest.data(), digest.size());
    const bool intact = store_.read(clip.audio_digest + suffix_, [&](const store::ClipEmbeddingsView& view) {
      clip.patch_count = view.patch_count;
      clip.seconds = static_cast<double>(view.sample_count) / kStoredRateHz;
      append_mean(means, view.embeddings, view.patch_count, view.embedding_size);
    });
    if (intact) return clip;
    ++result_.damaged;
    return std::nullopt;
  }

  const store::Store& store_;
  const std::string suffix_;
  const Vectors& query_;
  MeansFile file_;
  std::vector<std::int16_t> coarse_query_;
  std::vector<Estimate> estimates_;  ///< of the clips that are in the store
  StoreSearch result_;
};

}  // namespace

StoreSearch nearest_clips(const store::Store& store, const std::string& recipe_digest, const Vectors& query,
                          std::size_t most) {
  Search search(store, recipe_digest, query);
  search.estimate();
  return search.rank(most);
}

}  // namespace soundfold::search
