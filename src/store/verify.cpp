// SPDX-License-Identifier: Apache-2.0
#include "store/verify.h"

#include "store/internal/stored_entries.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/progress.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <map>
#include <utility>

namespace soundfold::store {
namespace {

/// Fills in which files the damaged records are of.
void find_files(const database::Environment& environment, std::vector<DamagedRecord>& damaged) {
  if (damaged.empty()) return;
  std::multimap<std::string, DamagedRecord*> by_audio;
  for (auto& record : damaged) by_audio.emplace(record.key.substr(0, record.key.find('-')), &record);
  environment.for_each_chunk(environment.databases().files, [&](const auto&, const database::Entries& entries) {
    for (const auto& [key, value] : entries) {
      RememberedFile file = remembered_file(value);
      const auto [first, last] = by_audio.equal_range(file.digest);
      for (auto record = first; record != last; ++record) record->second->files.push_back(file.path);
    }
  });
}

}  // namespace

VerifyResult verify_store(const std::filesystem::path& folder) {
  const auto environment = database::Environment::open_to_read(folder);
  const database::Databases& databases = environment->databases();
  VerifyResult result;
  result.folder = folder.string();
  environment->for_each_chunk(databases.recipes, [&](const auto&, const database::Entries& entries) {
    for (const auto& [digest, text] : entries) {
      if (auto problem = problem_of_recipe(digest, text); !problem.empty()) {
        result.damaged.push_back({std::string(digest), std::move(problem), {}});
      }
    }
  });
  std::int64_t total = 0, parts = 0;
  environment->read([&](const auto& reading) {
    total = reading.entry_count(databases.records);
    parts = reading.entry_count(databases.parts);
  });
  Progress progress("verifying", total, "records");
  environment->for_each_chunk(databases.records, [&](const auto& reading, const database::Entries& entries) {
    throw_if_interrupted("verifying " + result.folder + " was interrupted");
    for (const auto& [key, record] : entries) {
      const RecordSize size = size_of_record(reading, databases, key, record);
      result.bytes += size.bytes;
      parts -= size.parts;
      if (auto problem = problem_of_record(reading, databases, key, record); !problem.empty()) {
        result.damaged.push_back({std::string(key), std::move(problem), {}});
      }
    }
    result.records += static_cast<std::int64_t>(entries.size());
    progress.advance(static_cast<std::int64_t>(entries.size()));
  });
  progress.finish();
  result.unused_parts = parts > 0 ? parts : 0;
  find_files(*environment, result.damaged);
  return result;
}

std::string verify_text(const VerifyResult& result) {
  std::string text;
  for (const auto& record : result.damaged) {
    text += "damaged: " + shown(record.key) + ": " + record.problem;
    for (const auto& file : record.files) text += "; " + shown(file);
    text += "\n";
  }
  text += result.folder + ": " + grouped(result.records) + " records, " + human_size(result.bytes) + "; " +
          grouped(static_cast<std::int64_t>(result.damaged.size())) + " damaged";
  if (!result.damaged.empty()) text += " (computed again when they are needed; store prune --damaged removes them)";
  if (result.unused_parts > 0) {
    text += "; " + grouped(result.unused_parts) + " parts of no record (store prune removes them)";
  }
  return text + "\n";
}

std::string verify_json(const VerifyResult& result) {
  using Json = nlohmann::ordered_json;
  Json damaged = Json::array();
  for (const auto& record : result.damaged) {
    damaged.push_back({{"key", record.key}, {"problem", record.problem}, {"files", record.files}});
  }
  const Json facts = {{"folder", result.folder},
                      {"records", result.records},
                      {"bytes", result.bytes},
                      {"unused_parts", result.unused_parts},
                      {"damaged", damaged}};
  return facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace soundfold::store
