#pragma once

#include "embeddings/extraction.h"

#include <filesystem>
#include <string>
#include <vector>

namespace soundfold::embeddings {

/// A file to embed, and where below an output folder its results belong: a relative path without extension.
struct ListedClip {
  ClipFile clip;
  std::filesystem::path output_name;
};

/// The clips that `inputs` name, in order, each file once: files as they are (missing ones too: they become bad clips),
/// folders with all sound files below them, sorted. Output names mirror paths below a folder input, and relative paths
/// without ".."; of other files the name alone.
/// Throws DataError when a folder cannot be read or has no sound file.
std::vector<ListedClip> list_clips(const std::vector<std::string>& inputs);

/// The lines of a text file, without empty ones. Throws DataError.
std::vector<std::string> read_list(const std::filesystem::path& file);

/// Throws UsageError naming two clips that have the same output name.
void refuse_equal_output_names(const std::vector<ListedClip>& clips);

/// Writes `<folder>/<output_name>.embeddings.npy` [P, E] and `.scores.npy` [P, S] from the store's record of `key`.
/// Throws DataError when the record is not there or the place lies outside of `folder`.
void write_npy_files(const Store& store, const std::string& key, const std::filesystem::path& folder,
                     const std::filesystem::path& output_name);

}  // namespace soundfold::embeddings
