// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace soundfold::tar_shards {

/// Whether a member says what the sound of its example is: .cls, .txt or .json.
bool is_label_member(const std::string& name);

/// The label that a member holds: of .cls and .txt the one line of text in it; of .json the value of "label" (text or a
/// whole number), or of "labels" (a list of these), joined by '|'; empty for an empty list, which is no label. Throws
/// DataError naming `path` for anything else, and for a '|' within a list's label.
std::string label_in(const std::string& path, const std::string& bytes);

/// The folder that the sounds of a tar have in the CSV of labels: the tar's name without the folders before it.
std::string label_folder(const std::string& tar);

/// Labels of the sounds of one tar. Of an example (see member_stem()) the label may come before or after its sounds.
class TarLabels {
 public:
  /// `tar` names it in messages.
  explicit TarLabels(std::string tar) : tar_(std::move(tar)) {}

  void add_sound(const std::string& member) { sounds_.push_back(member); }
  /// Throws DataError as label_in(), and for a second label of an example that differs from the first.
  void add_label(const std::string& member, const std::string& bytes);
  /// Lines of a CSV, path,label, of all sounds in order: "shard-000000.tar/000001.wav,dog", the tar by its name without
  /// folder; without a label after the comma where there was none.
  std::string csv_lines() const;
  /// Sounds without a label, and those whose list of labels is empty.
  std::int64_t without_label() const;

 private:
  std::string tar_;
  std::vector<std::string> sounds_;
  std::map<std::string, std::string> label_of_;  ///< by stem
};

}  // namespace soundfold::tar_shards
