// SPDX-License-Identifier: Apache-2.0
#include "upkeep/merge.h"

#include "database/environment.h"
#include "shards/plan.h"
#include "store/stored_entries.h"
#include "support/errors.h"
#include "support/interrupt.h"
#include "support/progress.h"
#include "text/text.h"

#include <memory>

namespace soundfold::upkeep {
namespace fs = std::filesystem;
namespace {

using database::Entries;
using database::Environment;
using database::Transaction;
using Stores = std::vector<std::shared_ptr<Environment>>;

class Merge {
 public:
  Merge(Environment& target, const std::function<void(const std::string&)>& report, std::int64_t record_count)
      : target_(target), writer_(target), report_(report), progress_("merging", record_count, "records") {}

  void add(const Environment& input) {
    add_recipes(input);
    add_records(input);
    add_files(input);
  }

  const MergeResult& result() const { return result_; }

 private:
  void add_recipes(const Environment& input) {
    input.for_each_chunk(input.databases().recipes, [&](const Transaction&, const Entries& entries) {
      for (const auto& [digest, text] : entries) {
        if (std::string problem = store::problem_of_recipe(digest, text); !problem.empty()) {
          report_damage(input, digest, problem);
        } else {
          result_.recipes += add_missing(target_.databases().recipes, digest, text);
        }
      }
    });
    writer_.flush();
  }

  void add_records(const Environment& input) {
    std::vector<std::string> in_parts;  // keys; added when no transaction on the input is open
    const auto& databases = input.databases();
    input.for_each_chunk(databases.records, [&](const Transaction& reading, const Entries& entries) {
      throw_if_interrupted("merging was interrupted; the same command continues");
      for (const auto& [key, record] : entries) {
        if (!is_wanted(input, reading, key, record)) continue;
        ++result_.added;
        if (store::size_of_record(reading, databases, key, record).parts > 0) {
          in_parts.emplace_back(key);
        } else {
          writer_.add(target_.databases().records, key, record);
        }
      }
      progress_.advance(static_cast<std::int64_t>(entries.size()));
    });
    for (const auto& key : in_parts) {
      throw_if_interrupted("merging was interrupted; the same command continues");
      std::string head;
      input.read([&](const Transaction& reading) {
        std::string_view record;
        if (reading.get(databases.records, key, record)) head = record;
      });
      writer_.add_with_parts(input, key, head);
    }
    writer_.flush();
  }

  void add_files(const Environment& input) {
    input.for_each_chunk(input.databases().files, [&](const Transaction&, const Entries& entries) {
      for (const auto& [key, value] : entries) result_.files += add_missing(target_.databases().files, key, value);
    });
    writer_.flush();
  }

  /// 1 when it was missing.
  std::int64_t add_missing(MDB_dbi database, std::string_view key, std::string_view value) {
    bool present = false;
    target_.read([&](const Transaction& reading) {
      std::string_view there;
      present = reading.get(database, key, there);
    });
    if (!present) writer_.add(database, key, value);
    return present ? 0 : 1;
  }

  /// Whether the record is intact and the target has none, or a damaged one. Reports what is neither that nor equal.
  bool is_wanted(const Environment& input, const Transaction& reading, std::string_view key, std::string_view record) {
    if (std::string problem = store::problem_of_record(reading, input.databases(), key, record); !problem.empty()) {
      report_damage(input, key, problem);
      return false;
    }
    bool intact = false, equal = false;
    target_.read([&](const Transaction& there) {
      std::string_view present;
      if (!there.get(target_.databases().records, key, present)) return;
      intact = store::problem_of_record(there, target_.databases(), key, present).empty();
      equal = present == record;
    });
    if (!intact) return true;
    ++(equal ? result_.present : result_.different);
    if (!equal) {
      report_("different: " + shown(std::string(key)) + ": in " + input.folder().string() + " other numbers than in " +
              target_.folder().string() + ", which stay");
    }
    return false;
  }

  void report_damage(const Environment& input, std::string_view key, const std::string& problem) {
    ++result_.damaged;
    report_("damaged: " + shown(std::string(key)) + " in " + input.folder().string() + ": " + problem);
  }

  Environment& target_;
  store::BatchWriter writer_;
  const std::function<void(const std::string&)>& report_;
  Progress progress_;
  MergeResult result_;
};

Stores open_inputs(const fs::path& out, const std::vector<fs::path>& inputs) {
  Stores stores;
  for (const auto& input : inputs) {
    std::error_code failed;
    if (fs::equivalent(input, out, failed)) {
      throw UsageError(input.string() + " is both an input and what is merged into; name another folder");
    }
    stores.push_back(Environment::open_to_read(input));
  }
  return stores;
}

}  // namespace

std::string MergeResult::summary() const {
  return grouped(added) + " records added, " + grouped(present) + " present before, " + grouped(different) +
         " different, " + grouped(damaged) + " damaged; " + grouped(recipes) + " recipes and " + grouped(files) +
         " remembered files added";
}

MergeResult merge_stores(const fs::path& out, const std::vector<fs::path>& inputs,
                         const std::function<void(const std::string&)>& report) {
  shards::refuse_shard_folder(out);
  const Stores stores = open_inputs(out, inputs);  // before anything is made
  std::int64_t total = 0;
  for (const auto& input : stores) {
    input->read([&](const Transaction& reading) { total += reading.entry_count(input->databases().records); });
  }
  const auto target = Environment::open(out, {});
  Merge merge(*target, report, total);
  for (const auto& input : stores) merge.add(*input);
  return merge.result();
}

}  // namespace soundfold::upkeep
