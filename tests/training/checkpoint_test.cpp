// SPDX-License-Identifier: Apache-2.0
#include "training/checkpoint.h"

#include "ranks/ranks_of_threads.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/damage.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <numeric>

using namespace soundfold;
using training::Checkpoint;

namespace {

Checkpoint sample() {
  Checkpoint checkpoint;
  checkpoint.fingerprint = {{"seed", "1"}, {"training data", "2 clips"}};
  checkpoint.tensors = {{"progress", torch::tensor({1.5, -0.0, 3.0}, torch::kFloat64)},
                        {"head/weight", torch::arange(6, torch::kFloat32).view({2, 3})},
                        {"head/count", torch::tensor(7, torch::kLong)}};
  return checkpoint;
}

}  // namespace

TEST_CASE("a checkpoint reads back bit by bit", "[training]") {
  const testing::TempFolder folder;
  training::save_checkpoint(folder / "c.pt", sample());
  const auto read = training::load_checkpoint(folder / "c.pt");
  CHECK(read.fingerprint == sample().fingerprint);
  REQUIRE(read.tensors.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(read.tensors[i].first == sample().tensors[i].first);
    CHECK(torch::equal(read.tensors[i].second, sample().tensors[i].second));
    CHECK(read.tensors[i].second.scalar_type() == sample().tensors[i].second.scalar_type());
  }
  CHECK(read.group("head/").size() == 2);
  CHECK(read.group("head/")[1].first == "count");
  CHECK_THROWS_AS(read.tensor("none"), DataError);
}

TEST_CASE("any flipped byte and any truncation is detected", "[training]") {
  const auto bytes = training::checkpoint_bytes(sample());
  const auto is_refused = [](const std::string& damaged) {
    try {
      training::parse_checkpoint(damaged, "c.pt");
    } catch (const DataError&) {
      return true;
    }
    return false;
  };
  std::vector<std::size_t> places(bytes.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  CHECK(testing::unnoticed_flips(bytes, places, is_refused) == 0);
  const auto size_of_intact =
      std::find_if(places.begin(), places.end(), [&](std::size_t size) { return !is_refused(bytes.substr(0, size)); });
  CHECK(size_of_intact == places.end());
  CHECK(is_refused(bytes + "x"));
}

TEST_CASE("a damaged checkpoint is named with what to do", "[training]") {
  const testing::TempFolder folder;
  training::save_checkpoint(folder / "c.pt", sample());
  auto bytes = read_file(folder / "c.pt");
  bytes[bytes.size() / 2] ^= 1;
  write_file_atomically(folder / "c.pt", bytes);
  CHECK_THROWS_WITH(
      training::load_checkpoint(folder / "c.pt"),
      Catch::Contains("c.pt: the checkpoint is damaged or truncated") && Catch::Contains("start the training again"));
  CHECK_THROWS_WITH(training::parse_checkpoint("hello", "h.pt"), Catch::Contains("h.pt: not a checkpoint"));
}

TEST_CASE("ranks refuse an empty checkpoint as one process does, and begin without a file", "[training]") {
  if (!ranks::can_join()) return testing::skip_case("needs Gloo");
  const testing::TempFolder folder;
  write_file_atomically(folder / "empty.pt", "");
  training::save_checkpoint(folder / "c.pt", sample());
  CHECK_THROWS_WITH(training::find_checkpoint(folder / "empty.pt", nullptr), Catch::Contains("not a checkpoint"));
  const auto ended = testing::run_ranks(2, testing::loopback_meeting(), [&](ranks::Group& group) {
    if (training::find_checkpoint(folder / "none.pt", &group)) throw DataError("found what is not there");
    const auto found = training::find_checkpoint(folder / "c.pt", &group);
    if (!found || found->fingerprint != sample().fingerprint) throw DataError("not what was saved");
    training::find_checkpoint(folder / "empty.pt", &group);
  });
  REQUIRE(ended.size() == 2);
  for (const auto& error : ended) CHECK_THAT(error, Catch::Contains("empty.pt: not a checkpoint"));
}

TEST_CASE("differences are described in words", "[training]") {
  CHECK(training::differences({{"seed", "1"}, {"a", "x"}}, {{"seed", "1"}, {"a", "x"}}).empty());
  CHECK(training::differences({{"seed", "1"}, {"a", "x"}}, {{"seed", "2"}, {"b", "y"}}) ==
        "a was x, is not there; b was not there, is y; seed was 1, is 2");
}

TEST_CASE("data that differ are described without digests", "[training]") {
  const std::string size = "8 clips, 16 windows of 4 values";
  const auto print = [&](const std::string& text, const std::string& digest, const std::string& labels) {
    return training::Fingerprint{{"training data", text + ", digest " + digest}, {"training labels", labels}};
  };
  const auto before = print(size, "ab", "digest 1");
  CHECK(training::differences(before, before).empty());
  CHECK(training::differences(before, print("9 clips, 18 windows of 4 values", "cd", "digest 2")) ==
        "training data was 8 clips, 16 windows of 4 values, is 9 clips, 18 windows of 4 values");
  CHECK(training::differences(before, print(size, "cd", "digest 2")) ==
        "training data: as many clips and windows, but with other labels (other classes, or data.classes in another "
        "order)");
  CHECK(training::differences(before, print(size, "cd", "digest 1")) ==
        "training data was 8 clips, 16 windows of 4 values, and is now, but with other values (other recordings or "
        "weights)");
  CHECK_THAT(training::differences({{"training data", size + ", digest ab"}}, print(size, "cd", "digest 2")),
             Catch::Contains("other values"));  // a checkpoint of the first versions has no digest of labels
}

TEST_CASE("a checkpoint that says frame for window is one of the same training", "[training]") {
  const training::Fingerprint before = {{"head.pooling", "frame"},
                                        {"training data", "8 clips, 16 frames of 4 values, digest ab"}};
  CHECK(training::differences(
            before, {{"head.pooling", "window"}, {"training data", "8 clips, 16 windows of 4 values, digest ab"}})
            .empty());
  CHECK(training::differences(
            before, {{"head.pooling", "mean"}, {"training data", "9 clips, 16 windows of 4 values, digest cd"}}) ==
        "head.pooling was window, is mean; training data was 8 clips, 16 windows of 4 values, is 9 clips, 16 windows "
        "of 4 values");
}

TEST_CASE("a history is a table with a row of nine numbers for each epoch", "[training]") {
  const auto row_of = +[](const double& epoch) { return training::HistoryRow{epoch, 0.5, 0, 0, 0, 0, 0, 0, -epoch}; };
  const auto epoch_of = +[](const training::HistoryRow& row) { return row[0] + row[8] + row[1]; };
  const auto table = training::history_table(std::vector<double>{1, 2}, row_of);
  CHECK(torch::equal(table, torch::tensor({1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0,  //
                                           2.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -2.0},
                                          torch::kFloat64)
                                .reshape({2, 9})));
  CHECK(training::history_from(table, epoch_of) == std::vector<double>{0.5, 0.5});
  CHECK(training::history_from(table.slice(0, 0, 0), epoch_of).empty());
}
