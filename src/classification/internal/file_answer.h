// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "classification/classify_files.h"
#include "events/event.h"

#include <cstddef>
#include <functional>
#include <string>

/// Private to this room.
namespace soundfold::classification {

/// What was found in one input, before it is text: that of events depends on the inputs before.
struct FileAnswer {
  std::string text;             ///< of classes
  events::Recording recording;  ///< of events
};

/// What the clips cut out of an input are called after, by its output name (extraction::ClipList).
std::string clip_name(const std::filesystem::path& output_name);

/// Classifies one input: a file, or "-" for standard input; its clips are called `clip_name`. `heard` is told of every
/// block of samples at the classifier's rate. Throws DataError, Interrupted.
FileAnswer answer_file(const std::string& input, const std::string& clip_name, const runtime::Classifier& classifier,
                       const FilesRequest& request, const std::function<void(std::size_t samples)>& heard);

/// The texts of answers, one input after the other.
class AnswerWriter {
 public:
  explicit AnswerWriter(const FilesRequest& request);
  /// What stands once, before all answers; may be empty.
  std::string header() const;
  std::string text(const FileAnswer& answer);

 private:
  const FilesRequest& request_;
  events::EventText events_;
};

/// The file of an input's results, by its output name (extraction::ClipList).
std::filesystem::path result_path(const FilesRequest& request, const std::filesystem::path& output_name);

}  // namespace soundfold::classification
