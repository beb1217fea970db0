// SPDX-License-Identifier: Apache-2.0
#include "pictures/sound_charts.h"

#include "pictures/model_picture.h"
#include "pictures/raster.h"
#include "pictures/svg.h"
#include "support/errors.h"
#include "testing/markup.h"

#include <catch2/catch.hpp>
#include <png.h>

#include <cmath>

using namespace soundfold;
using namespace soundfold::pictures;
using Catch::Contains;
using testing::occurrences;
using testing::xml_fault;

namespace {

const std::string kHostile = "<script>&\"' \xE2\x80\xAE\xFF" + std::string(300, 'x');

/// Two seconds of a tone of 1 kHz.
std::vector<float> tone() {
  std::vector<float> samples(32000);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = 0.5F * std::sin(0.39269908F * static_cast<float>(i));
  return samples;
}

/// Without the first line, which says that the rest is XML.
std::string element_of(const std::string& file) {
  return file.substr(file.find('\n') + 1);
}

struct Pixels {
  png_image image{};
  std::vector<unsigned char> rgb;
  const unsigned char* at(unsigned x, unsigned y) const { return rgb.data() + 3 * (y * image.width + x); }
};

Pixels pixels_of(const std::string& png) {
  Pixels pixels;
  pixels.image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_memory(&pixels.image, png.data(), png.size()) != 0);
  pixels.image.format = PNG_FORMAT_RGB;
  pixels.rgb.resize(PNG_IMAGE_SIZE(pixels.image));
  REQUIRE(png_image_finish_read(&pixels.image, nullptr, pixels.rgb.data(), 0, nullptr) != 0);
  return pixels;
}

}  // namespace

TEST_CASE("a picture's file is white and dark grey, with its title above", "[pictures]") {
  Svg svg(200, 100, "inside");
  svg.rect(0, 0, 200, 100, "fill=\"currentColor\"");
  const auto file = svg_file(svg.str(), kHostile);
  CHECK(xml_fault(element_of(file)) == "");
  CHECK_THAT(file, Catch::StartsWith("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg color=\"#222\" "));
  CHECK_THAT(file,
             Contains("viewBox=\"0 0 508 130\"") && Contains("<svg x=\"154\" y=\"30\" ") && Contains("fill=\"#fff\""));
  CHECK_THAT(file, Contains("&lt;script&gt;") && Contains("…"));
  CHECK_THAT(svg_file(svg.str(), "short"), Contains("viewBox=\"0 0 200 130\"") && Contains("<svg x=\"0\" y=\"30\" "));
}

TEST_CASE("PNGs are drawn at the scale asked for, on white", "[pictures]") {
  Svg svg(200, 100, "inside");
  svg.rect(50, 25, 100, 50, "fill=\"#ff0000\"");
  svg.rect(0, 90, 200, 10, "fill=\"currentColor\"");
  const auto file = svg_file(svg.str(), "title");
  if (!can_rasterise()) {
    CHECK_THROWS_WITH(png_of_svg(file, 2), Contains("librsvg") && Contains(".svg"));
    return;
  }
  const auto pixels = pixels_of(png_of_svg(file, 2));
  CHECK(pixels.image.width == 400);
  CHECK(pixels.image.height == 260);
  CHECK(std::vector<int>(pixels.at(1, 1), pixels.at(1, 1) + 3) == std::vector<int>{255, 255, 255});
  CHECK(std::vector<int>(pixels.at(200, 160), pixels.at(200, 160) + 3) == std::vector<int>{255, 0, 0});
  CHECK(std::vector<int>(pixels.at(200, 250), pixels.at(200, 250) + 3) == std::vector<int>{0x22, 0x22, 0x22});
  CHECK_THROWS_AS(png_of_svg(file, 1000), UsageError);
  CHECK_THROWS_AS(png_of_svg("<svg", 1), DataError);
}

TEST_CASE("pictures of a sound have axes from where they begin", "[pictures]") {
  const auto wave = waveform_picture(tone(), kHostile, 10);
  CHECK(xml_fault(wave) == "");
  CHECK_THAT(wave, Contains(">time in s<") && Contains(">amplitude (full scale: 1)<"));
  CHECK_THAT(wave, Contains(">10<") && Contains(">12<") && !Contains(">12.5<"));
  CHECK_THAT(wave, Contains(">0.5<") && Contains(">-0.5<"));
  const auto mel = spectrogram_picture(tone(), kHostile);
  CHECK(xml_fault(mel) == "");
  CHECK_THAT(mel, Contains(">frequency in Hz (mel)<") && Contains(">dB (loudest: 0)<") && Contains(">-40<"));
  CHECK(xml_fault(waveform_picture({0.0F}, "")) == "");
  CHECK(xml_fault(spectrogram_picture({0.0F}, "")) == "");
}

TEST_CASE("a timeline's rows have the colours of the windows' probabilities", "[pictures]") {
  Timeline timeline;
  timeline.hop_seconds = 0.48;
  timeline.class_names = {kHostile, "cat"};
  timeline.classes = {1, 0};
  timeline.windows = {{1, 0}, {1, 0}, {0, 1}, {0, 1}};
  const auto picture = timeline_picture(tone(), kHostile, timeline);
  CHECK(xml_fault(picture) == "");
  // Two colours a row, changing halfway between the middles of the second and third window: 0.48 + 0.24 + 0.48 s.
  const double left = 150, right = 648, change = left + (right - left) * 1.2 / 2;
  const auto row = [&](double top, const char* first, const char* second) {
    const auto box = [&](double from, double width, const char* colour) {
      return "x=\"" + number(from) + "\" y=\"" + number(top) + "\" width=\"" + number(width) + "\" height=\"29\"" +
             " shape-rendering=\"crispEdges\" fill=\"" + colour + "\"";
    };
    const double edge = std::round(change);
    CHECK_THAT(picture, Contains(box(left, edge - left, first)) && Contains(box(edge, right - edge, second)));
  };
  row(168, "#440154", "#fde725");
  row(198, "#fde725", "#440154");
  timeline.hop_seconds = 0;
  CHECK_THROWS_AS(timeline_picture(tone(), "", timeline), UsageError);
}

TEST_CASE("a column of a timeline shows the highest of its windows", "[pictures]") {
  Timeline timeline;
  timeline.hop_seconds = 0.48;
  timeline.class_names = {"dog"};
  timeline.classes = {0};
  timeline.windows.assign(20000, {0.0});
  timeline.windows[9999] = {1.0};
  // The picture's time is that of the samples; a short window stands for a long recording's.
  timeline.hop_seconds = 2.0 / 20000;
  timeline.window_seconds = timeline.hop_seconds;
  CHECK(occurrences(timeline_picture(tone(), "", timeline), "fill=\"#fde725\"") == 3);  // and the ends of two scales
}

TEST_CASE("a model's picture has its parts, and sums below", "[pictures]") {
  const auto picture = model_picture("waveform [N]", {{"layer1", "convolution", "[32, 48, 32]", 320, 442368, 1},
                                                      {kHostile, kHostile, kHostile, 1000, 1557632, 2}});
  CHECK(xml_fault(picture) == "");
  CHECK_THAT(picture, Contains(">waveform [N]<") && Contains(">1,320<") && Contains(">2,000,000<"));
  CHECK_THAT(picture, Contains("<title>22.1 %</title>"));
  CHECK(xml_fault(model_picture("", {})) == "");
}
