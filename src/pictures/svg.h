// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Pictures as SVG and PNG: charts, waveforms, spectrograms.
namespace soundfold::pictures {

/// `text` as content or attribute of XML and HTML: the five special characters as entities. What is not UTF-8, control
/// characters, and those that change the direction of the text around them become U+FFFD.
std::string escaped(const std::string& text);

/// The first `characters` (at least 1) characters of `text`, the last of them "…" where more would follow. Bytes that
/// are not UTF-8 become U+FFFD.
std::string shortened(const std::string& text, std::size_t characters);

/// `value` with at most `most_digits` digits after the point, without zeros at its end, in any locale: "0.5", "12".
/// "-" for what is not finite.
std::string number(double value, int most_digits = 2);

/// Round values (1, 2 or 5 times a power of ten apart) within [low, high], about `about` of them, ascending. Empty
/// when the range is empty or not finite.
std::vector<double> ticks(double low, double high, int about = 5);

struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;
};

/// Viridis at `position` 0 to 1, which grows evenly brighter and so reads in grey: nine of its points, in between
/// linear in sRGB.
Colour viridis(double position);

/// "#21918c".
std::string hexadecimal(Colour colour);

/// Maps [low, high] to [from, to]; an empty range to `from`.
struct Scale {
  double low = 0, high = 1, from = 0, to = 1;
  double operator()(double value) const {
    return high == low ? from : from + (value - low) / (high - low) * (to - from);
  }
};

/// One picture, element by element, in units of about one pixel. Lines and text take the colour of the text around the
/// picture, so that it fits light and dark pages; the picture grows no wider than `width`, and shrinks.
class Svg {
 public:
  /// `title` is what a screen reader says.
  Svg(double width, double height, const std::string& title);

  /// `attributes` are added to the element as they are: names="values", escaped by the caller.
  void text(double x, double y, const std::string& text, const std::string& attributes = "");
  void line(double x1, double y1, double x2, double y2, const std::string& attributes = "");
  /// With a `tip`, which browsers show on hovering.
  void rect(double x, double y, double width, double height, const std::string& attributes = "",
            const std::string& tip = "");
  /// A line through the points, in pairs of x and y.
  void polyline(const std::vector<double>& points, const std::string& attributes);
  /// An element, as it is.
  void raw(const std::string& element) { body_ += element; }

  /// The <svg> element.
  std::string str() const { return body_ + "</svg>"; }

 private:
  std::string body_;
};

/// A file of its own, as UTF-8: the picture that Svg::str() gave on white, in dark grey where it takes the colour
/// around it, under `title`. Wider than the picture where the title is, of which at least 60 characters are shown.
std::string svg_file(const std::string& picture, const std::string& title);

/// An axis along the bottom at height `y`: round ticks, their values, and `label` (with its unit) below the middle.
void bottom_axis(Svg& svg, const Scale& scale, double y, const std::string& label);

/// An axis along the left at `x`, with faint lines up to `right`; `label` upright beside it.
void left_axis(Svg& svg, const Scale& scale, double x, double right, const std::string& label, int about = 5);

}  // namespace soundfold::pictures
