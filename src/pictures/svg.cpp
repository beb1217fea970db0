// SPDX-License-Identifier: Apache-2.0
#include "pictures/svg.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace soundfold::pictures {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Characters that XML forbids, that break a line, or that change the direction of what follows.
bool is_hostile(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
  const bool direction =
      c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return control || direction || (c >= 0xD800 && c <= 0xDFFF) || (c & 0xFFFE) == 0xFFFE || c > 0x10FFFF;
}

/// The next character of `text` from `at` on, which is moved behind it. Of what is not UTF-8 one byte is taken.
char32_t next_character(const std::string& text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4 || at + static_cast<std::size_t>(more) > text.size()) return kReplacement;
  char32_t c = first & (0x3Fu >> more);
  for (int i = 0; i < more; ++i) {
    const unsigned char part = byte(at + static_cast<std::size_t>(i));
    if ((part & 0xC0) != 0x80) return kReplacement;
    c = (c << 6) | (part & 0x3Fu);
  }
  constexpr std::array<char32_t, 4> kLeast = {0, 0x80, 0x800, 0x10000};
  if (c < kLeast[static_cast<std::size_t>(more)]) return kReplacement;
  at += static_cast<std::size_t>(more);
  return c;
}

/// Tidy UTF-8 of a text, without hostile characters, cut into characters.
std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const char32_t c = next_character(text, at);
    characters.push_back(c == kReplacement || is_hostile(c) ? "\xEF\xBF\xBD" : text.substr(from, at - from));
  }
  return characters;
}

}  // namespace

std::string escaped(const std::string& text) {
  std::string result;
  for (const auto& character : characters_of(text)) {
    switch (character.front()) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += character;
    }
  }
  return result;
}

std::string shortened(const std::string& text, std::size_t characters) {
  const auto all = characters_of(text);
  std::string result;
  const bool cut = all.size() > characters;
  for (std::size_t i = 0; i < (cut ? characters - 1 : all.size()); ++i) result += all[i];
  return cut ? result + "…" : result;
}

std::string number(double value, int most_digits) {
  if (!std::isfinite(value)) return "-";
  std::array<char, 400> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, most_digits);
  std::string text(digits.data(), end.ptr);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::vector<double> ticks(double low, double high, int about) {
  if (!std::isfinite(low) || !std::isfinite(high) || !(high > low) || about < 1) return {};
  const double rough = (high - low) / about;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = power * 10;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (rough <= factor * power * (1 + 1e-9)) step = factor * power;
  }
  std::vector<double> result;
  // A tick may lie beyond the end by rounding alone.
  const double slack = step * 1e-6;
  for (double k = std::ceil((low - slack) / step); k * step <= high + slack; ++k) result.push_back(k * step);
  return result;
}

Colour viridis(double position) {
  constexpr std::array<Colour, 9> kPoints = {{{0x44, 0x01, 0x54},
                                              {0x47, 0x2d, 0x7b},
                                              {0x3b, 0x52, 0x8b},
                                              {0x2c, 0x72, 0x8e},
                                              {0x21, 0x91, 0x8c},
                                              {0x28, 0xae, 0x80},
                                              {0x5e, 0xc9, 0x62},
                                              {0xad, 0xdc, 0x30},
                                              {0xfd, 0xe7, 0x25}}};
  const double place = (position > 0 ? std::min(position, 1.0) : 0.0) * (kPoints.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), kPoints.size() - 2);
  const double share = place - static_cast<double>(below);
  const auto mixed = [&](std::uint8_t a, std::uint8_t b) {
    return static_cast<std::uint8_t>(std::lround(a + share * (b - a)));
  };
  const auto &a = kPoints[below], &b = kPoints[below + 1];
  return {mixed(a.red, b.red), mixed(a.green, b.green), mixed(a.blue, b.blue)};
}

std::string hexadecimal(Colour colour) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text = "#";
  for (const auto part : {colour.red, colour.green, colour.blue}) text += {kDigits[part >> 4], kDigits[part & 15]};
  return text;
}

Svg::Svg(double width, double height, const std::string& title) {
  const auto w = number(width), h = number(height);
  body_ = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + w + " " + h + "\" width=\"" + w +
          "\" height=\"" + h + "\" role=\"img\" aria-label=\"" + escaped(title) +
          "\" font-family=\"system-ui,sans-serif\" font-size=\"11\" fill=\"currentColor\">";
}

