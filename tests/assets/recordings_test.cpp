// SPDX-License-Identifier: Apache-2.0
#include "assets/fetch.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::assets;

TEST_CASE("the mirror serves the project's own manifest", "[fetching][assets]") {
  const testing::TempFolder folder;
  FetchOptions options;
  options.data_folder = folder.path();
  options.mirror = testing::assets_folder();
  Fetcher fetcher(read_manifest(testing::source_folder() / "data/assets.yaml"), options);
  for (const std::string name : {"yamnet_tflite", "yamnet_class_map", "miaow_16k", "speech_whistling2"}) {
    CHECK(fetcher.fetch_any({name}).origin == Origin::mirror);
    CHECK(fetcher.fetch_any({name}).origin == Origin::already_there);
  }
}
