// SPDX-License-Identifier: Apache-2.0
#include "protocols/internal/fold_table.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold;
using Catch::Contains;

namespace {

protocols::FoldRow row(std::int64_t seed, int test, std::int64_t clips_correct, std::int64_t windows_correct,
                       std::int64_t kept) {
  protocols::FoldRow r;
  r.round.seed = seed;
  r.round.test = test;
  r.clips_correct = clips_correct;
  r.clips = 10;
  r.windows_correct = windows_correct;
  r.windows = 100;
  r.epochs_run = kept + 3;
  r.kept_epoch = kept;
  return r;
}

const std::vector<protocols::FoldRow> kRows = {row(1, 1, 10, 90, 4), row(1, 4, 8, 80, 5), row(2, 1, 9, 85, 6),
                                               row(2, 4, 6, 75, 7)};

}  // namespace

TEST_CASE("means and deviations over rounds and over seeds, by hand", "[protocols]") {
  const auto clips = protocols::summarize_clips(kRows);
  CHECK(clips.mean == Approx((1.0 + 0.8 + 0.9 + 0.6) / 4));
  // differences to 0.825: 0.175, -0.025, 0.075, -0.225; squares add up to 0.0875
  CHECK(clips.deviation_of_rounds == Approx(std::sqrt(0.0875 / 3)));
  REQUIRE(clips.seed_means.size() == 2);
  CHECK(clips.seed_means[0] == Approx(0.9));
  CHECK(clips.seed_means[1] == Approx(0.75));
  CHECK(clips.deviation_of_seeds == Approx(0.15 / std::sqrt(2.0)));
  CHECK(protocols::summarize_windows(kRows).mean == Approx(0.825));
  CHECK(std::isnan(protocols::summarize_clips({kRows[0]}).deviation_of_rounds));
  CHECK(protocols::summary_json(protocols::summarize_clips({kRows[0]}))["deviation_of_seeds"].is_null());
}

TEST_CASE("a final model trains for the rounded mean of the selected epochs", "[protocols]") {
  CHECK(protocols::mean_kept_epoch(kRows) == 6);                           // 5.5
  CHECK(protocols::mean_kept_epoch({kRows[0], kRows[0], kRows[1]}) == 4);  // 4.33
}

TEST_CASE("the table names its columns", "[protocols]") {
  const auto text = protocols::fold_table_text(kRows);
  CHECK_THAT(text, Contains("100.00 % (10/10)") && Contains("90.00 % (90/100)"));
  CHECK_THAT(text, Contains("clip accuracy:   mean 82.50 %, standard deviation 17.08 over the 4 rounds, "
                            "10.61 over the 2 seeds' 2-fold means (90.00, 75.00)"));
  CHECK_THAT(protocols::fold_table_text({kRows[0], kRows[1]}), !Contains("seeds'"));
  CHECK(protocols::fold_table_csv({kRows[1]}) ==
        "seed,test_fold,validation_fold,clip_accuracy,clips_correct,clips,window_accuracy,windows_correct,windows,"
        "epochs_run,kept_epoch\n1,4,,0.8,8,10,0.8,80,100,8,5\n");
}

TEST_CASE("sources left out are named, and unequal folds get the share over all clips", "[protocols]") {
  auto rows = std::vector<protocols::FoldRow>{kRows[0], kRows[1]};
  CHECK_THAT(protocols::fold_table_text(rows), !Contains("over all clips") && !Contains("source"));
  rows[0].source = "park, north";
  rows[1].source = "attic";
  rows[1].clips = 30;  // 10 of 10 and 8 of 30
  const auto text = protocols::fold_table_text(rows);
  CHECK_THAT(text, Contains("source left out\n") && Contains("  park, north\n") && Contains("  attic\n"));
  CHECK_THAT(text, Contains("mean 63.33 %") && Contains("over all clips: 45.00 % (18/40)\n"));
  CHECK_THAT(text, Contains("over all windows: 85.00 % (170/200)\n"));
  CHECK_THAT(protocols::fold_table_csv(rows),
             Contains("kept_epoch,test_source\n") && Contains(",\"park, north\"\n") && Contains(",attic\n"));
}
