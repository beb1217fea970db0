// SPDX-License-Identifier: Apache-2.0
#include "dataset/dataset.h"
#include "memory_file.h"
#include "promise.h"
#include "splits/fold_split.h"
#include "splits/random_split.h"
#include "splits/source_folds.h"
#include "splits/split_checks.h"
#include "splits/splits.h"
#include "support/files.h"
#include "targets.h"
#include "text/csv.h"
#include "weights/weights.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace soundfold::fuzz {
namespace fs = std::filesystem;
namespace {

/// A data set's folder with a few (empty) sound files and a link to the CSV in ESC-50's place; removed at exit.
class Root {
 public:
  Root() {
    std::string pattern = (fs::temp_directory_path() / "soundfold-fuzz-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
    folder_ = pattern;
    fs::create_directory(folder_ / "audio");
    fs::create_directory(folder_ / "meta");
    fs::create_symlink(csv_.path(), folder_ / "meta" / "esc50.csv");
    fs::create_symlink("/", folder_ / "audio" / "out");
    for (const char* name : {"a.wav", "b.wav", "audio/1-1-A-0.wav", "audio/1-2-A-1.wav", "audio/2-3-A-0.wav",
                             "audio/2-4-A-1.wav", "audio/3-5-A-0.wav", "audio/3-6-A-1.wav"}) {
      write_file_atomically(folder_ / name, "");
    }
  }
  ~Root() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  const fs::path& folder() const { return folder_; }
  const MemoryFile& csv() const { return csv_; }

 private:
  MemoryFile csv_;
  fs::path folder_;
};

void check_dataset(const dataset::Dataset& loaded, const fs::path& root) {
  for (const auto& clip : loaded.clips) {
    require(lies_within(clip.path, root), "a clip outside the root");
    require((loaded.multi_label || clip.labels.size() == 1) && clip.fold >= 0, "not one label, or an impossible fold");
    for (const auto label : clip.labels) {
      require(label >= 0 && label < static_cast<std::int64_t>(loaded.class_names.size()), "an impossible label");
    }
  }
}

void split(const dataset::Dataset& loaded) {
  const std::vector<int> folds = loaded.folds();
  const auto check = [&](const splits::Splits& splits) {
    require(splits.train.size() + splits.validation.size() + splits.test.size() <= loaded.clips.size(),
            "more clips in the splits than there are");
  };
  accepted([&] { check(splits::split_at_random(loaded, 0.25, 0.25, 7)); });
  accepted([&] {
    dataset::Dataset drawn = loaded;
    splits::draw_folds(drawn, 2, 7);
    require(drawn.folds().size() == 2, "not as many folds as asked for");
  });
  if (loaded.clips.empty()) return;
  accepted([&] { splits::check_negatives(loaded, {std::vector<std::size_t>(1, 0), {}, {}, ""}); });
  if (folds.size() < 2) return;
  accepted([&] {
    const splits::FoldChoice choice{{folds.begin() + 1, folds.end()}, {}, {folds.front()}};
    const splits::Splits splits = splits::split_by_fold(loaded, choice);
    check(splits);
    splits::SplitChecks quiet;
    quiet.warn_shared = false;
    splits::check_splits(loaded, splits, quiet);
  });
}

}  // namespace

void try_csv(const std::uint8_t* bytes, std::size_t count) {
  const std::string text(reinterpret_cast<const char*>(bytes), count);
  accepted([&] {
    const CsvTable table = CsvTable::parse(text, "input.csv");
    for (const char* column : {"path", "index", "fold"}) {
      for (std::size_t row = 0; row < std::min<std::size_t>(table.row_count(), 4); ++row) {
        accepted([&] { table.integer_at(row, column); });
      }
    }
  });
  static const MemoryFile file;
  file.write(text);
  accepted([] {
    require(weights::read_class_map(file.path()).size() == network::kYamnetClasses,
            "not as many classes as YAMNet has");
  });
}

/// Bits of the first byte: layout (ESC-50 or CSV), several labels, ESC-10 only, classes chosen by name, the others
/// gathered as one class, clips of classes not chosen kept.
void try_dataset(const std::uint8_t* bytes, std::size_t count) {
  if (count == 0) return;
  static const Root root;
  root.csv().write({reinterpret_cast<const char*>(bytes) + 1, count - 1});
  dataset::DataOptions options;
  options.layout = (bytes[0] & 1) != 0 ? dataset::Layout::esc50 : dataset::Layout::csv;
  options.root = root.folder();
  if (options.layout == dataset::Layout::csv) options.manifest = root.csv().path();
  options.multi_label = (bytes[0] & 2) != 0 && options.layout == dataset::Layout::csv;
  options.esc10 = (bytes[0] & 4) != 0 && options.layout == dataset::Layout::esc50;
  if ((bytes[0] & 8) != 0) options.classes = {"dog", "cat"};
  if ((bytes[0] & 16) != 0) options.other_class = "other";
  options.keep_unlabelled = (bytes[0] & 32) != 0;
  accepted([&] {
    const dataset::Dataset loaded = dataset::load(options);
    check_dataset(loaded, root.folder());
    split(loaded);
  });
}

}  // namespace soundfold::fuzz
