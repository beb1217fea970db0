// SPDX-License-Identifier: Apache-2.0
#include "search/stored_means.h"

#include "support/file_state.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;

namespace {

store::ClipEmbeddings clip_of(const std::vector<float>& embeddings, std::int64_t size) {
  store::ClipEmbeddings clip;
  clip.patch_count = static_cast<std::int64_t>(embeddings.size()) / size;
  clip.embedding_size = size;
  clip.sample_count = 24'000;
  clip.embeddings = embeddings;
  clip.level_dbfs.resize(static_cast<std::size_t>(clip.patch_count), -20);
  return clip;
}

}  // namespace

TEST_CASE("the means of one recipe's clips, and the files that the store remembers", "[search]") {
  const testing::TempFolder folder;
  store::Store store(folder / "store");
  const std::string wanted(32, 'a'), other(32, 'b'), first(32, '1'), second(32, '2');
  store.write({{second + "-" + wanted, clip_of({0, 2, 0, 4}, 2)},
               {first + "-" + wanted, clip_of({3, 4}, 2)},
               {first + "-" + other, clip_of({1, 1, 1}, 3)}});
  write_file_atomically(folder / "a clip.wav", "x");
  const auto state = file_state(folder / "a clip.wav");
  store.remember({{folder / "a clip.wav", state, first}});

  CHECK(store.record_keys().size() == 3);
  CHECK(store.record_keys("-" + other) == std::vector<std::string>{first + "-" + other});
  const auto found = search::stored_means(store, wanted);
  REQUIRE(found.clips.size() == 2);
  CHECK(found.damaged == 0);
  CHECK(found.clips[0].audio_digest == first);
  CHECK(found.clips[0].files == std::vector<std::string>{absolute_name((folder / "a clip.wav").string())});
  CHECK(found.clips[0].seconds == 1.5);
  CHECK(found.clips[1].patch_count == 2);
  CHECK(found.clips[1].files.empty());
  CHECK(found.means.row(0)[0] == Approx(0.6));
  CHECK(found.means.row(1)[1] == Approx(1));
  CHECK(search::stored_means(store, std::string(32, 'c')).clips.empty());
}
