// SPDX-License-Identifier: Apache-2.0
#include "upkeep/prune.h"

#include "database/environment.h"
#include "shards/plan.h"
#include "store/recipe.h"
#include "store/stored_entries.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/interrupt.h"
#include "support/progress.h"
#include "text/text.h"
#include "upkeep/info.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <set>

namespace soundfold::upkeep {
namespace fs = std::filesystem;
namespace {

using database::Entries;
using database::Environment;
using database::Transaction;

/// Whether no such file is there. What lies behind an address is not known; a path below a file (ENOTDIR) is of a sound
/// in that tar.
bool is_gone(const std::string& path) {
  if (path.find("://") != std::string::npos) return false;
  struct stat facts {};
  return ::stat(path.c_str(), &facts) != 0 && errno == ENOENT;
}

/// The digests of the recipes that `names` name.
std::set<std::string> named_recipes(const StoreInfo& info, const std::vector<std::string>& names) {
  constexpr std::size_t kLeastDigits = 4;
  std::set<std::string> found;
  for (const auto& name : names) {
    const bool is_line = name.find('=') != std::string::npos;
    std::size_t matches = 0;
    for (const auto& recipe : info.recipes) {
      const bool matches_line = ("\n" + recipe.text).find("\n" + name + "\n") != std::string::npos;
      const bool matches_digest = name.size() >= kLeastDigits && recipe.digest.rfind(name, 0) == 0;
      if (!(is_line ? matches_line : matches_digest)) continue;
      ++matches;
      found.insert(recipe.digest);
    }
    if (matches == 1 || (matches > 1 && is_line)) continue;
    throw UsageError("'" + shown(name) + "' names " +
                     (matches == 0 ? "none" : grouped(static_cast<std::int64_t>(matches))) +
                     " of this store's recipes; give at least 4 digits of a digest, or a line such as "
                     "patch_hop_frames=48, as store info prints them");
  }
  return found;
}

class Prune {
 public:
  Prune(const Environment& source, const PruneRules& rules, const StoreInfo& info)
      : source_(source),
        databases_(source.databases()),
        rules_(rules),
        remove_(named_recipes(info, rules.recipes)),
        keep_(named_recipes(info, rules.keep_recipes)) {
    result_.folder = info.folder;
    result_.file_bytes = info.bytes;
    result_.unused_parts = info.parts;
    if (rules.missing_files) find_missing_files();
  }

  const PruneResult& count(std::int64_t total) {
    Progress progress("counting", total, "records");
    for_each_record(progress, [&](const Transaction& reading, std::string_view key, std::string_view record) {
      const store::RecordSize size = store::size_of_record(reading, databases_, key, record);
      auto PruneResult::*const reason = reason_of(reading, key, record);
      ++(result_.*reason).records;
      (result_.*reason).bytes += size.bytes;
      result_.unused_parts -= size.parts;
      if (reason == &PruneResult::kept) kept_recipes_.insert(store::recipe_digest_of(key));
    });
    return result_;
  }

  /// Writes what stays to an empty store.
  void copy_kept(Environment& target) {
    store::BatchWriter writer(target);
    source_.for_each_chunk(databases_.recipes, [&](const Transaction&, const Entries& entries) {
      for (const auto& [digest, text] : entries) {
        if (kept_recipes_.count(std::string(digest)) > 0) writer.add(target.databases().recipes, digest, text);
      }
    });
    source_.for_each_chunk(databases_.files, [&](const Transaction&, const Entries& entries) {
      for (const auto& [key, value] : entries) {
        if (rules_.missing_files && is_gone(store::remembered_file(value).path)) continue;
        writer.add(target.databases().files, key, value);
      }
    });
    std::vector<std::pair<std::string, std::string>> in_parts;  // key and head
    Progress progress("pruning", result_.kept.records, "records");
    for_each_record(progress, [&](const Transaction& reading, std::string_view key, std::string_view record) {
      if (reason_of(reading, key, record) != &PruneResult::kept) return;
      if (store::size_of_record(reading, databases_, key, record).parts > 0) {
        in_parts.emplace_back(key, record);
      } else {
        writer.add(target.databases().records, key, record);
      }
    });
    for (const auto& [key, head] : in_parts) writer.add_with_parts(source_, key, head);
    writer.flush();
  }

  /// Removes the files of clip means of recipes that no record is kept of.
  void remove_unused_means(const StoreInfo& info) const {
    for (const auto& recipe : info.recipes) {
      std::error_code ignored;
      if (kept_recipes_.count(recipe.digest) == 0) fs::remove(store::means_file(info.folder, recipe.digest), ignored);
    }
  }

