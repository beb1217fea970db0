// SPDX-License-Identifier: Apache-2.0
#include "charts/charts.h"

#include "testing/markup.h"

#include <catch2/catch.hpp>

#include <cmath>

using namespace soundfold::charts;
using soundfold::evaluation::reliability_bins;
using soundfold::testing::xml_fault;

TEST_CASE("pictures are well-formed XML whatever the names", "[charts]") {
  const std::vector<std::string> names = {"<script>&\"'", "\xE2\x80\xAE\xFF" + std::string(300, 'x')};
  CHECK(xml_fault("<a><b></a></b>") != "");
  CHECK(xml_fault("<a b=\"1\" b=\"2\"/>") != "");
  CHECK(xml_fault("<a>&</a>") != "");
  CHECK(xml_fault(confusion_picture({{3, 1}, {0, 2}}, names, [](auto, auto) { return "#a&b"; })) == "");
  CHECK(xml_fault(reliability_picture(reliability_bins({0.5, 1}, {true, false}))) == "");
  CHECK(xml_fault(reliability_picture(reliability_bins({}, {}))) == "");
  CHECK(xml_fault(curves_picture({{1, 0.5, 0.4}, {2, 0.3, 0.6, 0.4, 0.5}}, 2)) == "");
  CHECK(xml_fault(curves_picture({{1, std::nan(""), std::nan("")}}, 1)) == "");
  CHECK(curves_picture({}, 0).empty());
  CHECK(xml_fault(share_bar(std::nan(""))) == "");
  const std::vector<std::vector<std::int64_t>> many(200, std::vector<std::int64_t>(200, 1));
  const std::vector<std::string> same(200, "class");
  CHECK(xml_fault(confusion_picture(many, same)) == "");
  CHECK(confusion_picture(many, same).find(">class<") == std::string::npos);
  CHECK(confusion_picture(many, same, {}, 3200).find(">class<") != std::string::npos);
}
