// SPDX-License-Identifier: Apache-2.0
#include "shards/landed.h"

#include "shards/internal/json_fields.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/progress.h"
#include "support/threads.h"
#include "text/text.h"

namespace soundfold::shards {
namespace fs = std::filesystem;
namespace {

/// What is wrong with a shard whose manifest could be read; empty when nothing is.
std::string problem_of_landed(const fs::path& data, const Plan& plan, const ShardNumber& wanted,
                              const Manifest& manifest, Depth depth) {
  if (manifest.shard.index != wanted.index) return "its manifest is that of shard " + manifest.shard.text();
  Plan found = plan;
  found.shards = manifest.shard.count;
  found.list_sha256 = manifest.list_sha256;
  if (const auto difference = difference_of(plan, found); !difference.empty()) return "it is of " + difference;
  if (manifest.recipe_digest != plan.recipe_digest()) return "it was made with another recipe";
  std::error_code failed;
  const auto bytes = fs::file_size(data, failed);
  if (failed) return data.string() + ": " + failed.message();
  if (bytes != manifest.bytes) {
    return data.string() + ": has " + std::to_string(bytes) + " bytes, but its manifest says " +
           std::to_string(manifest.bytes);
  }
  if (depth == Depth::bytes && hash_file(HashKind::sha256, data) != manifest.sha256) {
    return data.string() + ": its sha256 is not that of its manifest";
  }
  return "";
}

std::string indices_text(const std::vector<ShardProblem>& problems) {
  std::vector<std::string> indices;
  for (const auto& problem : problems) indices.push_back(std::to_string(problem.index));
  return join(indices, ",");
}

}  // namespace

std::optional<ShardProblem> problem_of(const fs::path& folder, const Plan& plan, int index, Depth depth,
                                       Manifest* manifest) {
  const ShardNumber wanted{index, plan.shards};
  const fs::path file = manifest_file(folder, wanted);
  std::error_code failed;
  if (!fs::exists(file, failed)) return ShardProblem{index, true, "has not landed"};
  try {
    const Manifest found = read_manifest(file);
    if (manifest != nullptr) *manifest = found;
    std::string problem = problem_of_landed(data_file(folder, wanted), plan, wanted, found, depth);
    if (problem.empty()) return std::nullopt;
    return ShardProblem{index, false, std::move(problem)};
  } catch (const DataError& error) {
    return ShardProblem{index, false, error.what()};
  }
}

Survey survey(const fs::path& folder, Depth depth, int threads) {
  if (!is_shard_folder(folder)) {
    throw DataError(folder.string() + ": no shards in it (it has no shards.json); make them with embedder --shard I/N");
  }
  Survey result;
  result.plan = read_plan(folder);
  const auto count = static_cast<std::size_t>(result.plan.shards);
  std::vector<std::optional<ShardProblem>> problems(count);
  std::vector<Manifest> manifests(count);
  {
    Progress progress("checking", result.plan.shards, "shards");
    share_work(count, thread_count(threads), {}, [&](std::size_t i) {
      problems[i] = problem_of(folder, result.plan, static_cast<int>(i), depth, &manifests[i]);
      progress.advance();
    });
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (problems[i]) {
      result.problems.push_back(std::move(*problems[i]));
      continue;
    }
    ++result.landed;
    result.clips += manifests[i].clips;
    result.records += manifests[i].records;
    result.patches += manifests[i].patches;
    result.bad += static_cast<std::int64_t>(manifests[i].bad.size());
    result.bytes += manifests[i].bytes;
  }
  return result;
}

std::string survey_text(const fs::path& folder, const Survey& survey) {
  std::string text;
  for (const auto& problem : survey.problems) {
    text += "shard " + ShardNumber{problem.index, survey.plan.shards}.text() + ": " + problem.problem + "\n";
  }
  text += folder.string() + ": " + std::to_string(survey.landed) + " of " + std::to_string(survey.plan.shards) +
          " shards landed: " + grouped(survey.clips) + " of " + grouped(survey.plan.list_clips) + " clips, " +
          grouped(survey.bad) + " bad, " + grouped(survey.records) + " records, " + human_size(survey.bytes) + "\n";
  if (!survey.problems.empty()) text += "missing or damaged: " + indices_text(survey.problems) + "\n";
  return text;
}

std::string survey_json(const fs::path& folder, const Survey& survey) {
  Json json = {{"folder", folder.string()},
               {"shards", survey.plan.shards},
               {"landed", survey.landed},
               {"list_sha256", survey.plan.list_sha256},
               {"list_clips", survey.plan.list_clips},
               {"clips", survey.clips},
               {"bad", survey.bad},
               {"records", survey.records},
               {"patches", survey.patches},
               {"bytes", survey.bytes},
               {"problems", Json::array()}};
  for (const auto& problem : survey.problems) {
    json["problems"].push_back({{"shard", problem.index}, {"missing", problem.missing}, {"problem", problem.problem}});
  }
  return json_text(json);
}

std::vector<fs::path> landed_stores(const fs::path& folder) {
  const Plan plan = read_plan(folder);
  std::vector<fs::path> stores;
  std::vector<ShardProblem> problems;
  for (int i = 0; i < plan.shards; ++i) {
    if (auto problem = problem_of(folder, plan, i, Depth::manifest)) problems.push_back(std::move(*problem));
    stores.push_back(folder / ShardNumber{i, plan.shards}.folder_name());
  }
  if (problems.empty()) return stores;
  throw DataError(folder.string() + ": " + std::to_string(problems.size()) + " of " + std::to_string(plan.shards) +
                  " shards cannot be used; the first, " + ShardNumber{problems.front().index, plan.shards}.text() +
                  ": " + problems.front().problem + "; embedder --missing --store " + folder.string() +
                  " lists all, and with --redo makes them");
}

}  // namespace soundfold::shards
