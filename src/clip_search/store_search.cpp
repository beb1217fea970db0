// SPDX-License-Identifier: Apache-2.0
#include "clip_search/store_search.h"

#include "audio/waveform.h"
#include "extraction/clip_list.h"
#include "report/search_page.h"
#include "search/nearest_clips.h"
#include "shards/plan.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/logging.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <string_view>
#include <unordered_set>

namespace soundfold::clip_search {
namespace {

/// Vector of the file, of unit length, and the digest of its bytes.
struct Query {
  search::Vectors vector;
  std::string digest;
};

Query embed_query(const SearchRequest& request, engines::Backbone& backbone, store::Store& store,
                  const extraction::ExtractionOptions& options) {
  std::vector<extraction::ClipFile> clips(1);
  clips.front().id = request.like;
  clips.front().path = request.like;
  const auto report = extraction::extract(clips, backbone, store, options);
  const auto& key = report.clips.front().key;
  if (key.empty()) throw DataError(report.clips.front().problem);
  Query query;
  query.digest = key.substr(0, key.find('-'));
  const bool found = store.read(key, [&](const store::ClipEmbeddingsView& view) {
    search::append_mean(query.vector, view.embeddings, view.patch_count, view.embedding_size);
  });
  if (!found) throw DataError("embedding store " + request.store + ": lost the record of " + request.like);
  search::to_unit_length(query.vector);
  return query;
}

/// The same for shards, which are only read: the query's record goes into a store of its own, which is removed.
Query embed_query_aside(const SearchRequest& request, engines::Backbone& backbone,
                        const extraction::ExtractionOptions& options) {
  const TemporaryFolder folder("soundfold-query");
  store::Store store(folder.path());
  return embed_query(request, backbone, store, options);
}

/// Why a clip of this name cannot be played; "" for one that lies elsewhere.
std::string absence_note(const std::string& name) {
  if (name.find("://") != std::string::npos) return "";
  return file_on_the_way(name).empty() ? " (no such file now)" : " (in that tar)";
}

/// Files of the inputs by the digests of their bytes.
std::map<std::string, std::string> given_names(const SearchRequest& request) {
  std::map<std::string, std::string> names;
  if (request.inputs.empty() && request.list.empty()) return names;
  const auto clips = extraction::listed_clips(request.inputs, request.list);
  for (std::size_t i = 0; i < clips.size(); ++i) {
    try {
      names.emplace(hash_file(HashKind::xxh3_128, clips.path(i)), clips.path(i));
    } catch (const DataError& error) {
      logger().warn("{}", error.what());
    }
  }
  return names;
}

/// Where files of these clips were when they were embedded, by the digests of their bytes.
std::map<std::string, std::vector<std::string>> remembered_names(const store::Store& store,
                                                                 const std::vector<search::FoundClip>& clips) {
  std::unordered_set<std::string_view> digests;
  for (const auto& clip : clips) digests.insert(clip.audio_digest);
  std::map<std::string, std::vector<std::string>> names;
  for (auto& file : store.remembered_files(digests)) names[file.digest].push_back(std::move(file.path));
  return names;
}

/// A file of `names` that is still there, else "".
std::string first_file(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (std::filesystem::is_regular_file(name)) return name;
  }
  return "";
}

report::SearchResult with_names(const SearchRequest& request, const store::Store& store,
                                const search::StoreSearch& found) {
  const auto given = given_names(request);
  auto remembered = remembered_names(store, found.nearest);
  report::SearchResult result;
  result.query = request.like;
  result.clips = static_cast<std::size_t>(found.clips);
  for (const auto& clip : found.nearest) {
    const auto& names = remembered[clip.audio_digest];
    const auto now = given.find(clip.audio_digest);
    const auto file = now != given.end() ? now->second : first_file(names);
    const auto& known = names.empty() ? clip.audio_digest : names.front();
    result.hits.push_back({file.empty() ? known : file, file, clip.cosine, clip.seconds});
  }
  return result;
}

/// The nearest without the clip itself, which is in the store.
search::StoreSearch nearest_others(const store::Store& store, const std::string& recipe_digest, const Query& query,
                                   std::size_t most) {
  auto found = search::nearest_clips(store, recipe_digest, query.vector, most + 1);
  auto& clips = found.nearest;
  const auto is_query = [&](const search::FoundClip& clip) { return clip.audio_digest == query.digest; };
  clips.erase(std::remove_if(clips.begin(), clips.end(), is_query), clips.end());
  if (clips.size() > most) clips.resize(most);
  return found;
}

void print_result(const report::SearchResult& result, bool json) {
  if (json) {
    nlohmann::json all = {{"query", result.query}, {"clips", result.clips}, {"nearest", nlohmann::json::array()}};
    for (const auto& hit : result.hits) {
      all["nearest"].push_back(
          {{"name", hit.name}, {"found", !hit.file.empty()}, {"cosine", hit.cosine}, {"seconds", hit.seconds}});
    }
    std::printf("%s\n", all.dump(1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return;
  }
  std::printf("Clips like %s, of %s in the store\n  cosine  seconds  clip\n", shown(result.query).c_str(),
              grouped(static_cast<std::int64_t>(result.clips)).c_str());
  for (const auto& hit : result.hits) {
    std::printf("  %6.4f  %7.1f  %s%s\n", hit.cosine, hit.seconds, shown(hit.name, 400).c_str(),
                hit.file.empty() ? absence_note(hit.name).c_str() : "");
  }
}

}  // namespace

int search_store(const SearchRequest& request, engines::Backbone& backbone,
                 const extraction::ExtractionOptions& options) {
  const bool of_shards = shards::is_shard_folder(request.store);
  if (!of_shards && !std::filesystem::exists(std::filesystem::path(request.store) / "data.mdb")) {
    throw DataError("no embedding store in " + request.store);
  }
  store::Store store(request.store);
  const auto query =
      of_shards ? embed_query_aside(request, backbone, options) : embed_query(request, backbone, store, options);
  const auto recipe_digest = extraction::recipe_for(backbone, options).digest();
  const auto found = nearest_others(store, recipe_digest, query, request.top);
  if (found.damaged > 0) logger().warn("left out: {} damaged records", found.damaged);
  if (found.clips < 2) {
    throw DataError(request.store +
                    " holds no other clip embedded with these weights, precision, --channels and --patch-hop-frames, "
                    "without taps as `trainer` may have set; embed the clips to search first (embedder FOLDER); "
                    "`store info " +
                    request.store + "` shows what is stored");
  }
  const auto result = with_names(request, store, found);
  if (!request.page.empty()) {
    const auto sound = [&](const std::string& file) {
      audio::DecodeReport ignored;
      return audio::load_waveform(file, {options.channels}, &ignored);
    };
    write_file_atomically(request.page, report::search_page(result, sound, report::ReportAudio::embed));
  }
  print_result(result, request.json);
  return 0;
}

}  // namespace soundfold::clip_search
