// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run_report/internal/shown_clips.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace soundfold::run_report {

/// Which sounds a page has, each once: those of its cards, and others that its text refers to.
class SoundShelf {
 public:
  SoundShelf(const ReportInput& input, const ReportOptions& options, const ShownClips& shown);

  /// Asks for the nearest training clips of the mistakes: first the nearest of each, then the second nearest, until
  /// options.most_neighbours others are on the shelf.
  void add_neighbours(const std::vector<std::size_t>& mistakes);
  /// Asks for one more sound; false when the page has no room for it, or no sounds.
  bool add(std::size_t sound);
  /// By its name.
  bool add_named(const std::string& name, std::size_t& sound);

  bool has(std::size_t sound) const { return in_cards_.count(sound) > 0 || in_list_.count(sound) > 0; }
  /// The card of a sound; nothing ("") where it has none. "#clip-12".
  std::string card_link(std::size_t sound) const;
  /// `text` (HTML) as a link that plays the sound, or as it is where the page does not have it.
  std::string hear(std::size_t sound, const std::string& text) const;
  /// The name of a clip's sound, leading to its card, or playing it, or neither.
  std::string mention(std::size_t sound) const;
  /// Where a script finds its player.
  static std::string id_of(std::size_t sound) { return "sound-" + std::to_string(sound); }

  /// Players of the sounds that have no card; "" without any.
  std::string other_players() const;

 private:
  const ReportInput& input_;
  const ReportOptions& options_;
  std::map<std::size_t, std::size_t> in_cards_;  ///< sound, clip
  std::set<std::size_t> in_list_;
  std::map<std::string, std::size_t> by_name_;
};

/// The first options.most_seconds of a sound. Throws DataError when it cannot be read.
std::vector<float> shown_samples(const ReportInput& input, const ReportOptions& options, std::size_t sound,
                                 double& seconds);

/// Its player; "" with ReportAudio::none.
std::string sound_player(const ReportInput& input, const ReportOptions& options, std::size_t sound,
                         const std::vector<float>& samples);

}  // namespace soundfold::run_report
