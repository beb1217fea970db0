// SPDX-License-Identifier: Apache-2.0
#include "dataset/class_places.h"
#include "dataset/internal/classes.h"
#include "dataset/internal/layouts.h"
#include "dataset/internal/listed_files.h"
#include "dataset/wording.h"
#include "support/errors.h"
#include "text/csv.h"
#include "text/text.h"

#include <map>
#include <unordered_map>

namespace soundfold::dataset {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kFullClipCount = 2000;

struct Category {
  std::string name;
  bool esc10 = false;
  std::string where;  ///< the row that showed it first
};

using Categories = std::map<long long, Category>;  // by target

/// meta/esc50.csv below the root; says where it may be when it is not there.
fs::path find_metadata(const fs::path& root) {
  require_folder(root, "data.root");
  const fs::path metadata = fs::path("meta") / "esc50.csv";
  if (is_there(root / metadata)) return root / metadata;
  for (const fs::path& other : {root / "ESC-50-master", root / "ESC-50", root / "esc50", root / ".."}) {
    if (!is_there(other / metadata)) continue;
    throw DataError("data.root: " + in_quotes(root.string()) + " holds no meta/esc50.csv, but " +
                    in_quotes(other.lexically_normal().string()) + " does: give that folder");
  }
  const auto classes = class_folders_in(root);
  if (classes.size() > 1) {
    throw DataError("data.root: " + in_quotes(root.string()) + " holds no meta/esc50.csv but folders with sounds (" +
                    joined(classes, 6) + "); if they are the classes, set data.layout: folders");
  }
  throw DataError("data.root: " + in_quotes(root.string()) +
                  " holds no meta/esc50.csv; give the folder with ESC-50's meta/ and audio/, or fetch ESC-50 (fetcher "
                  "--help); data.layout: folders is for one folder per class");
}

bool truth_at(const CsvTable& table, std::size_t row, const std::string& column) {
  const std::string& text = table.at(row, column);
  if (text == "True" || text == "true" || text == "1") return true;
  if (text == "False" || text == "false" || text == "0") return false;
  throw DataError(table.where(row) + ", column '" + column + "': " + in_quotes(text) + " is neither True nor False");
}

/// The official names are fold-source-take-target with any extension.
void check_file_name(const CsvTable& table, std::size_t row) {
  const std::string& name = table.at(row, "filename");
  const std::string stem = table.at(row, "fold") + "-" + table.at(row, "src_file") + "-" + table.at(row, "take") + "-" +
                           table.at(row, "target");
  if (name.find('/') != std::string::npos) {
    throw DataError(table.where(row) + ": the file name " + in_quotes(name) +
                    " holds '/'; files lie straight in audio/");
  }
  const bool agrees = name.size() > stem.size() + 1 && name.compare(0, stem.size(), stem) == 0 &&
                      name[stem.size()] == '.' && name.find('.', stem.size() + 1) == std::string::npos;
  if (!agrees) {
    throw DataError(table.where(row) + ": the file name " + in_quotes(name) +
                    " does not agree with its columns, which make " + in_quotes(stem + ".*") +
                    " (fold-src_file-take-target); correct the row or fetch the CSV again");
  }
}

/// Adds the row's category, or checks that it is the one known by that target.
void note_category(Categories& categories, const CsvTable& table, std::size_t row, long long target) {
  const std::string& name = table.at(row, "category");
  const bool esc10 = truth_at(table, row, "esc10");
  if (name.empty()) throw DataError(table.where(row) + ": the category is empty");
  const auto [known, is_new] = categories.emplace(target, Category{name, esc10, ""});
  if (is_new) {
    known->second.where = table.where(row);
  } else if (known->second.name != name) {
    throw DataError(table.where(row) + ": target " + std::to_string(target) + " is " + in_quotes(name) + " here but " +
                    in_quotes(known->second.name) + " at " + known->second.where);
  } else if (known->second.esc10 != esc10) {
    throw DataError(table.where(row) + ": class " + in_quotes(name) + " is " + (esc10 ? "" : "not ") +
                    "in ESC-10 here, unlike at " + known->second.where);
  }
}

Categories read_categories(const CsvTable& table) {
  Categories categories;
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const long long fold = table.integer_at(row, "fold");
    const long long target = table.integer_at(row, "target");
    if (fold < 1 || fold > 5) {
      throw DataError(table.where(row) + ", column 'fold': " + std::to_string(fold) +
                      " is not one of ESC-50's folds 1-5");
    }
    if (target < 0) throw DataError(table.where(row) + ", column 'target': a number of 0 or more is expected");
    check_file_name(table, row);
    note_category(categories, table, row, target);
  }
  std::map<std::string, long long> target_of;
  ClassNames names;
  for (const auto& [target, category] : categories) {
    names.add(category.name, category.where);
    const auto [other, is_new] = target_of.emplace(category.name, target);
    if (is_new) continue;
    throw DataError(category.where + ": class " + in_quotes(category.name) + " has the targets " +
                    std::to_string(other->second) + " and " + std::to_string(target) + "; it must have one");
  }
  return categories;
}

