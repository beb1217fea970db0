// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "classification/answer_text.h"
#include "events/event_text.h"
#include "extraction/clip_list.h"
#include "listening/clip_cutter.h"
#include "listening/sound_source.h"
#include "runtime/classifier.h"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace soundfold::classification {

/// Events instead of the classes of whole files.
struct EventRequest {
  events::EventFormat format = events::EventFormat::text;
  std::optional<listening::ClipOptions> clips;  ///< cut them out of the sound
};

/// What classifier is asked for.
struct FilesRequest {
  /// Sound files, folders to look through for sound files, or "-" for standard input.
  std::vector<std::string> inputs;
  std::string list;                         ///< text file with further inputs, one a line; empty: none
  std::optional<listening::RawFormat> raw;  ///< standard input has no header; nothing: a WAV stream
  std::string channels;                     ///< for audio::channels_named; empty: as in the model's training
  AnswerOptions answers;
  std::optional<EventRequest> events;
  /// Gets one file of results for each input, under the input's name; empty: results are printed.
  std::filesystem::path out;
  bool skip_done = false;                     ///< with `out`: inputs that have a file of results are left out
  int threads = 0;                            ///< 0: the processors this process may use
  std::function<void()> prepare_thread = {};  ///< called first on each thread; empty: nothing
  /// Answers and progress are shown in one place: progress then only of a single file.
  bool answers_on_terminal = false;
};

/// Adds the sound files that the inputs and the list name to `files`; logs each input that names none. Returns how many
/// do not. Throws UsageError when there is no input, DataError when the list cannot be read.
std::size_t list_files(const FilesRequest& request, extraction::ClipList& files);

/// Classifies `files`, each block by block, on several threads, and gives `print` every answer (answer_text.h, or
/// event_text.h) in the order of the files; with `out` writes them to files instead. A file without an answer is logged
/// in one line and the others go on. Returns how many there are. Throws Interrupted; UsageError when two inputs have
/// the same file of results.
std::size_t answer_files(const runtime::Classifier& classifier, const extraction::ClipList& files,
                         const FilesRequest& request, const std::function<void(const std::string& text)>& print);

/// All of it: logs what kind of answers the model of the file `model` gives, lists the files, prints what stands once
/// before all answers (the header of a table), and the answers. Throws DataError at the end when a file could not be
/// classified, UsageError for a timeline of a model that does not state its hop, and for options that do not go
/// together.
void classify_files(const runtime::Classifier& classifier, const std::string& model, const FilesRequest& request,
                    const std::function<void(const std::string& text)>& print);

}  // namespace soundfold::classification
