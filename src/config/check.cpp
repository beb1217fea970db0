#include <map>

#include "config/load.h"
#include "support/errors.h"

namespace soundfold::config {
namespace {

void check_folds(const Folds& folds, const std::string& where) {
  if (folds.train.empty()) throw UsageError(where + ": folds.train: must name at least one fold");
  std::map<std::int64_t, std::string> used;
  const auto claim = [&](const std::vector<std::int64_t>& numbers, const std::string& key) {
    for (const auto fold : numbers) {
      const auto [at, fresh] = used.emplace(fold, key);
      if (fresh) continue;
      throw UsageError(where + ": fold " + std::to_string(fold) + " is in " + at->second +
                       (at->second == key ? " twice" : " and in " + key) + "; a fold belongs to one split");
    }
  };
  claim(folds.train, "folds.train");
  claim(folds.validation, "folds.validation");
  claim(folds.test, "folds.test");
  if (folds.validation_fraction + folds.test_fraction > 0.95) {
    throw UsageError(where + ": folds.validation_fraction and folds.test_fraction leave too little to train on");
  }
}

void check_name(const std::string& name, const std::string& where) {
  const bool good = !name.empty() && name[0] != '.' &&
                    name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == std::string::npos;
  if (!good) throw UsageError(where + ": name: letters, digits, '_', '-' and '.' only (it names a folder); given: " + name);
}

void check_objective(const Experiment& e, const std::string& where) {
  const bool binary = e.objective.type == "binary_cross_entropy";
  if (e.data.multi_label && !binary) {
    throw UsageError(where + ": data.multi_label needs objective.type: binary_cross_entropy; given: " + e.objective.type);
  }
  const bool given = e.objective.class_weights == "given";
  if (given != !e.objective.class_weight_values.empty()) {
    throw UsageError(where + ": objective.class_weight_values goes with objective.class_weights: given, and only with it");
  }
}

}  // namespace

void check_experiment(const Experiment& e, const std::string& where) {
  check_name(e.name, where);
  check_folds(e.folds, where);
  check_objective(e, where);
  if (e.data.layout == "csv" && e.data.manifest.empty()) {
    throw UsageError(where + ": data.layout: csv needs data.manifest, the CSV file that lists the clips");
  }
  if (e.data.layout != "esc50" && e.data.esc10) throw UsageError(where + ": data.esc10 goes with data.layout: esc50 only");
  if (e.data.layout != "csv" && e.data.multi_label) throw UsageError(where + ": data.multi_label goes with data.layout: csv only");
  const bool watches_validation = e.early_stopping.monitor.rfind("validation_", 0) == 0;
  if (e.early_stopping.enabled && watches_validation && e.data.layout == "esc50" && e.folds.validation.empty()) {
    throw UsageError(where + ": early_stopping.monitor: " + e.early_stopping.monitor +
                     " needs folds.validation, which is empty; use loss or accuracy, or give a fold");
  }
}

}  // namespace soundfold::config
