// SPDX-License-Identifier: Apache-2.0
#include "pictures/model_picture.h"

#include "pictures/svg.h"
#include "text/text.h"

#include <algorithm>
#include <array>

namespace soundfold::pictures {
namespace {

constexpr double kBoxLeft = 12, kBoxRight = 452, kBoxHeight = 30, kStep = 40;
constexpr double kOutputAt = kBoxRight - 10, kParametersAt = 540, kMacsAt = 640, kBarAt = 652, kBarWidth = 96;
constexpr double kDetailAt = kBoxLeft + 104, kIndent = 24, kCharacter = 5.6;
constexpr std::array<const char*, 5> kGroupColours = {"#e8eef7", "#e3f1ea", "#f6efdc", "#f7e6dd", "#efe7f5"};

const std::string kAtEnd = "text-anchor=\"end\"";
const std::string kAtMiddle = "text-anchor=\"middle\"";

/// Down to the box whose top is at `bottom`.
void add_arrow(Svg& svg, double top, double bottom, double x = (kBoxLeft + kBoxRight) / 2) {
  svg.line(x, top, x, bottom - 3);
  svg.raw("<path d=\"M" + number(x - 3.5, 1) + " " + number(bottom - 4, 1) + "h7l-3.5 4z\"/>");
}

void add_box(Svg& svg, const ModelBox& box, double top, std::int64_t all_macs) {
  const auto colour = kGroupColours[static_cast<std::size_t>(box.group) % kGroupColours.size()];
  const double left = kBoxLeft + (box.aside ? kIndent : 0);
  svg.rect(left, top, kBoxRight - left, kBoxHeight, "rx=\"5\" stroke=\"#8a8f98\" fill=\"" + std::string(colour) + "\"");
  const double line = top + kBoxHeight / 2 + 4;
  svg.text(left + 10, line, shortened(box.name, box.aside ? 11 : 14), "font-weight=\"bold\" fill=\"#222\"");
  const auto output = shortened(box.output, 24);
  const double room = kOutputAt - kDetailAt - kCharacter * static_cast<double>(output.size() + 2);
  svg.text(kDetailAt, line, shortened(box.detail, static_cast<std::size_t>(std::max(1.0, room / kCharacter))),
           "fill=\"#444\"");
  svg.text(kOutputAt, line, output, kAtEnd + " fill=\"#222\"");
  svg.text(kParametersAt, line, grouped(box.parameters), kAtEnd);
  svg.text(kMacsAt, line, grouped(box.macs), kAtEnd);
  const double share = static_cast<double>(box.macs) / static_cast<double>(std::max<std::int64_t>(1, all_macs));
  svg.rect(kBarAt, top + 9, kBarWidth, 12, "fill=\"currentColor\" opacity=\".1\"");
  svg.rect(kBarAt, top + 9, kBarWidth * share, 12, "fill=\"#2f7fd6\"", number(100 * share, 1) + " %");
}

}  // namespace

std::string model_picture(const std::string& input, const std::vector<ModelBox>& boxes) {
  std::int64_t parameters = 0, macs = 0;
  for (const auto& box : boxes) {
    parameters += box.parameters;
    macs += box.macs;
  }
  constexpr double kFirst = 52;
  const double end = kFirst + kStep * static_cast<double>(boxes.size());
  Svg svg(kBarAt + kBarWidth + 12, end + 28, "Parts of the model, their shapes, parameters and multiply-accumulates");
  const std::string bold = " font-weight=\"bold\"";
  svg.text(kOutputAt, 14, "output", kAtEnd + bold);
  svg.text(kParametersAt, 14, "parameters", kAtEnd + bold);
  svg.text(kMacsAt, 14, "MACs", kAtEnd + bold);
  svg.text(kBarAt, 14, "share of MACs", bold);
  svg.text((kBoxLeft + kBoxRight) / 2, 36, shortened(input, 78), kAtMiddle);
  add_arrow(svg, kFirst - (kStep - kBoxHeight), kFirst);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const double top = kFirst + kStep * static_cast<double>(i);
    add_box(svg, boxes[i], top, macs);
    if (i + 1 == boxes.size()) continue;
    if (!boxes[i].aside) add_arrow(svg, top + kBoxHeight, top + kStep);
    if (boxes[i].aside && i > 0) add_arrow(svg, top - (kStep - kBoxHeight), top + kStep, kBoxLeft + kIndent / 2);
  }
  svg.line(kBoxLeft, end, kBarAt + kBarWidth, end);
  svg.text(kBoxLeft + 10, end + 18, "total", bold);
  svg.text(kParametersAt, end + 18, grouped(parameters), kAtEnd + bold);
  svg.text(kMacsAt, end + 18, grouped(macs), kAtEnd + bold);
  return svg.str();
}

}  // namespace soundfold::pictures
