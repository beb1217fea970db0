// SPDX-License-Identifier: Apache-2.0
#include "support/hashing.h"
#include "synthesis/synthesize.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <sstream>

using namespace soundfold;
using namespace soundfold::synthesis;

namespace {

/// Of the 16-bit samples, least significant byte first.
std::string digest(const std::vector<float>& waveform) {
  std::string bytes;
  for (const float x : waveform) {
    const auto value = static_cast<unsigned>(std::lrint(static_cast<double>(x) * 32768) & 0xFFFF);
    bytes += static_cast<char>(value & 0xFFU);
    bytes += static_cast<char>(value >> 8U);
  }
  return hash_bytes(HashKind::xxh3_128, bytes).substr(0, 16);
}

/// Two seconds of every kind, seed 2026, at kSynthesisNumber 1. When samples are meant to change, raise that number and
/// put the digests in that the failing test prints.
const std::map<std::string, std::string> kDigests = {
    {"dog", "2707aacfa3d3a014"},
    {"rooster", "e43e2e99e3057818"},
    {"cow", "7e43b399d99cb922"},
    {"frog", "3fc487a170cfc3f3"},
    {"cat", "8ece576957d3b9e7"},
    {"insects", "eb1777b9e0fb25bc"},
    {"sheep", "81b32ca1b4e4d28f"},
    {"crow", "02e1613a9c44a56e"},
    {"rain", "c7a839cc728069e2"},
    {"sea_waves", "dd863d8828a2a487"},
    {"crackling_fire", "3a124c7c3490ec38"},
    {"crickets", "76583f4cbc3bc252"},
    {"chirping_birds", "467b4a3ad9a9665e"},
    {"water_drops", "c4eb740179750909"},
    {"wind", "2bb8f9a4ad17df79"},
    {"thunderstorm", "10b7fda57778d38f"},
    {"crying_baby", "78a649e0f73920e2"},
    {"sneezing", "2827f7f21e258071"},
    {"clapping", "606b7a487f92dd21"},
    {"footsteps", "9ee9f59afc51790a"},
    {"door_wood_knock", "3275ede907871468"},
    {"mouse_click", "9bb3b660c0429270"},
    {"keyboard_typing", "42f46132beac5f48"},
    {"vacuum_cleaner", "d54609616331807f"},
    {"clock_alarm", "6c992bf951b9a3c4"},
    {"clock_tick", "ee72a29e26babd26"},
    {"glass_breaking", "ed1362bb859d252d"},
    {"helicopter", "aaae56a652c4acb4"},
    {"chainsaw", "80ecfce51a94aadc"},
    {"siren", "8fba58b8f6a108aa"},
    {"car_horn", "a33966c47cf457ae"},
    {"engine", "a675dd39c42407b3"},
    {"church_bells", "db7f58a0f799e4eb"},
    {"airplane", "6b506c37507a8b26"},
    {"fireworks", "c77e8fe1f6d077aa"},
    {"tone", "572981c7f93f7004"},
    {"sweep", "c2edb8f1179f845b"},
    {"noise", "e7694f3508d502cd"},
    {"impacts", "c3a39ecdb0a9b915"},
    {"speech", "0ce29d27d7a82873"},
    {"whistle", "39d3083a68abdfee"},
    {"music", "3afce991998ce39f"},
};

}  // namespace

TEST_CASE("every kind gives its reference samples, on every machine", "[synthesis]") {
  CHECK(kSynthesisNumber == 1);
  CHECK(kDigests.size() == sound_kinds().size());
  std::ostringstream found;
  bool all_equal = true;
  for (const SoundKind& kind : sound_kinds()) {
    const std::string now = digest(synthesize(kind.name, 2026, 2).waveform);
    const auto known = kDigests.find(kind.name);
    all_equal = all_equal && known != kDigests.end() && known->second == now;
    found << "    {\"" << kind.name << "\", \"" << now << "\"},\n";
  }
  INFO(found.str());
  CHECK(all_equal);
}
