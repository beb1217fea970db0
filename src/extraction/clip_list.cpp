// SPDX-License-Identifier: Apache-2.0
#include "extraction/clip_list.h"

#include "audio/sound_names.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/logging.h"
#include "tensor_files/safetensors.h"
#include "text/npy.h"
#include "text/ranges.h"
#include "text/text.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace soundfold::extraction {
namespace fs = std::filesystem;
namespace {

std::vector<std::string> sound_files_below(const fs::path& folder) {
  const auto contents = audio::list_sounds(folder);
  const std::string ignored = contents.ignored();
  if (contents.sounds.empty()) {
    throw DataError(folder.string() + ": no sound file in it or below (.wav, .flac, .ogg, .mp3, .m4a, ...)" +
                    (ignored.empty() ? "" : "; ignored " + ignored));
  }
  if (!ignored.empty()) logger().info("{}: ignored {}", folder.string(), ignored);
  std::vector<std::string> files;
  files.reserve(contents.sounds.size());
  for (const auto& name : contents.sounds) files.push_back((folder / name).string());
  return files;
}

/// For each of `count` strings the index of the first equal one.
std::vector<std::uint32_t> first_places(std::size_t count, const std::function<std::string(std::size_t)>& text_of) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order(count);
  std::vector<std::uint32_t> first(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string text = text_of(i);
    first[i] = static_cast<std::uint32_t>(i);
    order[i] = {checksum64(text.data(), text.size()), first[i]};
  }
  std::sort(order.begin(), order.end());
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t j = i; j-- > 0 && order[j].first == order[i].first;) {
      if (text_of(order[j].second) != text_of(order[i].second)) continue;
      first[order[i].second] = first[order[j].second];
      break;
    }
  }
  return first;
}

/// `path` without its extension when it stays below an output folder, otherwise the file's bare name.
fs::path safe_output_name(const std::string& path) {
  const auto scheme_end = path.find("://");
  fs::path name = fs::path(scheme_end == std::string::npos ? path : path.substr(scheme_end + 3)).lexically_normal();
  const bool leaves = name.is_absolute() || std::find(name.begin(), name.end(), "..") != name.end();
  if (leaves) name = name.filename();
  return name.replace_extension();
}

fs::path with_suffix(const fs::path& place, const std::string& suffix) {
  return fs::path(place.string() + suffix);
}

/// Calls `write` with the place of an output, which lies in `folder`, and the record.
void write_record(const store::Store& store, const std::string& key, const fs::path& folder,
                  const fs::path& output_name,
                  const std::function<void(const fs::path& place, const store::ClipEmbeddingsView&)>& write) {
  const fs::path place = folder / output_name;
  if (!lies_within(place, folder)) {
    throw DataError(place.string() + ": lies outside of " + folder.string() +
                    " (through a link?); nothing written there");
  }
  const bool there = store.read(key, [&](const store::ClipEmbeddingsView& view) { write(place, view); });
  if (!there) throw DataError("embedding store " + store.folder().string() + ": lost the record of " + place.string());
}

std::string safetensors_of(const store::ClipEmbeddingsView& view, const std::string& clip, const std::string& key) {
  using tensor_files::TensorType;
  tensor_files::SafetensorsWriter file({{"clip", one_line(clip)}, {"key", key}});
  const auto add = [&](const char* name, std::int64_t size, const float* values) {
    const std::vector<float> copy(values, values + view.patch_count * size);
    file.add(name, {view.patch_count, size}, copy, TensorType::float32);
  };
  add("embeddings", view.embedding_size, view.embeddings);
  add("scores", view.score_count, view.scores);
  return file.bytes();
}

}  // namespace

void ClipList::add_file(const std::string& path, std::size_t folder_length) {
  entries_.push_back(
      {text_.size(), static_cast<std::uint32_t>(path.size()), static_cast<std::uint32_t>(folder_length)});
  text_ += path;
}

