// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"
#include "extraction/extraction.h"

#include <cstddef>
#include <string>
#include <vector>

namespace soundfold::clip_search {

/// What embedder --like asks for.
struct SearchRequest {
  std::string like;                 ///< the sound file to search with
  std::size_t top = 20;             ///< clips to give
  std::string store;                ///< folder of the embedding store
  std::vector<std::string> inputs;  ///< files and folders to name the clips by, besides what the store remembers
  std::string list;                 ///< text file of further inputs
  std::string page;                 ///< file to write a page to; empty: none
  bool json = false;
};

/// Embeds the file, compares it with every clip of the store that was embedded in the same way, and prints the nearest.
/// Returns the exit code. Throws DataError when there is no store, or no such clip in it.
int search_store(const SearchRequest& request, engines::Backbone& backbone,
                 const extraction::ExtractionOptions& options);

}  // namespace soundfold::clip_search
