// SPDX-License-Identifier: Apache-2.0
#include "extraction/report.h"

#include "support/errors.h"
#include "support/files.h"

#include <nlohmann/json.hpp>

namespace soundfold::extraction {
namespace {

using Json = nlohmann::ordered_json;

std::string indented(const std::string& lines) {
  std::string text = "  ";
  for (const char letter : lines.substr(0, lines.find_last_not_of('\n') + 1)) {
    text += letter;
    if (letter == '\n') text += "  ";
  }
  return text;
}

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

std::string store_info(const std::string& folder, bool json) {
  // Opening would make an empty store under a mistyped name.
  if (!std::filesystem::exists(std::filesystem::path(folder) / "data.mdb")) {
    throw DataError("no embedding store in " + folder);
  }
  const store::Store store(folder);
  const auto recipes = store.recipes();
  if (json) {
    const Json facts = {
        {"folder", folder}, {"records", store.record_count()}, {"bytes", store.bytes_on_disk()}, {"recipes", recipes}};
    return facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  std::string text =
      folder + ": " + std::to_string(store.record_count()) + " records, " + human_size(store.bytes_on_disk()) + "\n";
  for (const auto& recipe : recipes) text += "recipe\n" + indented(recipe) + "\n";
  return text;
}

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