 private:
  template <typename Use>
  void for_each_record(Progress& progress, const Use& use) const {
    source_.for_each_chunk(databases_.records, [&](const Transaction& reading, const Entries& entries) {
      throw_if_interrupted("pruning " + result_.folder + " was interrupted; it is as it was");
      for (const auto& [key, record] : entries) use(reading, key, record);
      progress.advance(static_cast<std::int64_t>(entries.size()));
    });
  }

  /// In which of the counts a record belongs.
  PruneCount PruneResult::*reason_of(const Transaction& reading, std::string_view key, std::string_view record) const {
    const std::string recipe = store::recipe_digest_of(key);
    if (remove_.count(recipe) > 0 || (!keep_.empty() && keep_.count(recipe) == 0)) return &PruneResult::recipes;
    if (gone_.count(std::string(key.substr(0, key.find('-')))) > 0) return &PruneResult::missing_files;
    if (rules_.damaged && !store::problem_of_record(reading, databases_, key, record).empty())
      return &PruneResult::damaged;
    return &PruneResult::kept;
  }

  /// Audio digests of files that are gone, without those that another file has.
  void find_missing_files() {
    for (const bool first_pass : {true, false}) {
      source_.for_each_chunk(databases_.files, [&](const Transaction&, const Entries& entries) {
        for (const auto& [key, value] : entries) {
          const store::RememberedFile file = store::remembered_file(value);
          if (is_gone(file.path) != first_pass) continue;
          first_pass ? static_cast<void>(gone_.insert(file.digest)) : static_cast<void>(gone_.erase(file.digest));
          result_.files_forgotten += first_pass ? 1 : 0;
        }
      });
    }
  }

  const Environment& source_;
  const database::Databases& databases_;
  const PruneRules& rules_;
  std::set<std::string> remove_, keep_;
  std::set<std::string> gone_;
  std::set<std::string> kept_recipes_;
  PruneResult result_;
};

/// Puts a new file with what stays in the place of data.mdb. Nobody else has the store open.
void replace_file(Prune& prune, const fs::path& folder) {
  const fs::path data = folder / "data.mdb";
  const fs::path pruned = folder / "pruned.tmp";
  fs::remove_all(pruned);  // of a process that was killed
  try {
    write_file_atomically(data, [&](const fs::path& temporary) {
      prune.copy_kept(*Environment::open(pruned, {}));
      struct stat facts {};
      // Owner and mode of the old file, as far as this process may give them.
      if (::stat(data.c_str(), &facts) == 0) {
        static_cast<void>(::chown((pruned / "data.mdb").c_str(), facts.st_uid, facts.st_gid) == 0);
        static_cast<void>(::chmod((pruned / "data.mdb").c_str(), facts.st_mode & 07777) == 0);
      }
      fs::rename(pruned / "data.mdb", temporary);
    });
  } catch (const fs::filesystem_error& error) {
    fs::remove_all(pruned);
    throw DataError(error.what());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(pruned, ignored);
    throw;
  }
  fs::remove_all(pruned);
}

}  // namespace

std::string PruneResult::text() const {
  std::string lines;
  const auto line = [&](const char* what, const PruneCount& count) {
    if (count.records > 0) lines += what + grouped(count.records) + " records, " + human_size(count.bytes) + "\n";
  };
  line("of recipes not wanted: ", recipes);
  line("of files that are gone: ", missing_files);
  line("damaged: ", damaged);
  if (unused_parts > 0) lines += "parts of no record: " + grouped(unused_parts) + "\n";
  if (files_forgotten > 0) lines += "remembered files that are gone: " + grouped(files_forgotten) + "\n";
  return lines + "kept: " + grouped(kept.records) + " records, " + human_size(kept.bytes) + "; the file has " +
         human_size(file_bytes) + "\n";
}

std::uintmax_t prune_store(const fs::path& folder, const PruneRules& rules, bool dry_run,
                           const std::function<void(const PruneResult&)>& plan) {
  if (!rules.recipes.empty() && !rules.keep_recipes.empty()) {
    throw UsageError("give either the recipes to remove or those to keep");
  }
  shards::refuse_shard_folder(folder);
  database::OpenOptions options;
  options.read_only = true;
  options.alone = !dry_run;
  const auto source = Environment::open(folder, options);
  const StoreInfo info = store_info(folder);
  Prune prune(*source, rules, info);
  plan(prune.count(info.records));
  if (dry_run) return 0;
  replace_file(prune, folder);
  prune.remove_unused_means(info);
  return fs::file_size(folder / "data.mdb");
}

}  // namespace soundfold::upkeep
