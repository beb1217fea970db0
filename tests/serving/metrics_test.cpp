// SPDX-License-Identifier: Apache-2.0
#include "serving/metrics.h"

#include "support/version.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using Catch::Contains;

TEST_CASE("metrics are Prometheus's text: counts by endpoint and status, and a histogram that adds up", "[serving]") {
  serving::Metrics metrics;
  metrics.add_request(serving::Endpoint::classify, 200, 0.001);  // a bound belongs to its bucket
  metrics.add_request(serving::Endpoint::classify, 200, 0.0300);
  metrics.add_request(serving::Endpoint::classify, 413, 100);
  metrics.add_request(serving::Endpoint::unknown, 404, 0);
  metrics.add_sound(1.5);
  metrics.add_sound(2.25);
  const auto text = metrics.text(1, 7, "a \"b\"\\c");
  CHECK_THAT(text, Contains("soundfold_build_info{version=\"" + std::string(version()) +
                            "\",model=\"a \\\"b\\\"\\\\c\"} 1\n"));
  CHECK_THAT(text, Contains("\nsoundfold_requests_total{endpoint=\"classify\",code=\"200\"} 2\n"));
  CHECK_THAT(text, Contains("\nsoundfold_requests_total{endpoint=\"classify\",code=\"413\"} 1\n"));
  CHECK_THAT(text, Contains("\nsoundfold_requests_total{endpoint=\"unknown\",code=\"404\"} 1\n"));
  const std::string buckets = "\nsoundfold_request_seconds_bucket{endpoint=\"classify\",le=\"";
  CHECK_THAT(text, Contains(buckets + "0.001\"} 1\n") && Contains(buckets + "0.025\"} 1\n"));
  CHECK_THAT(text, Contains(buckets + "0.05\"} 2\n") && Contains(buckets + "30\"} 2\n"));
  CHECK_THAT(text, Contains(buckets + "+Inf\"} 3\n"));
  CHECK_THAT(text, Contains("\nsoundfold_request_seconds_sum{endpoint=\"classify\"} 100.031\n"));
  CHECK_THAT(text, Contains("\nsoundfold_request_seconds_count{endpoint=\"classify\"} 3\n"));
  CHECK_THAT(text, Contains("\nsoundfold_requests_computing 1\n") && Contains("\nsoundfold_queue_length 7\n"));
  CHECK_THAT(text, Contains("\nsoundfold_sound_seconds_total 3.75\n"));
}
