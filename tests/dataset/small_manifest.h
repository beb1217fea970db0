// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dataset/sample_data.h"
#include "testing/testing.h"

namespace soundfold::testing {

/// A CSV of clips in a folder with the files a.wav, b.wav and deep/c.wav, and a way to ask for it.
struct SmallManifest {
  TempFolder folder;
  dataset::DataOptions options;

  explicit SmallManifest(const std::string& csv) {
    options.layout = dataset::Layout::csv;
    options.manifest = folder / "clips.csv";
    put_file(options.manifest, csv);
    for (const char* name : {"a.wav", "b.wav", "deep/c.wav"}) put_file(folder / name);
  }
  dataset::Dataset load() const { return dataset::load(options); }
  template <typename Error = DataError>
  std::string failure() const {
    return message_of<Error>([this] { load(); });
  }
};

}  // namespace soundfold::testing
