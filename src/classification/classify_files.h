// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "classification/answer_text.h"
#include "extraction/clip_list.h"
#include "runtime/classifier.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::classification {

/// What classifier is asked for.
struct FilesRequest {
  std::vector<std::string> inputs;  ///< sound files, or folders to look through for sound files
  std::string list;                 ///< text file with further inputs, one a line; empty: none
  std::string channels;             ///< for audio::channels_named; empty: as in the model's training
  AnswerOptions answers;
  int threads = 0;                            ///< 0: the processors this process may use
  std::function<void()> prepare_thread = {};  ///< called first on each thread; empty: nothing
  /// Answers and progress are shown in one place: progress then only of a single file.
  bool answers_on_terminal = false;
};

/// Adds the sound files that the inputs and the list name to `files`; logs each input that names none. Returns how many
/// do not. Throws UsageError when there is no input, DataError when the list cannot be read.
std::size_t list_files(const FilesRequest& request, extraction::ClipList& files);

/// Classifies `files`, each block by block, on several threads, and gives `print` every answer (answer_text.h) in the
/// order of the files. A file without an answer is logged in one line and the others go on. Returns how many there are.
/// Throws Interrupted.
std::size_t answer_files(const runtime::Classifier& classifier, const extraction::ClipList& files,
                         const FilesRequest& request, const std::function<void(const std::string& text)>& print);

/// All of it: logs what kind of answers the model of the file `model` gives, lists the files, prints the header of the
/// CSV form and the answers. Throws DataError at the end when a file could not be classified, UsageError for a timeline
/// of a model that does not state its hop.
void classify_files(const runtime::Classifier& classifier, const std::string& model, const FilesRequest& request,
                    const std::function<void(const std::string& text)>& print);

}  // namespace soundfold::classification
