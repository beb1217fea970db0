// SPDX-License-Identifier: Apache-2.0
#include "extraction/report.h"

#include <nlohmann/json.hpp>

namespace soundfold::extraction {
namespace {

using Json = nlohmann::ordered_json;

std::string clip_json(const std::string& path, const ExtractedClip& clip) {
  Json result = {{"path", path}};
  if (clip.problem.empty()) {
    result["key"] = clip.key;
    result["patches"] = clip.patch_count;
  } else {
    result["problem"] = clip.problem;
  }
  return result.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

void write_json(const ClipList& clips, const ClipResults& results, const ExtractionTotals& totals,
                const std::function<void(const std::string& piece)>& write) {
  const Json sums = {{"clips", clips.size()},
                     {"computed", totals.computed},
                     {"from_store", totals.from_store},
                     {"bad", totals.bad},
                     {"recomputed_damaged", totals.recomputed_damaged},
                     {"channels_cancel", totals.channels_cancel},
                     {"patches", totals.patches},
                     {"seconds", totals.seconds},
                     {"audio_seconds_computed", totals.audio_seconds_computed}};
  const std::string text = sums.dump(2);
  write(text.substr(0, text.rfind('\n')) + ",\n  \"results\": [");
  for (std::size_t i = 0; i < clips.size(); ++i) {
    write((i == 0 ? "\n    " : ",\n    ") + clip_json(clips.path(i), results.at(i)));
  }
  write("\n  ]\n}\n");
}

}  // namespace soundfold::extraction
