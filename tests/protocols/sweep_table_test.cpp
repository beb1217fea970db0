// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/sweep_table.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using Catch::Contains;
using Catch::StartsWith;

namespace {

const double kNaN = std::nan("");

std::vector<protocols::SweepRow> rows() {
  return {{1, {"0", "[8]"}, 0.9, 0.30, 4, ""},
          {2, {"0.5", "[8]"}, kNaN, kNaN, kNaN, "member 002: training diverged in epoch 1"},
          {3, {"0", "[]"}, 0.95, 0.20, 5, ""},
          {4, {"0.5", "[]"}, 0.95, 0.10, 6, ""},
          {5, {"0.9", "[]"}, 0.95, 0.20, 6, ""}};
}

std::vector<std::size_t> order(bool larger_is_better) {
  auto ranked = rows();
  protocols::rank(ranked, larger_is_better);
  std::vector<std::size_t> numbers;
  for (const auto& row : ranked) numbers.push_back(row.number);
  return numbers;
}

}  // namespace

TEST_CASE("members are ranked by value, then validation loss, then number; failed ones last", "[protocols]") {
  CHECK(order(true) == std::vector<std::size_t>{4, 3, 5, 1, 2});
  CHECK(order(false) == std::vector<std::size_t>{1, 4, 3, 5, 2});
}

TEST_CASE("the ranked table as text and as CSV", "[protocols]") {
  auto ranked = rows();
  protocols::rank(ranked, true);
  const std::vector<std::string> keys = {"head.dropout", "head.hidden"};
  const auto text = protocols::sweep_table_text(ranked, keys, config::Metric::validation_clip_accuracy, 20);
  CHECK_THAT(
      text, StartsWith("rank  member  validation_clip_accuracy  validation_loss  epochs  head.dropout  head.hidden\n"
                       "   1     004                    0.9500           0.1000     6.0           0.5           []\n"));
  CHECK_THAT(text, Contains("member 002: training diverged in epoch 1\n"));
  CHECK_THAT(protocols::sweep_table_text(ranked, keys, config::Metric::validation_loss, 2),
             Contains("(3 more in sweep.csv)"));
  const auto csv = protocols::sweep_table_csv(ranked, keys, config::Metric::validation_clip_accuracy);
  CHECK_THAT(csv,
             StartsWith("rank,member,validation_clip_accuracy,validation_loss,epochs,head.dropout,head.hidden,problem\n"
                        "1,004,0.95,0.1,6.0,0.5,[],\n"));
  CHECK_THAT(csv, Contains("5,002,,,,0.5,[8],member 002: training diverged in epoch 1\n"));
}
