// SPDX-License-Identifier: Apache-2.0
#include "serving/page.h"

#include "pictures/png.h"
#include "pictures/svg.h"
#include "report/page_style.h"
#include "support/hashing.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

namespace soundfold::serving {
namespace {

/// How a policy names an element's content.
std::string policy_hash(const std::string& content) {
  const auto hexadecimal = hash_bytes(HashKind::sha256, content);
  std::string bytes;
  for (std::size_t i = 0; i < hexadecimal.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16));
  }
  return "'sha256-" + pictures::base64(bytes) + "'";
}

/// What the script works with, as the content of a script element: nothing in it ends that element.
std::string numbers(const runtime::Classifier& model, const Settings& settings) {
  constexpr int kColours = 64;
  nlohmann::json colours = nlohmann::json::array();
  for (int i = 0; i < kColours; ++i) {
    colours.push_back(pictures::hexadecimal(pictures::viridis(i / double{kColours - 1})));
  }
  const auto& input = model.input();
  const nlohmann::json values = {{"windowSeconds", model.window_seconds()},
                                 {"hopSeconds", model.window_hop_seconds()},
                                 {"frameSeconds", static_cast<double>(input.window_samples) / input.sample_rate_hz},
                                 {"melLowHz", input.mel_low_hz},
                                 {"melHighHz", input.mel_high_hz},
                                 {"rate", input.sample_rate_hz},
                                 {"mostBytes", settings.max_body_bytes},
                                 {"mostSeconds", settings.max_seconds},
                                 {"colours", colours}};
  return values.dump();
}

std::string classes_line(const runtime::Classifier& model) {
  constexpr std::size_t kMostShown = 12;
  const auto& names = model.class_names();
  std::string line = std::to_string(names.size()) + (names.size() == 1 ? " class: " : " classes: ");
  for (std::size_t k = 0; k < std::min(names.size(), kMostShown); ++k) {
    line += (k > 0 ? ", " : "") + pictures::escaped(pictures::shortened(names[k], 60));
  }
  return line + (names.size() > kMostShown ? ", ..." : "");
}

}  // namespace

Page make_page(const runtime::Classifier& model, const Settings& settings) {
  const std::string style = std::string(report::kPageStyle) + kServedStyle,
                    script = std::string(kServedScript) + kMicrophoneScript;
  const std::string name = pictures::escaped(pictures::shortened(settings.model_name, 200));
  Page page;
  page.policy = "default-src 'none'; script-src 'self' " + policy_hash(script) + "; style-src " + policy_hash(style) +
                "; connect-src 'self'; media-src blob:; img-src data:; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'";
  page.html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n"
      "<title>" +
      name + " - Soundfold</title>\n<style>" + style +
      "</style>\n</head>\n<body>\n<header>\n<h1>Which sound is it?</h1>\n" + "<p class=\"faint\">Model <bdi>" + name +
      "</bdi>, " + classes_line(model) + "</p>\n</header>\n" + kServedBody +
      "<script type=\"application/json\" id=\"numbers\">" + numbers(model, settings) + "</script>\n<script>" + script +
      "</script>\n</body>\n</html>\n";
  return page;
}

}  // namespace soundfold::serving
