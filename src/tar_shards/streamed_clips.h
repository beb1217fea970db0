// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "extraction/clip_list.h"
#include "extraction/extraction.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace soundfold::tar_shards {

struct StreamedOptions {
  bool allow_http = false;   ///< http:// to other machines too
  bool labels = false;       ///< read the labels in tars too, see labels_csv()
  int first_pause_ms = 500;  ///< before a request is tried again; doubles each time
};

/// Whether one of `inputs` is a tar or an address, so that its clips have to be streamed.
bool has_streams(const extraction::ClipList& inputs);

/// Whether one of `inputs` is an address.
bool has_addresses(const extraction::ClipList& inputs);

/// The clips that a list of inputs stands for: its files, the files behind addresses, and the sounds in tars, of this
/// machine and behind addresses, which are read one after the other without unpacking them. A clip in a tar has the
/// path "shard-000000.tar/000001.wav". In memory are the clips in work, and the paths of those that came.
class StreamedClips {
 public:
  /// `inputs` must outlive the object. Throws UsageError for an address that is not allowed or lacks keys and, with
  /// labels, for two tars of one name, DataError for a tar that is missing.
  StreamedClips(const extraction::ClipList& inputs, const StreamedOptions& options = {});
  ~StreamedClips();
  StreamedClips(const StreamedClips&) = delete;
  StreamedClips& operator=(const StreamedClips&) = delete;

  /// For one extraction; its next() throws as TarReader::next() and remote::Stream::read(), and DataError for a tar
  /// without a sound.
  extraction::ClipSource source();
  /// The clips that came, in order. Not to be called while the extraction runs.
  const extraction::ClipList& clips() const { return clips_; }
  /// With StreamedOptions::labels: path and label of the sounds of the tars that were read to their end, as a CSV whose
  /// paths are those below a folder in which each tar is unpacked into a folder of its name. Warns of sounds without a
  /// label. Throws DataError when no tar has a label.
  std::string labels_csv() const;

 private:
  struct OpenTar;
  std::optional<extraction::ClipFile> next();
  std::optional<extraction::ClipFile> next_of_tar();
  void finish_tar();
  extraction::ClipFile given(std::size_t index);

  const extraction::ClipList& inputs_;
  const StreamedOptions options_;
  std::size_t next_input_ = 0;
  std::unique_ptr<OpenTar> tar_;
  std::mutex mutex_;  ///< of clips_: other threads name those that came
  extraction::ClipList clips_;
  std::string label_lines_;
  std::int64_t without_label_ = 0, tars_with_labels_ = 0;
};

}  // namespace soundfold::tar_shards
