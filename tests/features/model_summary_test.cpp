// SPDX-License-Identifier: Apache-2.0
#include "features/model_summary.h"

#include <catch2/catch.hpp>

#include <numeric>

using namespace soundfold;

namespace {

std::int64_t sum(const std::vector<features::SummaryRow>& rows, std::int64_t features::SummaryRow::*member) {
  return std::accumulate(rows.begin(), rows.end(), std::int64_t{0},
                         [&](std::int64_t all, const auto& row) { return all + row.*member; });
}

}  // namespace

TEST_CASE("YAMNet's rows have the parameters that Keras counts", "[features]") {
  const auto network = network::yamnet_description();
  // Keras's summary of YAMNet: 3,751,369 parameters, of which the classifier has 1024 * 521 + 521 and batch norms
  // 21,888 that are not trained.
  const std::int64_t all = 3'751'369 - 1024 * 521 - 521;
  const auto frozen = features::backbone_rows(network, 0);
  REQUIRE(frozen.size() == 2);
  CHECK(frozen[0].output == "[P, 96, 64]");
  CHECK(frozen[1].layer == "backbone, blocks 1 to 14");
  CHECK(frozen[1].output == "[P, 1024]");
  CHECK(frozen[1].frozen == all);
  CHECK(sum(frozen, &features::SummaryRow::trained) == 0);

  const auto all_trained = features::backbone_rows(network, 1);
  CHECK(sum(all_trained, &features::SummaryRow::frozen) == 21'888);
  CHECK(sum(all_trained, &features::SummaryRow::trained) == all - 21'888);

  const auto last = features::backbone_rows(network, 14);
  REQUIRE(last.size() == 3);
  CHECK(last[1].layer == "backbone, blocks 1 to 13");
  CHECK(last[1].output == "[P, 1024, 3, 2]");
  CHECK(last[2].layer == "backbone, block 14");
  // Depthwise 3 x 3 and pointwise over 1024 channels, an offset for each output of both.
  CHECK(last[2].trained == 9 * 1024 + 1024 * 1024 + 2 * 1024);
  CHECK(last[2].frozen == 2 * 2 * 1024);
  CHECK(last[1].frozen + last[2].trained + last[2].frozen == all);
}

TEST_CASE("a transformer's rows: all of its parameters, and which of them are trained", "[features]") {
  const auto network = network::ced_description(network::CedSize::tiny);
  std::int64_t all = 0;
  for (const auto& tensor : network::transformer_tensors(*network.transformer, 64)) all += tensor.size();
  const auto frozen = features::backbone_rows(network, 0);
  REQUIRE(frozen.size() == 2);
  CHECK(frozen[1].layer == "backbone, blocks 1 to 12 of a transformer");
  CHECK(frozen[1].frozen == all);
  CHECK(sum(frozen, &features::SummaryRow::trained) == 0);

  const auto last = features::backbone_rows(network, 12);
  REQUIRE(last.size() == 3);
  CHECK(last[1].output == "[P, 252, 192]");
  // Kernels of qkv, proj, fc1 and fc2 with their offsets, and three norms.
  CHECK(last[2].trained == 12 * 192 * 192 + (3 + 1 + 4 + 1) * 192 + 3 * 2 * 192);
  CHECK(last[2].frozen == 2 * 192);  // the norm before the classifier
  CHECK(sum(last, &features::SummaryRow::frozen) + last[2].trained == all);

  const auto trained = features::backbone_rows(network, 1);
  REQUIRE(trained.size() == 2);
  CHECK(trained[1].frozen == 4 * 64 + 2 * 192);
  CHECK(trained[1].trained + trained[1].frozen == all);
}

TEST_CASE("a head's rows: shapes, parameters, what is trained", "[features]") {
  heads::HeadSpec spec;
  spec.input_size = 8;
  spec.class_count = 3;
  spec.hidden = {5};
  const auto plain = features::head_rows(spec);
  REQUIRE(plain.size() == 3);
  CHECK((plain[0].layer == "dense, relu" && plain[0].output == "[P, 5]" && plain[0].trained == 8 * 5 + 5));
  CHECK((plain[1].layer == "dense" && plain[1].output == "[P, 3]" && plain[1].trained == 5 * 3 + 3));
  CHECK(plain[2].output == "[C, 3]");

  spec.pooling = config::Pooling::mean_max;
  spec.standardize = true;
  spec.scaling = config::Scaling::rms;
  spec.normalization = config::Normalization::batch;
  spec.known_inputs = 8;
  const auto rows = features::head_rows(spec);
  REQUIRE(rows.size() == 6);
  CHECK((rows[0].layer == "standardisation" && rows[0].frozen == 16));
  CHECK((rows[1].layer == "pooling: mean_max" && rows[1].output == "[C, 16]"));
  CHECK(rows[2].layer == "scaling: rms");
  CHECK((rows[3].trained == 16 * 5 + 5 + 2 * 5 && rows[3].frozen == 2 * 5));
  CHECK(rows[5].frozen == 3 * 8 + 3 * 3);
}
