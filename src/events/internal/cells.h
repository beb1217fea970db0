// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Cells of tables that people open in a spreadsheet, which takes a cell that begins with =, +, - or @ for a formula,
/// and one that begins with a quote for a quoted one.
namespace soundfold::events {

/// `text` on one line, with an apostrophe before it where it would be taken for a formula.
std::string guarded_cell(const std::string& text);

/// A path the same way, but still that path: "./=a.wav".
std::string guarded_path(const std::string& path);

/// The text that guarded_cell was given; other cells as they are.
std::string unguarded_cell(const std::string& cell);

}  // namespace soundfold::events
