// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report/sound_data.h"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace soundfold::report {

/// A clip that a search of the embedding store found.
struct SearchHit {
  std::string name;
  std::string file;  ///< empty: not known
  double cosine = 0;
  double seconds = 0;
};

struct SearchResult {
  std::string query;            ///< the sound file that was searched with
  std::size_t clips = 0;        ///< that were compared
  std::vector<SearchHit> hits;  ///< nearest first
};

/// A page to listen to. `sound` gives the 16 kHz mono samples of a file; DataError: it is shown without them.
std::string search_page(const SearchResult& result,
                        const std::function<std::vector<float>(const std::string& file)>& sound, ReportAudio audio);

}  // namespace soundfold::report
