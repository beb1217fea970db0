// SPDX-License-Identifier: Apache-2.0
#include "packing.h"
#include "seeds.h"
#include "tar_shards/tar_writer.h"

#include <string>

namespace soundfold::fuzz {

void make_tars(const Places& places) {
  using soundfold::testing::TarFilter;
  const soundfold::testing::Members members{
      {"a/", ""},           {"a/1.wav", std::string(600, 'a')},
      {"a/1.cls", "3\n"},   {"2.json", R"({"label": "dog", "labels": ["cat", 7]})"},
      {"2.left.flac", "b"}, {"3.wav", "-> 2.wav"},
      {"3.txt", "dog|cat"}, {std::string(150, 'n') + ".wav", "long"}};
  const std::string plain = soundfold::testing::tar_of(members);
  for (const char options : {'\0', '\1'}) places.add("tar", "plain" + std::to_string(options), options + packed(plain));
  places.add("tar", "gzip", '\0' + packed(soundfold::testing::tar_of(members, TarFilter::gzip)));
  places.add("tar", "zstd", '\0' + packed(soundfold::testing::tar_of(members, TarFilter::zstd)));
  places.add("tar", "label", std::string(1, '\0') + R"({"label": "dog", "labels": ["cat", 7]})");
}

}  // namespace soundfold::fuzz
