#include "embeddings/clip_list.h"

#include "support/errors.h"
#include "support/files.h"
#include "support/npy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

namespace soundfold::embeddings {
namespace fs = std::filesystem;
namespace {

constexpr std::array<const char*, 16> kSoundExtensions = {".wav", ".flac", ".ogg",  ".oga", ".opus", ".mp3",
                                                          ".aif", ".aiff", ".aifc", ".au",  ".snd",  ".caf",
                                                          ".w64", ".rf64", ".voc",  ".wv"};

bool is_sound_name(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& letter : extension) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return std::find(kSoundExtensions.begin(), kSoundExtensions.end(), extension) != kSoundExtensions.end();
}

std::vector<fs::path> sound_files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  try {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (is_sound_name(entry.path()) && entry.is_regular_file()) files.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& error) {
    throw DataError("cannot read the folder " + folder.string() + ": " + error.code().message());
  }
  if (files.empty()) throw DataError(folder.string() + ": no sound file in it or below (.wav, .flac, .ogg, .mp3, ...)");
  std::sort(files.begin(), files.end());
  return files;
}

/// `path` without its extension when it stays below an output folder, otherwise the file's bare name.
fs::path safe_output_name(const fs::path& path) {
  fs::path name = path.lexically_normal();
  const bool leaves = name.is_absolute() || std::find(name.begin(), name.end(), "..") != name.end();
  if (leaves) name = name.filename();
  return name.replace_extension();
}

fs::path with_suffix(const fs::path& place, const std::string& suffix) {
  return fs::path(place.string() + suffix);
}

}  // namespace

std::vector<ListedClip> list_clips(const std::vector<std::string>& inputs) {
  std::vector<ListedClip> clips;
  std::set<fs::path> seen;
  const auto add = [&](const fs::path& path, const fs::path& output_name) {
    if (!seen.insert(fs::absolute(path).lexically_normal()).second) return;
    clips.push_back({{path.string(), path}, output_name});
  };
  for (const std::string& input : inputs) {
    std::error_code failed;
    if (!fs::is_directory(input, failed)) {
      add(input, safe_output_name(input));
      continue;
    }
    for (const auto& file : sound_files_below(input)) add(file, safe_output_name(file.lexically_relative(input)));
  }
  return clips;
}

std::vector<std::string> read_list(const fs::path& file) {
  std::vector<std::string> lines;
  std::istringstream in(read_file(file));
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

void refuse_equal_output_names(const std::vector<ListedClip>& clips) {
  std::map<fs::path, const ListedClip*> by_name;
  for (const auto& clip : clips) {
    const auto [other, fresh] = by_name.emplace(clip.output_name, &clip);
    if (fresh) continue;
    throw UsageError(other->second->clip.path.string() + " and " + clip.clip.path.string() +
                     " would both be written to " + clip.output_name.string() +
                     ".embeddings.npy; give a folder that holds both, rename one, or run twice");
  }
}

void write_npy_files(const Store& store, const std::string& key, const fs::path& folder, const fs::path& output_name) {
  const fs::path place = folder / output_name;
  if (!lies_within(place, folder)) {
    throw DataError(place.string() + ": lies outside of " + folder.string() +
                    " (through a link?); nothing written there");
  }
  const bool there = store.read(key, [&](const ClipEmbeddingsView& view) {
    write_npy(with_suffix(place, ".embeddings.npy"), {view.patch_count, view.embedding_size}, view.embeddings);
    write_npy(with_suffix(place, ".scores.npy"), {view.patch_count, view.score_count}, view.scores);
  });
  if (!there) throw DataError("embedding store " + store.folder().string() + ": lost the record of " + place.string());
}

}  // namespace soundfold::embeddings