/// Names by target, all of them or ESC-10's.
std::vector<std::string> names_of(const Categories& categories, bool only_esc10) {
  std::vector<std::string> names;
  for (const auto& [target, category] : categories) {
    if (category.esc10 || !only_esc10) names.push_back(category.name);
  }
  return names;
}

ClassChoice choose(const DataOptions& options, const Categories& categories, const std::string& metadata) {
  const KnownClasses all{names_of(categories, false), "ESC-50", "the column 'category' of " + metadata};
  if (!options.esc10) return make_choice(options, all);
  const KnownClasses ten{names_of(categories, true), "ESC-10", all.listed_in};
  if (ten.names.empty()) throw DataError(metadata + ": data.esc10 is on, but no clip is marked as ESC-10's");
  if (!options.classes.empty()) {
    for (const auto& name : choose_classes(options.classes, all)) {
      if (targets_of(ten.names).count(name) == 1) continue;
      throw UsageError("data.classes: class " + in_quotes(name) + " is not in ESC-10 (" + joined(ten.names, 12) +
                       "), and data.esc10 is on; drop one of the two");
    }
  }
  ClassChoice choice = make_choice(options, ten);
  choice.known = all.names.size();
  return choice;
}

CsvTable read_metadata(const fs::path& path) {
  CsvTable table = CsvTable::read(path);
  if (table.row_count() == 0) throw DataError(path.string() + ": lists no clip; fetch the CSV again");
  return table;
}

}  // namespace

Dataset load_esc50(const DataOptions& options) {
  const fs::path root = options.root;
  const fs::path metadata = find_metadata(root);
  const CsvTable table = read_metadata(metadata);
  const Categories categories = read_categories(table);

  Dataset dataset;
  dataset.name = "ESC-50";
  dataset.root = root;
  dataset.folds_are_published = true;
  const ClassChoice choice = choose(options, categories, metadata.string());
  dataset.class_names = choice.names;
  ListedFiles files(root, "data.root");
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const std::string id = "audio/" + table.at(row, "filename");
    fs::path path = files.add(id, table.where(row));
    const auto target = choice.target_of.find(table.at(row, "category"));
    if (target == choice.target_of.end()) continue;
    const int fold = static_cast<int>(table.integer_at(row, "fold"));
    dataset.clips.push_back({id, std::move(path), {target->second}, fold, table.at(row, "src_file")});
  }
  files.finish();
  // The synthesiser writes this layout too, and says so in a file of its own.
  const bool made = fs::exists(root / "meta/synthesis.txt");
  dataset.description =
      (made ? "synthesised sounds, " + grouped(table.row_count()) + " clips; "
            : "ESC-50, " + grouped(table.row_count()) + " of " + grouped(kFullClipCount) + " clips available; ") +
      describe_choice(choice, dataset);
  return dataset;
}

}  // namespace soundfold::dataset
