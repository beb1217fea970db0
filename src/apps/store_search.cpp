// SPDX-License-Identifier: Apache-2.0
#include "apps/store_search.h"

#include "audio/waveform.h"
#include "extraction/clip_list.h"
#include "report/search_page.h"
#include "search/nearest.h"
#include "search/stored_means.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/hashing.h"
#include "support/logging.h"
#include "text/text.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>
#include <map>

namespace soundfold::apps {
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

/// A file of a stored clip that is still there, else "".
std::string file_of(const search::StoredClip& clip, const std::map<std::string, std::string>& names) {
  const auto given = names.find(clip.audio_digest);
  if (given != names.end()) return given->second;
  for (const auto& file : clip.files) {
    if (std::filesystem::is_regular_file(file)) return file;
  }
  return "";
}

report::SearchResult find_nearest(const SearchRequest& request, const Query& query, const search::StoredMeans& stored) {
  const auto names = given_names(request);
  report::SearchResult result;
  result.query = request.like;
  result.clips = stored.clips.size();
  // The clip itself may be in the store.
  for (const auto& [index, cosine] : search::nearest_to(stored.means, query.vector.row(0), request.top + 1)) {
    const auto& clip = stored.clips[index];
    if (clip.audio_digest == query.digest || result.hits.size() == request.top) continue;
    const auto file = file_of(clip, names);
    const auto& known = clip.files.empty() ? clip.audio_digest : clip.files.front();
    result.hits.push_back({file.empty() ? known : file, file, static_cast<double>(cosine), clip.seconds});
  }
  return result;
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
                hit.file.empty() ? " (no such file now)" : "");
  }
}

}  // namespace

int search_store(const SearchRequest& request, engines::Backbone& backbone,
                 const extraction::ExtractionOptions& options) {
  if (!std::filesystem::exists(std::filesystem::path(request.store) / "data.mdb")) {
    throw DataError("no embedding store in " + request.store);
  }
  store::Store store(request.store);
  const auto query = embed_query(request, backbone, store, options);
  const auto stored = search::stored_means(store, extraction::recipe_for(backbone, options).digest());
  if (stored.damaged > 0) logger().warn("left out: {} damaged records", stored.damaged);
  if (stored.clips.size() < 2) {
    throw DataError(request.store +
                    " holds no other clip embedded with these weights, precision, --channels and --patch-hop-frames, "
                    "without taps as `trainer` may have set; embed the clips to search first (embedder FOLDER); "
                    "`store info " +
                    request.store + "` shows what is stored");
  }
  const auto result = find_nearest(request, query, stored);
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

}  // namespace soundfold::apps