void Svg::text(double x, double y, const std::string& text, const std::string& attributes) {
  body_ +=
      "<text x=\"" + number(x, 1) + "\" y=\"" + number(y, 1) + "\" " + attributes + ">" + escaped(text) + "</text>";
}

void Svg::line(double x1, double y1, double x2, double y2, const std::string& attributes) {
  body_ += "<line x1=\"" + number(x1, 1) + "\" y1=\"" + number(y1, 1) + "\" x2=\"" + number(x2, 1) + "\" y2=\"" +
           number(y2, 1) + "\" " + (attributes.empty() ? "stroke=\"currentColor\"" : attributes) + "/>";
}

void Svg::rect(double x, double y, double width, double height, const std::string& attributes, const std::string& tip) {
  body_ += "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) + "\" height=\"" +
           number(height) + "\" " + attributes;
  body_ += tip.empty() ? "/>" : "><title>" + escaped(tip) + "</title></rect>";
}

void Svg::polyline(const std::vector<double>& points, const std::string& attributes) {
  body_ += "<polyline fill=\"none\" points=\"";
  for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
    if (i > 0) body_ += " ";
    body_ += number(points[i], 1) + "," + number(points[i + 1], 1);
  }
  body_ += "\" " + attributes + "/>";
}

std::string svg_file(const std::string& picture, const std::string& title) {
  constexpr double kTitleHeight = 30, kTitleMargin = 16, kTitleCharacter = 8.2;  // 13 units high, bold
  constexpr std::size_t kMostTitle = 60;
  // Width and height are as the constructor wrote them.
  const auto after = [&](const char* attribute) {
    const auto at = picture.find(attribute) + std::char_traits<char>::length(attribute);
    double value = 0;
    std::from_chars(picture.data() + at, picture.data() + picture.size(), value);
    return value;
  };
  const double inner = after(" width=\""), height = after(" height=\"");
  const auto fitting = static_cast<std::size_t>(std::max(0.0, (inner - kTitleMargin) / kTitleCharacter));
  const auto most = std::max(fitting, kMostTitle);
  const auto characters = static_cast<double>(std::min(most, characters_of(title).size()));
  const double width = std::max(inner, kTitleMargin + kTitleCharacter * characters);
  Svg file(width, height + kTitleHeight, title);
  file.rect(0, 0, width, height + kTitleHeight, "fill=\"#fff\"");
  file.text(width / 2, 20, shortened(title, most), "text-anchor=\"middle\" font-size=\"13\" font-weight=\"bold\"");
  std::string text = file.str();
  constexpr const char* kStart = "<svg ";
  const std::string inside =
      std::string(kStart) + "x=\"" + number((width - inner) / 2) + "\" y=\"" + number(kTitleHeight) + "\" ";
  text.insert(text.rfind("</svg>"), inside + picture.substr(std::char_traits<char>::length(kStart)));
  text.insert(std::char_traits<char>::length(kStart), "color=\"#222\" ");
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + text + "\n";
}

void bottom_axis(Svg& svg, const Scale& scale, double y, const std::string& label) {
  svg.line(scale.from, y, scale.to, y);
  for (const double tick : ticks(scale.low, scale.high)) {
    const double x = scale(tick);
    svg.line(x, y, x, y + 4);
    svg.text(x, y + 15, number(tick, 6), "text-anchor=\"middle\"");
  }
  svg.text((scale.from + scale.to) / 2, y + 28, label, "text-anchor=\"middle\"");
}

void left_axis(Svg& svg, const Scale& scale, double x, double right, const std::string& label, int about) {
  svg.line(x, scale.from, x, scale.to);
  for (const double tick : ticks(scale.low, scale.high, about)) {
    const double y = scale(tick);
    svg.line(x, y, right, y, "stroke=\"currentColor\" opacity=\".15\"");
    svg.line(x - 4, y, x, y);
    svg.text(x - 6, y + 4, number(tick, 6), "text-anchor=\"end\"");
  }
  const auto middle = number((scale.from + scale.to) / 2, 1);
  svg.text(11, (scale.from + scale.to) / 2, label,
           "text-anchor=\"middle\" transform=\"rotate(-90 11 " + middle + ")\"");
}

}  // namespace soundfold::pictures
