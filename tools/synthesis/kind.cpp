// SPDX-License-Identifier: Apache-2.0
#include "synthesis/kind.h"

#include "support/errors.h"
#include "synthesis/kinds/kinds.h"
#include "text/text.h"

namespace soundfold::synthesis {
namespace {

constexpr RecordingStyle kCalls{true, 22, 1};  // short sounds: the recording may end after the last one
constexpr RecordingStyle kIndoors{false, 22, 1};
constexpr RecordingStyle kOutdoors{false, 25, 0.3};

}  // namespace

const std::vector<SoundKind>& sound_kinds() {
  static const std::vector<SoundKind> kinds = {
      {"dog", 0, true, "barks", &kinds::dog, kCalls},
      {"rooster", 1, true, "crows: cock-a-doodle-doo", &kinds::rooster, kCalls},
      {"cow", 3, false, "moos", &kinds::cow, kCalls},
      {"frog", 4, false, "croaks", &kinds::frog, kIndoors},
      {"cat", 5, false, "meows", &kinds::cat, kCalls},
      {"insects", 7, false, "the buzz of flies and bees", &kinds::insects, kOutdoors},
      {"sheep", 8, false, "bleats", &kinds::sheep, kCalls},
      {"crow", 9, false, "caws", &kinds::crow, kCalls},
      {"rain", 10, true, "drops near and far", &kinds::rain, kOutdoors},
      {"sea_waves", 11, true, "surf", &kinds::sea_waves, kOutdoors},
      {"crackling_fire", 12, true, "flames and cracking wood", &kinds::crackling_fire, kOutdoors},
      {"crickets", 13, false, "chirps and trills", &kinds::crickets, kOutdoors},
      {"chirping_birds", 14, false, "one to four song birds", &kinds::chirping_birds, kOutdoors},
      {"water_drops", 15, false, "drips", &kinds::water_drops, kIndoors},
      {"wind", 16, false, "gusts and howling", &kinds::wind, kOutdoors},
      {"thunderstorm", 19, false, "thunder, some with rain", &kinds::thunderstorm, kOutdoors},
      {"crying_baby", 20, true, "cries", &kinds::crying_baby, kIndoors},
      {"sneezing", 21, true, "one or two sneezes", &kinds::sneezing, kCalls},
      {"clapping", 22, false, "one pair of hands to an audience", &kinds::clapping, kIndoors},
      {"footsteps", 25, false, "steps on hard and gritty ground", &kinds::footsteps, kIndoors},
      {"door_wood_knock", 30, false, "knocks on a door", &kinds::door_wood_knock, kCalls},
      {"mouse_click", 31, false, "clicks", &kinds::mouse_click, kIndoors},
      {"keyboard_typing", 32, false, "typing", &kinds::keyboard_typing, kIndoors},
      {"vacuum_cleaner", 36, false, "rushing air and a motor's whine", &kinds::vacuum_cleaner, kOutdoors},
      {"clock_alarm", 37, false, "beeps, or a hammer on a bell", &kinds::clock_alarm, kIndoors},
      {"clock_tick", 38, true, "ticks and tocks", &kinds::clock_tick, kIndoors},
      {"glass_breaking", 39, false, "a pane and its shards", &kinds::glass_breaking, kCalls},
      {"helicopter", 40, true, "blades and turbine", &kinds::helicopter, kOutdoors},
      {"chainsaw", 41, true, "a two-stroke motor, idling and cutting", &kinds::chainsaw, kOutdoors},
      {"siren", 42, false, "wail, yelp and two tones", &kinds::siren, kOutdoors},
      {"car_horn", 43, false, "honks", &kinds::car_horn, kCalls},
      {"engine", 44, false, "a piston engine, idling or revved", &kinds::engine, kOutdoors},
      {"church_bells", 46, false, "one to four bells", &kinds::church_bells, kIndoors},
      {"airplane", 47, false, "jets and propellers passing over", &kinds::airplane, kOutdoors},
      {"fireworks", 48, false, "bursts, some with rockets and crackles", &kinds::fireworks, kOutdoors},
      {"tone", 50, false, "steady tones of one to eight partials", &kinds::tone, kOutdoors},
      {"sweep", 51, false, "tones that sweep", &kinds::sweep, kOutdoors},
      {"noise", 52, false, "noise of any colour, steady or pulsing", &kinds::noise, kOutdoors},
      {"impacts", 53, false, "things struck or bouncing", &kinds::impacts, kIndoors},
      {"speech", 54, false, "syllables without sense", &kinds::speech, kIndoors},
      {"whistle", 55, false, "a person whistling", &kinds::whistle, kIndoors},
      {"music", 56, false, "struck and sustained notes", &kinds::music, kIndoors},
  };
  return kinds;
}

const SoundKind& find_kind(const std::string& name) {
  std::vector<std::string> names;
  for (const SoundKind& kind : sound_kinds()) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  const std::string nearest = nearest_name(name, names);
  throw UsageError("there is no built-in sound '" + name + "'" +
                   (nearest.empty() ? " (known: " + join(names) + ")" : "; did you mean '" + nearest + "'?"));
}

}  // namespace soundfold::synthesis
