// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run_report/internal/sound_shelf.h"

#include <nlohmann/json.hpp>

#include <string>

/// The parts of a page, as HTML; each is "" when the input has nothing for it.
namespace soundfold::run_report {

std::string headline(const ReportInput& input);

/// In words, for the classes of lowest recall: what they are given as, what the backbone gives, one mistake to play.
std::string weakest_classes(const ReportInput& input, const ShownClips& shown);
std::string class_table(const ReportInput& input);

/// The matrix, and for every cell that is not empty its clips: mistakes in sight, right answers folded away. A cell of
/// the matrix leads there.
std::string confusion_part(const ReportInput& input, const SoundShelf& shelf);

std::string reliability_part(const ReportInput& input);
std::string map_part(const ReportInput& input, const SoundShelf& shelf);

std::string curves_part(const ReportInput& input);
std::string rounds_part(const ReportInput& input);
std::string sweep_part(const ReportInput& input);
std::string origin_part(const ReportInput& input);

/// The page's JSON block: {"evaluation": ..., "clips": [...], "sounds": [...], ...}, without what is empty.
nlohmann::json page_numbers(const ReportInput& input);

}  // namespace soundfold::run_report
