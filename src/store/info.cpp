// SPDX-License-Identifier: Apache-2.0
#include "store/info.h"

#include "store/internal/stored_entries.h"
#include "store/recipe.h"
#include "support/file_state.h"
#include "support/files.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <array>
#include <ctime>
#include <map>
#include <utility>

namespace soundfold::store {
namespace {

std::string utc_time(std::int64_t since_1970_ns) {
  const auto seconds = static_cast<std::time_t>(since_1970_ns / 1'000'000'000);
  std::tm parts{};
  std::array<char, 32> text{};
  if (gmtime_r(&seconds, &parts) == nullptr) return {};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

}  // namespace

StoreInfo store_info(const std::filesystem::path& folder) {
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
      auto& recipe = recipes[recipe_digest_of(key)];
      ++recipe.records;
      // Without parts no record is looked into: only the tree's pages are read.
      recipe.bytes += info.parts == 0 ? record.size() : size_of_record(reading, databases, key, record).bytes;
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

std::string info_text(const StoreInfo& info) {
  std::string text = info.folder + ": " + grouped(info.records) + " records, " + human_size(info.bytes) + ", " +
                     human_size(info.free_bytes) + " of it free; last written " + info.last_written + "\n";
  text += grouped(info.remembered_files) + " remembered files, " + grouped(info.parts) + " parts of long records\n";
  for (const auto& recipe : info.recipes) {
    text += "recipe " + (recipe.digest.empty() ? "not named" : recipe.digest) + ": " + grouped(recipe.records) +
            " records, " + human_size(recipe.bytes) + "\n";
    for (const auto& [name, value] : recipe_fields(recipe.text)) {
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
                       {"recipe", recipe_fields(recipe.text)}});
  }
  const Json facts = {
      {"folder", info.folder},         {"format_version", info.format_version},     {"records", info.records},
      {"parts", info.parts},           {"remembered_files", info.remembered_files}, {"bytes", info.bytes},
      {"free_bytes", info.free_bytes}, {"last_written", info.last_written},         {"recipes", recipes}};
  return facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace soundfold::store
