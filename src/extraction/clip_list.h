// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extraction/extraction.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::extraction {

/// A file to embed, and where below an output folder its results belong: a relative path without extension.
struct ListedClip {
  ClipFile clip;
  std::filesystem::path output_name;
};

/// Files to embed, each once, in order, in little memory: their paths lie in one text.
class ClipList {
 public:
  /// Adds what `input` names: a file or an address as it is (a missing one too: it becomes a bad clip), all names of a
  /// range such as "shard-{000..099}.tar" (where no file is called so), or all sound files in a folder and below,
  /// sorted. Output names mirror paths below a folder input, relative paths without "..", and what follows "://" of an
  /// address; of other files the name alone. Throws DataError when a folder cannot be read or has no sound file,
  /// UsageError for an impossible range.
  void add(const std::string& input);
  /// Adds the sound `member` of the tar `container` as the path "container/member"; in its output name the tar's own
  /// folder is left out.
  void add_member(const std::string& container, const std::string& member);
  /// Adds a clip of another list as it is there.
  void add_from(const ClipList& other, std::size_t index);
  /// Adds the inputs that the lines of a text file name. Throws DataError.
  void add_lines_of(const std::filesystem::path& file);
  /// Leaves out files that came before, under the same name or another spelling of it.
  void drop_repeated();
  /// Throws UsageError naming two clips that have the same output name.
  void refuse_equal_output_names() const;

  std::size_t size() const { return entries_.size(); }
  std::string path(std::size_t index) const;
  std::filesystem::path output_name(std::size_t index) const;

 private:
  struct Entry {
    std::size_t start = 0;  ///< of the path in text_
    std::uint32_t length = 0;
    std::uint32_t folder_length = 0;  ///< of the folder input at the path's start; 0: named itself
  };
  void add_file(const std::string& path, std::size_t folder_length);

  std::string text_;
  std::vector<Entry> entries_;
};

/// What `inputs` and the lines of the text file `list` (empty: none) name, without repeated files. Throws DataError.
ClipList listed_clips(const std::vector<std::string>& inputs, const std::filesystem::path& list = {});

/// The clips of `clips`, which must outlive what is given.
ClipSource source_of(const ClipList& clips);

/// listed_clips(inputs), written out.
std::vector<ListedClip> list_clips(const std::vector<std::string>& inputs);

/// Calls `use` with each line of a text file that is not empty. Throws DataError when it cannot be read.
void read_list(const std::filesystem::path& file, const std::function<void(const std::string& line)>& use);

/// Writes `<folder>/<output_name>.embeddings.npy` [P, E] and `.scores.npy` [P, S] from the store's record of `key`.
/// Throws DataError when the record is not there or the place lies outside of `folder`.
void write_npy_files(const store::Store& store, const std::string& key, const std::filesystem::path& folder,
                     const std::filesystem::path& output_name);

/// The same of all good clips, under their output names.
void write_npy_files(const store::Store& store, const ClipList& clips, const ClipResults& results,
                     const std::filesystem::path& folder);

/// Writes `<folder>/<output name>.safetensors` of all good clips: the tensors "embeddings" [P, E] and "scores" [P, S]
/// in float32, the texts "clip" and "key". Throws as write_npy_files() does.
void write_safetensors_files(const store::Store& store, const ClipList& clips, const ClipResults& results,
                             const std::filesystem::path& folder);

}  // namespace soundfold::extraction
