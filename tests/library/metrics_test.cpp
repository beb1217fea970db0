// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <soundfold/error.h>
#include <soundfold/metrics.h>

using namespace soundfold;

TEST_CASE("the library's metrics, by hand", "[library]") {
  // Three samples: dog right, dog taken for cat, cat right. For dog the order by probability is 1, 3, 2.
  const Predictions predictions{2, {2, 0, 0, 3, 0, 1}, {{0}, {0}, {1}}, false};
  const Metrics metrics = compute_metrics(predictions, {"dog", "cat"});
  CHECK(metrics.sample_count == 3);
  CHECK(metrics.correct == 2);
  CHECK(metrics.accuracy == Approx(2.0 / 3));
  CHECK(metrics.confusion == std::vector<std::vector<std::int64_t>>{{1, 1}, {0, 1}});
  REQUIRE(metrics.classes.size() == 2);
  const ClassMetrics& dog = metrics.classes[0];
  CHECK(dog.name == "dog");
  CHECK(dog.support == 2);
  CHECK(dog.predicted == 1);
  CHECK(dog.correct == 1);
  CHECK(dog.precision == 1);
  CHECK(dog.recall == 0.5);
  CHECK(dog.f1 == Approx(2.0 / 3));
  CHECK(dog.average_precision == Approx((1 + 2.0 / 3) / 2));
  CHECK(dog.roc_auc == Approx(0.5));
  CHECK(metrics.mean_average_precision == Approx((dog.average_precision + metrics.classes[1].average_precision) / 2));
  CHECK(metrics.macro_f1 == Approx(2.0 / 3));
  CHECK(metrics.loss == Approx((0.126928 + 3.048587 + 0.313262) / 3));
  CHECK_THROWS_AS(compute_metrics({}, {}), UsageError);
}
