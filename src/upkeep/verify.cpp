// SPDX-License-Identifier: Apache-2.0
#include "upkeep/verify.h"

#include "database/environment.h"
#include "store/stored_entries.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/progress.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <map>
#include <utility>

namespace soundfold::upkeep {
namespace {

/// Fills in which files the damaged records are of.
void find_files(const database::Environment& environment, std::vector<DamagedRecord>& damaged) {
  if (damaged.empty()) return;
  std::multimap<std::string, DamagedRecord*> by_audio;
  for (auto& record : damaged) by_audio.emplace(record.key.substr(0, record.key.find('-')), &record);
  environment.for_each_chunk(environment.databases().files, [&](const auto&, const database::Entries& entries) {
    for (const auto& [key, value] : entries) {
      store::RememberedFile file = store::remembered_file(value);
      const auto [first, last] = by_audio.equal_range(file.digest);
      for (auto record = first; record != last; ++record) record->second->files.push_back(file.path);
    }
  });
}

/// Reads the records of one environment into `result`, whose entries of `damaged` get the shard's name.
void verify_records(const database::Environment& environment, const std::string& shard, VerifyResult& result,
                    Progress& progress) {
  const database::Databases& databases = environment.databases();
  std::vector<DamagedRecord> damaged;
  environment.for_each_chunk(databases.recipes, [&](const auto&, const database::Entries& entries) {
    for (const auto& [digest, text] : entries) {
      if (auto problem = store::problem_of_recipe(digest, text); !problem.empty()) {
        damaged.push_back({std::string(digest), std::move(problem), {}, shard});
      }
    }
  });
  std::int64_t parts = 0;
  environment.read([&](const auto& reading) { parts = reading.entry_count(databases.parts); });
  environment.for_each_chunk(databases.records, [&](const auto& reading, const database::Entries& entries) {
    throw_if_interrupted("verifying " + result.folder + " was interrupted");
    for (const auto& [key, record] : entries) {
      const store::RecordSize size = store::size_of_record(reading, databases, key, record);
      result.bytes += size.bytes;
      parts -= size.parts;
      if (auto problem = store::problem_of_record(reading, databases, key, record); !problem.empty()) {
        damaged.push_back({std::string(key), std::move(problem), {}, shard});
      }
    }
    result.records += static_cast<std::int64_t>(entries.size());
    progress.advance(static_cast<std::int64_t>(entries.size()));
  });
  result.unused_parts += parts > 0 ? parts : 0;
  find_files(environment, damaged);
  for (auto& record : damaged) result.damaged.push_back(std::move(record));
}

void verify_shards(const std::filesystem::path& folder, VerifyResult& result) {
  const auto plan = shards::read_plan(folder);
  result.shards = plan.shards;
  std::vector<std::pair<int, std::int64_t>> landed;  // with the records that their manifests say
  std::int64_t total = 0;
  for (int i = 0; i < plan.shards; ++i) {
    shards::Manifest manifest;
    if (auto problem = shards::problem_of(folder, plan, i, shards::Depth::manifest, &manifest)) {
      result.shard_problems.push_back(std::move(*problem));
      continue;
    }
    landed.emplace_back(i, manifest.records);
    total += manifest.records;
  }
  Progress progress("verifying", total, "records");
  for (const auto& [i, promised] : landed) {
    const std::string name = shards::ShardNumber{i, plan.shards}.folder_name();
    const std::int64_t before = result.records;
    try {
      verify_records(*database::Environment::open_to_read(folder / name), name, result, progress);
      const std::int64_t found = result.records - before;
      if (found == promised) continue;
      result.shard_problems.push_back(
          {i, false, "has " + grouped(found) + " records, but its manifest says " + grouped(promised)});
    } catch (const DataError& error) {
      result.shard_problems.push_back({i, false, error.what()});
    }
  }
  progress.finish();
}

/// What to do about damaged records.
std::string remedy(const VerifyResult& result) {
  if (result.shards == 0) return "computed again when they are needed; store prune --damaged removes them";
  return "embedder --missing --redo --store " + result.folder + " makes their shards again";
}

std::string text_of_problem(const VerifyResult& result, const shards::ShardProblem& problem) {
  return "shard " + shards::ShardNumber{problem.index, result.shards}.text() + ": " + problem.problem + "\n";
}

}  // namespace

VerifyResult verify_store(const std::filesystem::path& folder) {
  VerifyResult result;
  result.folder = folder.string();
  if (shards::is_shard_folder(folder)) {
    verify_shards(folder, result);
    return result;
  }
  const auto environment = database::Environment::open_to_read(folder);
  std::int64_t total = 0;
  environment->read([&](const auto& reading) { total = reading.entry_count(environment->databases().records); });
  Progress progress("verifying", total, "records");
  verify_records(*environment, "", result, progress);
  progress.finish();
  return result;
}

std::string verify_text(const VerifyResult& result) {
  std::string text;
  for (const auto& record : result.damaged) {
    text +=
        "damaged: " + shown(record.key) + (record.shard.empty() ? "" : " in " + record.shard) + ": " + record.problem;
    for (const auto& file : record.files) text += "; " + shown(file);
    text += "\n";
  }
  for (const auto& problem : result.shard_problems) text += text_of_problem(result, problem);
  text += result.folder + ": " + grouped(result.records) + " records, " + human_size(result.bytes) + "; " +
          grouped(static_cast<std::int64_t>(result.damaged.size())) + " damaged";
  if (!result.damaged.empty()) text += " (" + remedy(result) + ")";
  if (result.shards > 0) {
    text += "; " + grouped(static_cast<std::int64_t>(result.shard_problems.size())) + " of " + grouped(result.shards) +
            " shards missing or damaged";
  }
  if (result.unused_parts > 0) {
    text += "; " + grouped(result.unused_parts) + " parts of no record" +
            (result.shards == 0 ? " (store prune removes them)" : "");
  }
  return text + "\n";
}

std::string verify_json(const VerifyResult& result) {
  using Json = nlohmann::ordered_json;
  Json damaged = Json::array();
  for (const auto& record : result.damaged) {
    damaged.push_back({{"key", record.key}, {"problem", record.problem}, {"files", record.files}});
    if (!record.shard.empty()) damaged.back()["shard"] = record.shard;
  }
  Json facts = {{"folder", result.folder},
                {"records", result.records},
                {"bytes", result.bytes},
                {"unused_parts", result.unused_parts},
                {"damaged", damaged}};
  if (result.shards > 0) {
    facts["shards"] = result.shards;
    facts["shard_problems"] = Json::array();
    for (const auto& problem : result.shard_problems) {
      facts["shard_problems"].push_back(
          {{"shard", problem.index}, {"missing", problem.missing}, {"problem", problem.problem}});
    }
  }
  return facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace soundfold::upkeep
