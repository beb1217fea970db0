// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_data.h"
#include "splits/fold_split.h"
#include "splits/internal/join_equal_clips.h"
#include "splits/random_split.h"
#include "splits/splits.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace soundfold;
using namespace soundfold::dataset;
using namespace soundfold::splits;
using testing::message_of;
using testing::sample_dataset;

namespace {

/// The split that clip `index` is in.
Split split_of(const Splits& splits, std::size_t index) {
  for (const Split split : {Split::train, Split::validation, Split::test}) {
    const auto& clips = splits.of(split);
    if (std::find(clips.begin(), clips.end(), index) != clips.end()) return split;
  }
  throw std::logic_error("in no split");
}

std::string source(const Dataset& data, std::size_t clip) {
  return data.clips.at(clip).source;
}

}  // namespace

TEST_CASE("clips of the same bytes become one source, with all that their sources had", "[splits]") {
  // p and q share a file, q and r another: one source. s and t share nothing, and one file cannot be read.
  Dataset data = sample_dataset(1, {{{0}, 0, "q"},
                                    {{0}, 0, "p"},
                                    {{0}, 0, "p"},
                                    {{0}, 0, "q"},
                                    {{0}, 0, "r"},
                                    {{0}, 0, "s"},
                                    {{0}, 0, "t"},
                                    {{0}, 0, "s"}});
  join_equal_clips(data, {"1", "1", "2", "3", "3", "4", "", ""});
  for (const std::size_t clip : {1, 2, 3, 4}) CHECK(source(data, clip) == source(data, 0));
  CHECK_THAT(source(data, 0), Catch::StartsWith("p (") && Catch::Contains("same bytes"));
  CHECK(source(data, 5) == "s");
  CHECK(source(data, 6) == "t");
  CHECK(source(data, 7) == "s");
}

TEST_CASE("clips of the same bytes stay in one split, whatever the seed", "[splits]") {
  std::vector<testing::SampleClip> clips;
  std::vector<std::string> digests;
  for (int i = 0; i < 12; ++i) {
    clips.push_back({{i % 2}, 0, "clip" + std::to_string(i)});
    digests.push_back(std::to_string(i));
  }
  digests[10] = digests[0];
  digests[7] = digests[3];
  Dataset apart = sample_dataset(2, clips), joined = apart;
  join_equal_clips(joined, digests);
  int torn = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Splits before = split_at_random(apart, 0.25, 0.25, seed);
    const Splits after = split_at_random(joined, 0.25, 0.25, seed);
    for (const auto& [a, b] : {std::pair<std::size_t, std::size_t>{0, 10}, {3, 7}}) {
      if (split_of(before, a) != split_of(before, b)) ++torn;
      CHECK(split_of(after, a) == split_of(after, b));
    }
  }
  CHECK(torn > 20);  // or the check above would say nothing
}

TEST_CASE("clips of the same bytes in folds of two splits are an error, unless the folds are published", "[splits]") {
  Dataset data = sample_dataset(1, {{{0}, 1, "p"}, {{0}, 1, "q"}, {{0}, 2, "r"}, {{0}, 3, "s"}});
  const std::vector<std::string> digests = {"1", "2", "2", "3"};
  CHECK_NOTHROW(split_by_fold(data, {{1}, {}, {2}}));
  Dataset published = data;
  published.folds_are_published = true;
  join_equal_clips(data, digests);
  CHECK_THAT(message_of<DataError>([&] {
               split_by_fold(data, {{1}, {}, {2}});
             }),
             Catch::Contains("'clip1' and 'clip2'") && Catch::Contains("same bytes") &&
                 Catch::Contains("both the train and the test split"));
  CHECK_NOTHROW(split_by_fold(data, {{1, 2}, {}, {3}}));
  join_equal_clips(published, digests);
  CHECK_THAT(split_by_fold(published, {{1}, {}, {2}}).description,
             Catch::Contains("1 source in several splits, as published"));
}

TEST_CASE("classes that disagree on the same bytes are an error that names both files", "[splits]") {
  Dataset data = sample_dataset(3, {{{0}, 0, "p"}, {{1}, 0, "q"}, {{2}, 0, "r"}, {{0}, 0, "s"}});
  CHECK_NOTHROW(join_equal_clips(data, {"1", "2", "3", "1"}));
  const std::vector<std::string> digests = {"1", "2", "1", "4"};
  CHECK(message_of<DataError>([&] { join_equal_clips(data, digests); }) ==
        "the files of 'clip0' (a) and 'clip2' (c) are the same, byte for byte, but have different classes; remove the "
        "wrong one");
  Dataset several = sample_dataset(3, {{{0}, 0, "p"}, {{1}, 0, "q"}, {{0, 2}, 0, "r"}, {{0}, 0, "s"}});
  several.multi_label = true;
  CHECK_NOTHROW(join_equal_clips(several, digests));
  CHECK(source(several, 0) == source(several, 2));
}

TEST_CASE("a data set without equal clips stays as it is", "[splits]") {
  Dataset data = sample_dataset(1, {{{0}, 0, "p"}, {{0}, 0, "p"}, {{0}, 0, "q"}});
  join_equal_clips(data, {"", "", ""});
  join_equal_clips(data, {"1", "2", "3"});
  CHECK(source(data, 0) == "p");
  CHECK(source(data, 1) == "p");
  CHECK(source(data, 2) == "q");
  CHECK_THROWS_AS(join_equal_clips(data, {"1"}), UsageError);
}

TEST_CASE("stretches of copies of a recording become one source, whatever is heard in them", "[splits]") {
  Dataset data = sample_dataset(2, {{{0}, 0, "a"}, {{1}, 0, "a"}, {{1}, 0, "b"}, {{0}, 0, "c"}});
  for (auto& clip : data.clips) clip.stretch = frontend::Stretch{0, 1};
  join_equal_clips(data, {"1", "", "1", "2"});
  CHECK(source(data, 0) == source(data, 1));
  CHECK(source(data, 0) == source(data, 2));
  CHECK(source(data, 3) == "c");
}
