// SPDX-License-Identifier: Apache-2.0
#include "run_report/internal/sound_shelf.h"

#include "frontend/recipe.h"
#include "pictures/svg.h"
#include "report/html.h"
#include "report/sound_data.h"
#include "support/errors.h"

#include <algorithm>

namespace soundfold::run_report {
namespace {

constexpr std::size_t kHeardNeighbours = 2;

/// Players that the part on the data's faults may add to the list.
constexpr std::size_t kMostOthers = 60;

}  // namespace

std::vector<float> shown_samples(const ReportInput& input, const ReportOptions& options, std::size_t sound,
                                 double& seconds) {
  auto samples = input.samples(sound);
  seconds = static_cast<double>(samples.size()) / frontend::kSampleRateHz;
  const auto most = std::max<std::size_t>(1, static_cast<std::size_t>(options.most_seconds * frontend::kSampleRateHz));
  if (samples.size() > most) samples.resize(most);
  return samples;
}

std::string sound_player(const ReportInput& input, const ReportOptions& options, std::size_t sound,
                         const std::vector<float>& samples) {
  if (options.audio == ReportAudio::none) return "";
  const auto& own = input.sounds[sound];
  return report::player(
      own.name,
      options.audio == ReportAudio::link ? report::file_address(own.file) + own.fragment : report::sound_uri(samples),
      SoundShelf::id_of(sound));
}

SoundShelf::SoundShelf(const ReportInput& input, const ReportOptions& options, const ShownClips& shown)
    : input_(input), options_(options) {
  for (const auto* list : {&shown.mistakes, &shown.unsure, &shown.right}) {
    for (const auto clip : *list) in_cards_.emplace(input.clips[clip].sound, clip);
  }
  for (std::size_t i = 0; i < input.sounds.size(); ++i) by_name_.emplace(input.sounds[i].name, i);
}

void SoundShelf::add_neighbours(const std::vector<std::size_t>& mistakes) {
  for (std::size_t rank = 0; rank < kHeardNeighbours; ++rank) {
    for (const auto clip : mistakes) {
      const auto& near = input_.clips[clip].neighbours;
      if (rank < near.size() && in_list_.size() < options_.most_neighbours) add(near[rank].sound);
    }
  }
}

bool SoundShelf::add(std::size_t sound) {
  if (options_.audio == ReportAudio::none || !input_.samples) return false;
  if (has(sound)) return true;
  if (in_list_.size() >= options_.most_neighbours + kMostOthers) return false;
  return in_list_.insert(sound).second;
}

bool SoundShelf::add_named(const std::string& name, std::size_t& sound) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return false;
  sound = found->second;
  return add(sound);
}

std::string SoundShelf::card_link(std::size_t sound) const {
  const auto card = in_cards_.find(sound);
  return card == in_cards_.end() ? "" : "#clip-" + std::to_string(card->second);
}

std::string SoundShelf::hear(std::size_t sound, const std::string& text) const {
  if (!has(sound) || options_.audio == ReportAudio::none || !input_.samples) return text;
  return "<a class=\"hear\" href=\"#" + id_of(sound) + "\">" + text + "</a>";
}

std::string SoundShelf::mention(std::size_t sound) const {
  const auto name = report::name_html(input_.sounds[sound].name);
  const auto card = card_link(sound);
  return card.empty() ? hear(sound, name) : "<a href=\"" + card + "\">" + name + "</a>";
}

std::string SoundShelf::other_players() const {
  if (in_list_.empty()) return "";
  std::string html = "<div class=\"players\">\n";
  for (const auto sound : in_list_) {
    const auto& own = input_.sounds[sound];
    html += "<div class=\"player\">" + report::name_html(own.name) + ": " + report::name_html(own.labels);
    try {
      double seconds = 0;
      std::vector<float> samples;
      if (options_.audio == ReportAudio::embed) samples = shown_samples(input_, options_, sound, seconds);
      html += sound_player(input_, options_, sound, samples);
    } catch (const DataError& error) {
      html += "<p id=\"" + id_of(sound) + "\">" + pictures::escaped(pictures::shortened(error.what(), 400)) + "</p>";
    }
    html += "</div>\n";
  }
  return html + "</div>\n";
}

}  // namespace soundfold::run_report
