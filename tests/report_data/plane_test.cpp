// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/plane.h"

#include "report_data/internal/facts.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

using namespace soundfold;
using namespace soundfold::report_data;

TEST_CASE("the map's axes are the directions of the largest variance", "[report_data]") {
  // Along (3, 4) / 5 by -2, -1, 1, 2 and across it by 0.1, -0.1, -0.1, 0.1, about the point (5, 5).
  std::vector<float> values;
  const std::vector<std::pair<double, double>> places = {{-2, 0.1}, {-1, -0.1}, {1, -0.1}, {2, 0.1}};
  for (const auto& [along, across] : places) {
    values.push_back(static_cast<float>(5 + along * 0.6 - across * 0.8));
    values.push_back(static_cast<float>(5 + along * 0.8 + across * 0.6));
  }
  const auto plane = plane_of(torch::tensor(values).reshape({4, 2}), {0, 1, 2, 3});
  for (std::int64_t i = 0; i < 4; ++i) {
    const auto& [along, across] = places[static_cast<std::size_t>(i)];
    CHECK(plane[i][0].item<double>() == Approx(along).margin(1e-5));
    CHECK(std::abs(plane[i][1].item<double>()) == Approx(0.1).margin(1e-5));
  }
  // The same from more values than clips, where the smaller product is that of the clips.
  const auto wide = torch::cat({torch::tensor(values).reshape({4, 2}), torch::zeros({4, 7})}, 1);
  CHECK(torch::allclose(plane_of(wide, {0, 1, 2, 3}), plane, 1e-5, 1e-5));
  CHECK_FALSE(plane_of(wide, {0, 1}).defined());
}

TEST_CASE("the licence of ESC-50 is that of the assets' manifest", "[report_data]") {
  const auto manifest = read_file(testing::source_folder() / "data/assets.yaml");
  config::Data data;
  data.layout = config::Layout::esc50;
  const std::string name = "CC BY-NC 3.0 (the ten ESC-10 classes CC BY 3.0)";
  CHECK(manifest.find("{name: " + name + ", holder: K. J. Piczak}") != std::string::npos);
  CHECK(data_licence(data).find(name) != std::string::npos);
  CHECK(data_licence(data).find("K. J. Piczak") != std::string::npos);
  data.layout = config::Layout::folders;
  CHECK(data_licence(data).empty());
}
