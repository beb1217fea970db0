// SPDX-License-Identifier: Apache-2.0
#include "charts/charts.h"

#include "pictures/svg.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>

namespace soundfold::charts {
namespace {

// Told apart by people who see few colours, on light and on dark.
constexpr const char* kFirstLine = "stroke=\"#2f7fd6\" stroke-width=\"2\"";
constexpr const char* kSecondLine = "stroke=\"#d9731a\" stroke-width=\"2\"";
constexpr double kLeastNamedCell = 7;
constexpr std::size_t kLongestRowName = 20, kLongestColumnName = 18;

/// Black or white, whichever is read on viridis at this place.
const char* ink_on(double share) {
  return share > 0.55 ? "fill=\"#000\"" : "fill=\"#fff\"";
}

/// Names beside the rows and below the columns of a matrix: their font and the room that they need.
struct NameSpace {
  double font = 11, left = 30, bottom = 10;
};

NameSpace name_space(double cell, const std::vector<std::string>& class_names) {
  NameSpace space;
  if (cell < kLeastNamedCell) return space;
  space.font = std::min(space.font, cell - 0.5);
  double longest = 0;  // in bytes, of which a character may have several
  for (const auto& name : class_names) {
    longest = std::max(longest, static_cast<double>(pictures::shortened(name, kLongestRowName).size()));
  }
  const double width = 0.62 * space.font * std::min(longest, static_cast<double>(kLongestRowName));
  space.left = std::max(space.left, width + 12);
  space.bottom = 0.87 * width + 22;  // at 60 degrees
  return space;
}

struct CellPlace {
  double left = 0, top = 0, size = 0;
};

void add_cell(pictures::Svg& svg, const CellPlace& place, std::int64_t count, std::int64_t of_row,
              const std::string& tip) {
  const double share = static_cast<double>(count) / static_cast<double>(std::max<std::int64_t>(1, of_row));
  svg.rect(place.left, place.top, place.size, place.size,
           "fill=\"" + pictures::hexadecimal(pictures::viridis(share)) + "\"", tip);
  if (place.size < 15) return;
  svg.text(place.left + place.size / 2, place.top + place.size / 2 + 4, std::to_string(count),
           std::string("text-anchor=\"middle\" pointer-events=\"none\" ") + ink_on(share));
}

/// One line of a panel: the values that are finite, against their epochs.
void add_curve(pictures::Svg& svg, const std::vector<CurvePoint>& epochs, double CurvePoint::*value,
               const pictures::Scale& x, const pictures::Scale& y, const std::string& style) {
  std::vector<double> points;
  for (const auto& epoch : epochs) {
    if (!std::isfinite(epoch.*value)) continue;
    points.push_back(x(static_cast<double>(epoch.epoch)));
    points.push_back(y(epoch.*value));
  }
  // A single point would not be seen.
  if (points.size() == 2) points.insert(points.end(), {points[0] + 3, points[1]});
  if (!points.empty()) svg.polyline(points, style);
}

}  // namespace

std::string confusion_picture(const std::vector<std::vector<std::int64_t>>& confusion,
                              const std::vector<std::string>& class_names,
                              const std::function<std::string(std::size_t, std::size_t)>& link, double wanted_side) {
  const std::size_t count = confusion.size();
  const double cell = std::clamp(wanted_side / static_cast<double>(std::max<std::size_t>(1, count)), 2.0, 60.0);
  const bool named = cell >= kLeastNamedCell;
  const auto names = name_space(cell, class_names);
  const double left = names.left, top = 38, side = cell * static_cast<double>(count);
  const std::string font = "font-size=\"" + pictures::number(names.font, 1) + "\" text-anchor=\"end\"";
  pictures::Svg svg(std::max(250.0, left + side + 12), top + side + names.bottom,
                    "Confusion matrix: rows are true classes, columns predicted ones");
  svg.text(4, 14, "row: true class, column: predicted class");
  svg.text(4, 28, "number: clips, colour: share of the row");
  svg.rect(left, top, side, side, "fill=\"none\" stroke=\"currentColor\" opacity=\".4\"");
  for (std::size_t row = 0; row < count; ++row) {
    std::int64_t of_row = 0;
    for (const auto value : confusion[row]) of_row += value;
    const double y = top + cell * static_cast<double>(row);
    if (named) {
      svg.text(left - 6, y + cell / 2 + 0.36 * names.font, pictures::shortened(class_names[row], kLongestRowName),
               font);
    }
    for (std::size_t column = 0; column < count; ++column) {
      const auto value = confusion[row][column];
      if (value == 0) continue;
      const std::string tip = pictures::shortened(class_names[row], 60) + " given as " +
                              pictures::shortened(class_names[column], 60) + ": " + std::to_string(value) + " of " +
                              std::to_string(of_row);
      const std::string address = link ? link(row, column) : "";
      if (!address.empty()) svg.raw("<a href=\"" + pictures::escaped(address) + "\">");
      add_cell(svg, {left + cell * static_cast<double>(column), y, cell}, value, of_row, tip);
      if (!address.empty()) svg.raw("</a>");
    }
  }
  for (std::size_t column = 0; named && column < count; ++column) {
    const double x = left + cell * (static_cast<double>(column) + 0.5) + 0.36 * names.font, y = top + side + 8;
    svg.text(x, y, pictures::shortened(class_names[column], kLongestColumnName),
             font + " transform=\"rotate(-60 " + pictures::number(x, 1) + " " + pictures::number(y, 1) + ")\"");
  }
  return svg.str();
}

std::string reliability_picture(const std::vector<evaluation::ReliabilityBin>& bins) {
  pictures::Svg svg(360, 300, "Reliability: share of right answers against the probability given");
  const pictures::Scale x{0, 1, 54, 344}, y{0, 1, 252, 12};
  pictures::left_axis(svg, y, x.from, x.to, "share that is right");
  for (const auto& bin : bins) {
    if (bin.count == 0) continue;
    const double share = static_cast<double>(bin.correct) / static_cast<double>(bin.count);
    svg.rect(x(bin.low) + 1, y(share), x(bin.high) - x(bin.low) - 2, std::max(1.0, y(0) - y(share)),
             "fill=\"#2f7fd6\" opacity=\".75\"",
             "probability " + pictures::number(bin.low) + " to " + pictures::number(bin.high) + ", mean " +
                 pictures::number(bin.mean_confidence, 3) + ": " + std::to_string(bin.correct) + " of " +
                 std::to_string(bin.count) + " right");
    svg.text(x((bin.low + bin.high) / 2), std::max(22.0, y(share) - 3), std::to_string(bin.count),
             "text-anchor=\"middle\" font-size=\"10\"");
  }
  svg.line(x(0), y(0), x(1), y(1), "stroke=\"currentColor\" stroke-dasharray=\"4 3\"");
  pictures::bottom_axis(svg, x, y.from, "probability of the class given (number: clips)");
  return svg.str();
}

std::string curves_picture(const std::vector<CurvePoint>& epochs, std::int64_t best_epoch) {
  if (epochs.empty()) return "";
  pictures::Svg svg(440, 420, "Learning curves: loss and accuracy by epoch");
  const auto first = static_cast<double>(epochs.front().epoch), last = static_cast<double>(epochs.back().epoch);
  const pictures::Scale x{first, std::max(last, first + 1), 54, 428};
  double largest = 0;
  for (const auto& epoch : epochs) {
    for (const double loss : {epoch.loss, epoch.validation_loss}) {
      if (std::isfinite(loss)) largest = std::max(largest, loss);
    }
  }
  const pictures::Scale loss{0, largest > 0 ? largest * 1.05 : 1, 180, 26}, accuracy{0, 1, 374, 210};
  pictures::left_axis(svg, loss, x.from, x.to, "loss in nats");
  pictures::left_axis(svg, accuracy, x.from, x.to, "accuracy");
  add_curve(svg, epochs, &CurvePoint::loss, x, loss, kFirstLine);
  add_curve(svg, epochs, &CurvePoint::validation_loss, x, loss, kSecondLine);
  add_curve(svg, epochs, &CurvePoint::accuracy, x, accuracy, kFirstLine);
  add_curve(svg, epochs, &CurvePoint::validation_accuracy, x, accuracy, kSecondLine);
  if (best_epoch > 0) {
    const double at = x(static_cast<double>(best_epoch));
    for (const auto& panel : {loss, accuracy}) {
      svg.line(at, panel.from, at, panel.to, "stroke=\"currentColor\" stroke-dasharray=\"4 3\"");
    }
    svg.text(std::clamp(at, 100.0, 380.0), 206 - 8, "best: epoch " + std::to_string(best_epoch),
             "text-anchor=\"middle\"");
  }
  svg.line(x.from, 12, x.from + 20, 12, kFirstLine);
  svg.text(x.from + 25, 16, "training");
  svg.line(x.from + 90, 12, x.from + 110, 12, kSecondLine);
  svg.text(x.from + 115, 16, "validation");
  pictures::bottom_axis(svg, x, accuracy.from, "epoch");
  return svg.str();
}

std::string share_bar(double share) {
  const double shown_share = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0;
  return "<svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
         "<rect width=\"100\" height=\"8\" fill=\"currentColor\" opacity=\".12\"/><rect width=\"" +
         pictures::number(100 * shown_share, 1) + "\" height=\"8\" fill=\"#2f7fd6\"/></svg>";
}

}  // namespace soundfold::charts
