// SPDX-License-Identifier: Apache-2.0
#include "report/internal/sound_card.h"

#include "frontend/recipe.h"
#include "pictures/sound_picture.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "report/internal/sound_data.h"
#include "support/errors.h"

#include <cctype>

namespace soundfold::report {
namespace {

constexpr std::size_t kMostSamples = std::size_t{20} * frontend::kSampleRateHz;

/// file:// and the path, with %XX for what is not plain.
std::string link_to_file(const std::string& path) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string link = path.rfind('/', 0) == 0 ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 128 && (std::isalnum(byte) != 0 || std::string("/-_.~").find(c) != std::string::npos);
    link += plain ? std::string(1, c) : std::string{'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return link;
}

std::string heard_and_seen(const SoundCard& card, ReportAudio audio) {
  if (!card.sound) return "";
  try {
    auto samples = card.sound();
    if (samples.empty()) return "";
    std::string html;
    if (samples.size() > kMostSamples) {
      html += "<p class=\"faint\">The first 20 of " +
              pictures::number(static_cast<double>(samples.size()) / frontend::kSampleRateHz, 1) + " s</p>\n";
      samples.resize(kMostSamples);
    }
    if (audio != ReportAudio::none) {
      html += "<audio controls preload=\"none\" aria-label=\"" +
              pictures::escaped(pictures::shortened(card.name, 120)) + "\" src=\"" +
              (audio == ReportAudio::link ? link_to_file(card.file) : sound_uri(samples)) + "\"></audio>\n";
    }
    return html + pictures::sound_picture(samples, card.name);
  } catch (const DataError& error) {
    return "<p>" + pictures::escaped(pictures::shortened(error.what(), 400)) + "</p>\n";
  }
}

}  // namespace

std::string sound_card(const SoundCard& card, ReportAudio audio) {
  return "<article class=\"card\">\n<h3>" + name_html(card.name) + "</h3>\n<p>" + card.line + "</p>\n" +
         heard_and_seen(card, audio) + "</article>\n";
}

std::string sound_cards(const std::vector<SoundCard>& cards, ReportAudio audio) {
  if (cards.empty()) return "";
  std::string html = "<div class=\"cards\">\n";
  for (const auto& card : cards) html += sound_card(card, audio);
  return html + "</div>\n";
}

}  // namespace soundfold::report
