// SPDX-License-Identifier: Apache-2.0
#include "splits/prepare_data.h"

#include "support/errors.h"

#include <catch2/catch.hpp>

using namespace soundfold;

TEST_CASE("the rooms below know the configuration's channels and layouts by their names", "[splits]") {
  config::Data data;
  for (const auto& name : choice_names<config::Channels>()) {
    data.channels = choice_named<config::Channels>(name).value();
    CHECK(name_of(splits::decode_options(data, 16'000).channels) == name);
  }
  for (const auto& name : choice_names<config::Layout>()) {
    data.layout = choice_named<config::Layout>(name).value();
    auto options = splits::data_options(data);
    CHECK(name_of(options.layout) == name);
    options.root = "/no/such/folder";
    options.manifest = name == "csv" ? "/no/such/file.csv" : "";
    CHECK_THROWS_AS(dataset::load(options), DataError);  // not a UsageError: the layout is one
  }
}
