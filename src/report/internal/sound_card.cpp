// SPDX-License-Identifier: Apache-2.0
#include "report/internal/sound_card.h"

#include "frontend/recipe.h"
#include "pictures/sound_picture.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "support/errors.h"

namespace soundfold::report {
namespace {

constexpr std::size_t kMostSamples = std::size_t{20} * frontend::kSampleRateHz;

std::string player_and_picture(const SoundCard& card, ReportAudio audio) {
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
      html += player(card.name,
                     audio == ReportAudio::link ? file_address(card.file) + card.fragment : sound_uri(samples), "");
    }
    return html + pictures::sound_picture(samples, card.name);
  } catch (const DataError& error) {
    return "<p>" + pictures::escaped(pictures::shortened(error.what(), 400)) + "</p>\n";
  }
}

}  // namespace

std::string sound_card(const SoundCard& card, ReportAudio audio) {
  return "<article class=\"card\">\n<h3>" + name_html(card.name) + "</h3>\n<p>" + card.line + "</p>\n" +
         player_and_picture(card, audio) + "</article>\n";
}

std::string sound_cards(const std::vector<SoundCard>& cards, ReportAudio audio) {
  if (cards.empty()) return "";
  std::string html = "<div class=\"cards\">\n";
  for (const auto& card : cards) html += sound_card(card, audio);
  return html + "</div>\n";
}

}  // namespace soundfold::report
