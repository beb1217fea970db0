// SPDX-License-Identifier: Apache-2.0
#include "optimization/early_stopping.h"

#include <catch2/catch.hpp>

#include <limits>
#include <vector>

using namespace soundfold;
using config::Metric;
using config::MonitorMode;
using optimization::EarlyStopping;

namespace {

struct Row {
  const char* what;
  Metric monitor;
  MonitorMode mode;
  std::int64_t patience;
  double min_delta;
  std::vector<double> values;
  std::int64_t stops_after;  ///< epoch after which it stops; 0: never
  std::int64_t best_epoch;
  double best_value;
};

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("early stopping follows its rule", "[optimization]") {
  const std::vector<Row> rows = {
      {"improving never stops", Metric::loss, MonitorMode::automatic, 1, 0, {3, 2, 1}, 0, 3, 1},
      {"patience counts stalls in a row", Metric::loss, MonitorMode::automatic, 2, 0, {3, 4, 2, 3, 3}, 5, 3, 2},
      {"of equals the first is best", Metric::loss, MonitorMode::automatic, 3, 0, {1, 1, 1, 1}, 4, 1, 1},
      {"accuracy rises", Metric::accuracy, MonitorMode::automatic, 2, 0, {0.5, 0.7, 0.6, 0.7}, 4, 2, 0.7},
      {"the mode given wins over the name", Metric::loss, MonitorMode::max, 2, 0, {1, 2, 1, 1}, 4, 2, 2},
      {"mode min for an accuracy", Metric::accuracy, MonitorMode::min, 1, 0, {1, 0.5, 0.6}, 3, 2, 0.5},
      {"gains within min_delta stall but are best", Metric::loss, MonitorMode::min, 2, 0.5, {3, 2.8, 2.6}, 3, 3, 2.6},
      {"small gains add up against the reference",
       Metric::loss,
       MonitorMode::min,
       2,
       0.5,
       {3, 2.8, 2.4, 2.3},
       0,
       4,
       2.3},
      {"a gain of exactly min_delta stalls", Metric::loss, MonitorMode::min, 1, 0.5, {3, 2.5}, 2, 2, 2.5},
      {"NaN is never better", Metric::loss, MonitorMode::automatic, 2, 0, {kNaN, 2, kNaN, kNaN}, 4, 2, 2},
      {"patience 0 never stops", Metric::loss, MonitorMode::automatic, 0, 0, {1, 2, 3, 4}, 0, 1, 1},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    EarlyStopping stopping(row.monitor, row.mode, row.patience, row.min_delta);
    std::int64_t stopped = 0;
    for (std::size_t epoch = 1; epoch <= row.values.size() && stopped == 0; ++epoch) {
      stopping.update(static_cast<std::int64_t>(epoch), row.values[epoch - 1]);
      if (stopping.should_stop()) stopped = static_cast<std::int64_t>(epoch);
    }
    CHECK(stopped == row.stops_after);
    CHECK(stopping.best_epoch() == row.best_epoch);
    CHECK(stopping.best_value() == row.best_value);
  }
}

TEST_CASE("early stopping says which epoch is the best so far", "[optimization]") {
  EarlyStopping stopping(Metric::validation_accuracy, MonitorMode::automatic, 5, 0.1);
  CHECK(stopping.update(1, 0.5));
  CHECK(stopping.update(2, 0.55));
  CHECK_FALSE(stopping.update(3, 0.55));
  CHECK(stopping.stalled() == 2);
  CHECK(stopping.update(4, 0.61));
  CHECK(stopping.stalled() == 0);
}

TEST_CASE("early stopping resumes from its saved state", "[optimization]") {
  EarlyStopping whole(Metric::loss, MonitorMode::automatic, 2, 0.1),
      first(Metric::loss, MonitorMode::automatic, 2, 0.1), second(Metric::loss, MonitorMode::automatic, 2, 0.1);
  for (auto* part : {&whole, &first}) {
    part->update(1, 1.0);
    part->update(2, 0.95);
  }
  second.restore(first.state());
  CHECK_FALSE(second.should_stop());
  CHECK_FALSE(second.update(3, 0.96));
  CHECK_FALSE(whole.update(3, 0.96));
  CHECK(second.should_stop());
  CHECK(second.best_epoch() == whole.best_epoch());
  CHECK(second.best_value() == 0.95);
}
