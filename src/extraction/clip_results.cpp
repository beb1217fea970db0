// SPDX-License-Identifier: Apache-2.0
#include "extraction/clip_results.h"

#include "store/recipe.h"

namespace soundfold::extraction {

ExtractedClip ClipResults::at(std::size_t index) const {
  if (!good(index)) return {{}, 0, problem(index).value_or("")};
  ExtractedClip clip{entries_[index].key.text(), static_cast<std::int64_t>(entries_[index].patch_count), {}};
  const auto digest = file_digests_.find(index);
  clip.file_digest = digest == file_digests_.end() ? store::audio_digest_of(clip.key) : digest->second;
  return clip;
}

std::optional<std::string> ClipResults::problem(std::size_t index) const {
  const auto found = problems_.find(index);
  return found == problems_.end() ? std::nullopt : std::optional(found->second);
}

void ClipResults::set_good(std::size_t index, std::int64_t patch_count) {
  Entry& entry = entries_.at(index);
  entry.patch_count = static_cast<std::uint32_t>(patch_count);  // a record has fewer than 2^31
  entry.state = State::good;
}

void ClipResults::set_bad(std::size_t index, const std::string& problem) {
  entries_.at(index).state = State::bad;
  problems_[index] = problem;
}

}  // namespace soundfold::extraction
