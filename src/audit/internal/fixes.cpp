// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/rules.h"
#include "text/csv.h"
#include "text/text.h"

#include <filesystem>
#include <iterator>

namespace soundfold::audit {
namespace {

std::string names_of(const dataset::Dataset& data, const std::vector<std::int64_t>& labels,
                     const std::string& between) {
  std::vector<std::string> names;
  for (const auto label : labels) names.push_back(data.class_names[static_cast<std::size_t>(label)]);
  return join(names, between);
}

}  // namespace

bool has_embedding(const Material& material, std::size_t clip) {
  return !material.embedded[clip].key.empty();
}

namespace {

std::string manifest_row(const dataset::Dataset& data, const dataset::Clip& clip) {
  return csv_field(clip.id) + "," + csv_field(names_of(data, clip.labels, "|")) + "," +
         (clip.fold > 0 ? std::to_string(clip.fold) : "") + "," + csv_field(clip.source);
}

/// The second as a clip of the first one's recording, which then stays in one part.
std::string joined_row(const Material& material, std::size_t first, std::size_t second) {
  auto clip = material.data.clips[second];
  clip.source = material.data.clips[first].source;
  clip.fold = material.data.clips[first].fold;
  return manifest_row(material.data, clip);
}

/// "train" of "train/dog/a.wav"; empty where no folders stand for splits.
std::filesystem::path folder_of_split(const dataset::Dataset& data, std::size_t clip) {
  const std::filesystem::path id = data.clips[clip].id;
  return data.gives_splits() ? *id.begin() : std::filesystem::path();
}

/// "dog" of "dog/a.wav" and of "train/dog/a.wav".
std::filesystem::path class_folder(const dataset::Dataset& data, std::size_t clip) {
  const std::filesystem::path id = data.clips[clip].id;
  return *std::next(id.begin(), data.gives_splits() ? 1 : 0);
}

}  // namespace

std::string label_fix(const Material& material, std::size_t clip, std::size_t example) {
  const auto& data = material.data;
  if (!material.in_class_folders) {
    auto changed = data.clips[clip];
    changed.labels = data.clips[example].labels;
    return manifest_row(data, changed);
  }
  return "move " + shown(data.clips[clip].id) + " to " +
         shown((folder_of_split(data, clip) / class_folder(data, example)).string()) + "/";
}

std::string copy_fix(const Material& material, std::size_t first, std::size_t second) {
  const auto& clips = material.data.clips;
  if (!material.in_class_folders) return joined_row(material, first, second);
  return "delete " + shown(clips[second].id) + ", the same bytes as " + shown(clips[first].id);
}

std::string duplicate_fix(const Material& material, std::size_t first, std::size_t second) {
  const auto& clips = material.data.clips;
  if (!material.in_class_folders) return joined_row(material, first, second);
  if (clips[first].labels != clips[second].labels) {
    return "delete " + shown(clips[first].id) + " or " + shown(clips[second].id) + ", whichever is in the wrong class";
  }
  return "delete " + shown(clips[second].id) + ", if it is the recording of " + shown(clips[first].id);
}

std::string clip_text(const Material& material, std::size_t clip) {
  const auto& one = material.data.clips[clip];
  const auto labels = names_of(material.data, one.labels, "; ");
  const auto& part = material.parts[clip];
  return "'" + shown(one.id) + "' (" + (labels.empty() ? "no label" : labels) + (part.empty() ? "" : ", " + part) + ")";
}

}  // namespace soundfold::audit
