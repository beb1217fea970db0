// SPDX-License-Identifier: Apache-2.0
#include "synthesis/sound_set.h"

#include "audio/waveform.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/progress.h"
#include "synthesis/synthesize.h"
#include "text/text.h"

#include <set>
#include <sstream>

namespace soundfold::synthesis {
namespace fs = std::filesystem;
namespace {

constexpr int kMostClipsPerFold = 500;
constexpr int kMostTakes = 26;  // one letter each
constexpr std::size_t kWavHeaderBytes = 44, kBytesPerSample = 2;

/// One clip of the set.
struct ListedSound {
  const SoundKind* kind;
  int fold;
  int source;  ///< Unique in the set, like ESC-50's src_file.
  char take;   ///< From 'A' on.

  std::string file_name() const {
    return std::to_string(fold) + "-" + std::to_string(source) + "-" + take + "-" + std::to_string(kind->target) +
           ".wav";
  }
};

void require_range(const char* what, int value, int low, int high) {
  if (value >= low && value <= high) return;
  throw UsageError(std::string(what) + " is " + std::to_string(value) + "; " + std::to_string(low) + " to " +
                   std::to_string(high) + " are possible");
}

void check(const SoundSetOptions& options) {
  require_range("the number of clips per fold", options.clips_per_fold, 1, kMostClipsPerFold);
  require_range("the number of takes per source", options.takes_per_source, 1, kMostTakes);
  require_duration(options.duration_s);
  if (options.kinds.empty()) throw UsageError("no kind of sound is named; at least one is needed");
  std::set<std::string> seen;
  for (const auto& kind : options.kinds) {
    find_kind(kind);
    if (!seen.insert(kind).second) throw UsageError("the sound '" + kind + "' is named twice");
  }
}

std::vector<ListedSound> list_sounds(const SoundSetOptions& options) {
  std::vector<ListedSound> sounds;
  for (int fold = 1; fold <= kFolds; ++fold) {
    for (const auto& name : options.kinds) {
      const SoundKind& kind = find_kind(name);
      for (int n = 0; n < options.clips_per_fold; ++n) {
        const int source = (kind.target + 1) * 10'000 + fold * 1000 + n / options.takes_per_source;
        sounds.push_back({&kind, fold, source, static_cast<char>('A' + n % options.takes_per_source)});
      }
    }
  }
  return sounds;
}

/// What the set's content depends on.
std::string recipe_of(const SoundSetOptions& options) {
  std::ostringstream text;
  text << "soundfold synthesis " << kSynthesisNumber << "\nseed " << options.seed << "\nkinds " << join(options.kinds)
       << "\nclips per fold and kind " << options.clips_per_fold << "\ntakes per source " << options.takes_per_source
       << "\nseconds " << options.duration_s << "\n";
  return text.str();
}

/// Folders within folders do not count: they are what a start leaves that the full disk stopped at its first file.
bool holds_nothing(const fs::path& folder) {
  std::error_code failure;
  for (const auto& entry : fs::recursive_directory_iterator(folder, failure)) {
    if (entry.symlink_status(failure).type() != fs::file_type::directory) return false;
  }
  return !failure;
}

/// Leaves alone what others made, and sets made from other options.
void claim_folder(const SoundSetOptions& options) {
  const fs::path recipe = options.folder / "meta" / "synthesis.txt";
  const std::string wanted = recipe_of(options);
  std::error_code failure;
  if (fs::exists(recipe, failure)) {
    if (read_file(recipe, 1 << 20) == wanted) return;
    throw UsageError(options.folder.string() + " holds sounds made with other options (see " + recipe.string() +
                     "); choose another folder, or remove this one");
  }
  if (fs::exists(options.folder, failure) && !holds_nothing(options.folder)) {
    throw DataError(options.folder.string() + " exists already and was not made by Soundfold's synthesiser; choose " +
                    "a new or an empty folder");
  }
  make_folder(options.folder / "audio");
  make_folder(options.folder / "meta");
  write_file_atomically(recipe, wanted);
}

SoundParameters parameters_of(const ListedSound& sound, const SoundSetOptions& options) {
  SoundParameters parameters;
  parameters.source_seed = Random(options.seed).child("source " + std::to_string(sound.source)).bits();
  parameters.take_seed = static_cast<std::uint64_t>(sound.take - 'A');
  parameters.duration_s = options.duration_s;
  return parameters;
}

/// Files appear whole or not at all, so that one of the right size is right.
bool is_there(const fs::path& path, double duration_s) {
  std::error_code failure;
  const auto bytes = fs::file_size(path, failure);
  return !failure && bytes == kWavHeaderBytes + kBytesPerSample * samples_in(duration_s);
}

std::string metadata(const std::vector<ListedSound>& sounds) {
  std::string csv = "filename,fold,target,category,esc10,src_file,take\n";
  for (const auto& sound : sounds) {
    csv += sound.file_name() + "," + std::to_string(sound.fold) + "," + std::to_string(sound.kind->target) + "," +
           sound.kind->name + "," + (sound.kind->esc10 ? "True" : "False") + "," + std::to_string(sound.source) + "," +
           sound.take + "\n";
  }
  return csv;
}

}  // namespace

SoundSetReport write_sound_set(const SoundSetOptions& options) {
  check(options);
  claim_folder(options);
  const auto sounds = list_sounds(options);
  SoundSetReport report;
  Progress progress("synthesising", static_cast<std::int64_t>(sounds.size()), "clips");
  for (const auto& sound : sounds) {
    throw_if_interrupted("stopped after " + std::to_string(report.written + report.kept) + " of " +
                         std::to_string(sounds.size()) + " clips; the same command resumes from there");
    const fs::path path = options.folder / "audio" / sound.file_name();
    if (is_there(path, options.duration_s)) {
      ++report.kept;
    } else {
      const Sound made = synthesize(*sound.kind, parameters_of(sound, options));
      audio::write_wav(path, made.waveform, made.sample_rate_hz);
      ++report.written;
    }
    progress.advance();
  }
  progress.finish();
  const fs::path csv = options.folder / "meta" / "esc50.csv";
  if (report.written > 0 || !fs::exists(csv)) write_file_atomically(csv, metadata(sounds));
  return report;
}

}  // namespace soundfold::synthesis
