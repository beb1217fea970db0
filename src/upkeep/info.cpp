// SPDX-License-Identifier: Apache-2.0
#include "upkeep/info.h"

#include "database/environment.h"
#include "shards/landed.h"
#include "store/recipe.h"
#include "store/stored_entries.h"
#include "support/file_state.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <utility>

namespace soundfold::upkeep {
namespace {

std::string utc_time(std::int64_t since_1970_ns) {
  const auto seconds = static_cast<std::time_t>(since_1970_ns / 1'000'000'000);
  std::tm parts{};
  std::array<char, 32> text{};
  if (gmtime_r(&seconds, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

StoreInfo info_of_store(const std::filesystem::path& folder) {
  const auto environment = database::Environment::open_to_read(folder);
  const database::Databases& databases = environment->databases();
  StoreInfo info;
  info.folder = folder.string();
  info.format_version = database::kFormatVersion;
  std::map<std::string, RecipeInfo> recipes;
  environment->for_each_chunk(databases.recipes, [&](const auto&, const database::Entries& entries) {
    for (const auto& [digest, text] : entries) recipes[std::string(digest)].text = text;
  });
  environment->for_each_chunk(databases.records, [&](const auto& reading, const database::Entries& entries) {
    info.parts = reading.entry_count(databases.parts);
    for (const auto& [key, record] : entries) {
      auto& recipe = recipes[store::recipe_digest_of(key)];
      ++recipe.records;
      // Without parts no record is looked into: only the tree's pages are read.
      recipe.bytes += info.parts == 0 ? record.size() : store::size_of_record(reading, databases, key, record).bytes;
    }
  });
  environment->read([&](const database::Transaction& reading) {
    info.records = reading.entry_count(databases.records);
    info.parts = reading.entry_count(databases.parts);
    info.remembered_files = reading.entry_count(databases.files);
  });
  for (auto& [digest, recipe] : recipes) {
    recipe.digest = digest;
    info.recipes.push_back(std::move(recipe));
  }
  const FileState state = file_state(folder / "data.mdb");
  info.bytes = state.size;
  info.free_bytes = environment->free_bytes();
  info.last_written = utc_time(state.modified_ns);
  return info;
}

/// Adds the records of a shard's recipes to those of the same recipes.
void add_recipes(std::vector<RecipeInfo>& sum, const std::vector<RecipeInfo>& recipes) {
  for (const auto& recipe : recipes) {
    const auto at = std::lower_bound(sum.begin(), sum.end(), recipe,
                                     [](const auto& one, const auto& other) { return one.digest < other.digest; });
    if (at == sum.end() || at->digest != recipe.digest) {
      sum.insert(at, recipe);
      continue;
    }
    at->records += recipe.records;
    at->bytes += recipe.bytes;
  }
}

StoreInfo info_of_shards(const std::filesystem::path& folder) {
  const auto plan = shards::read_plan(folder);
  StoreInfo sum;
  sum.folder = folder.string();
  sum.format_version = database::kFormatVersion;
  sum.shards = plan.shards;
  for (int i = 0; i < plan.shards; ++i) {
    throw_if_interrupted("counting the records of " + sum.folder + " was interrupted");
    if (shards::problem_of(folder, plan, i, shards::Depth::manifest)) continue;
    const auto info = info_of_store(folder / shards::ShardNumber{i, plan.shards}.folder_name());
    ++sum.landed;
    sum.records += info.records;
    sum.parts += info.parts;
    sum.remembered_files += info.remembered_files;
    sum.bytes += info.bytes;
    sum.free_bytes += info.free_bytes;
    sum.last_written = std::max(sum.last_written, info.last_written);
    add_recipes(sum.recipes, info.recipes);
  }
  return sum;
}

}  // namespace

StoreInfo store_info(const std::filesystem::path& folder) {
  return shards::is_shard_folder(folder) ? info_of_shards(folder) : info_of_store(folder);
}

std::string info_text(const StoreInfo& info) {
  std::string text = info.folder + ": " + grouped(info.records) + " records, " + human_size(info.bytes) + ", " +
                     human_size(info.free_bytes) + " of it free; last written " +
                     (info.last_written.empty() ? "never" : info.last_written) + "\n";
  if (info.shards > 0) {
    text += grouped(info.landed) + " of " + grouped(info.shards) + " shards have landed" +
            (info.landed < info.shards ? "; embedder --missing --store " + info.folder + " lists the others" : "") +
            "\n";
  }
  text += grouped(info.remembered_files) + " remembered files, " + grouped(info.parts) + " parts of long records\n";
  for (const auto& recipe : info.recipes) {
    text += "recipe " + (recipe.digest.empty() ? "not named" : recipe.digest) + ": " + grouped(recipe.records) +
            " records, " + human_size(recipe.bytes) + "\n";
    for (const auto& [name, value] : store::recipe_fields(recipe.text)) {
      text.append("  ").append(name).append("=").append(shown(value)).append("\n");
    }
  }
  return text;
}

std::string info_json(const StoreInfo& info) {
  using Json = nlohmann::ordered_json;
  Json recipes = Json::array();
  for (const auto& recipe : info.recipes) {
    recipes.push_back({{"digest", recipe.digest},
                       {"records", recipe.records},
                       {"bytes", recipe.bytes},
                       {"recipe", store::recipe_fields(recipe.text)}});
  }
  Json facts = {{"folder", info.folder},         {"format_version", info.format_version},     {"records", info.records},
                {"parts", info.parts},           {"remembered_files", info.remembered_files}, {"bytes", info.bytes},
                {"free_bytes", info.free_bytes}, {"last_written", info.last_written},         {"recipes", recipes}};
  if (info.shards > 0) {
    facts["shards"] = info.shards;
    facts["landed"] = info.landed;
  }
  return facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace soundfold::upkeep