void ClipList::add(const std::string& input) {
  std::error_code failed;
  if (fs::is_directory(input, failed)) {
    for (const auto& file : sound_files_below(input)) add_file(file, input.size());
  } else if (input.find("..") == std::string::npos || fs::exists(input, failed)) {
    add_file(input, 0);
  } else {
    for (const auto& name : expanded_ranges(input)) add_file(name, 0);
  }
}

void ClipList::add_member(const std::string& container, const std::string& member) {
  const auto folder_end = container.rfind('/');
  add_file(container + "/" + member, folder_end == std::string::npos ? 0 : folder_end);
}

void ClipList::add_from(const ClipList& other, std::size_t index) {
  add_file(other.path(index), other.entries_.at(index).folder_length);
}

void ClipList::add_lines_of(const fs::path& file) {
  read_list(file, [this](const std::string& line) { add(line); });
}

std::string ClipList::path(std::size_t index) const {
  return text_.substr(entries_.at(index).start, entries_[index].length);
}

fs::path ClipList::output_name(std::size_t index) const {
  const std::string whole = path(index);
  const auto folder_length = entries_[index].folder_length;
  if (folder_length == 0) return safe_output_name(whole);
  return safe_output_name(fs::path(whole).lexically_relative(whole.substr(0, folder_length)).string());
}

void ClipList::drop_repeated() {
  const auto first = first_places(size(), [this](std::size_t i) { return absolute_name(path(i)); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] == i) entries_[kept++] = entries_[i];
  }
  entries_.resize(kept);
}

void ClipList::refuse_equal_output_names() const {
  const auto first = first_places(size(), [this](std::size_t i) { return output_name(i).string(); });
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] == i) continue;
    throw UsageError(path(first[i]) + " and " + path(i) + " would both be written to " + output_name(i).string() +
                     ".embeddings.npy; give a folder that holds both, rename one, or run twice");
  }
}

ClipList listed_clips(const std::vector<std::string>& inputs, const fs::path& list) {
  ClipList clips;
  for (const auto& input : inputs) clips.add(input);
  if (!list.empty()) clips.add_lines_of(list);
  clips.drop_repeated();
  return clips;
}

ClipSource source_of(const ClipList& clips) {
  return {clips.size(), [&clips](std::size_t index) { return ClipFile{clips.path(index), clips.path(index)}; }};
}

std::vector<ListedClip> list_clips(const std::vector<std::string>& inputs) {
  const ClipList list = listed_clips(inputs);
  std::vector<ListedClip> clips;
  clips.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) clips.push_back({{list.path(i), list.path(i)}, list.output_name(i)});
  return clips;
}

void read_list(const fs::path& file, const std::function<void(const std::string& line)>& use) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw DataError("cannot open " + file.string());
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) use(line);
  }
  if (in.bad()) throw DataError("cannot read " + file.string());
}

void write_npy_files(const store::Store& store, const std::string& key, const fs::path& folder,
                     const fs::path& output_name) {
  write_record(store, key, folder, output_name, [](const fs::path& place, const store::ClipEmbeddingsView& view) {
    write_npy(with_suffix(place, ".embeddings.npy"), {view.patch_count, view.embedding_size}, view.embeddings);
    write_npy(with_suffix(place, ".scores.npy"), {view.patch_count, view.score_count}, view.scores);
  });
}

void write_safetensors_files(const store::Store& store, const ClipList& clips, const ClipResults& results,
                             const fs::path& folder) {
  for (std::size_t i = 0; i < clips.size(); ++i) {
    if (!results.good(i)) continue;
    const std::string key = results.at(i).key;
    const auto write = [&](const fs::path& place, const store::ClipEmbeddingsView& view) {
      write_file_atomically(with_suffix(place, ".safetensors"), safetensors_of(view, clips.path(i), key));
    };
    write_record(store, key, folder, clips.output_name(i), write);
  }
}

void write_npy_files(const store::Store& store, const ClipList& clips, const ClipResults& results,
                     const fs::path& folder) {
  for (std::size_t i = 0; i < clips.size(); ++i) {
    if (results.good(i)) write_npy_files(store, results.at(i).key, folder, clips.output_name(i));
  }
}

}  // namespace soundfold::extraction
