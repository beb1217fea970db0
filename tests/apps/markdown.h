// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace soundfold::testing {

/// A piece of a page and the line it begins on, from 1.
struct Piece {
  std::size_t line = 0;
  std::string text;
};

/// What the tests need to know of a Markdown page (the part of CommonMark that our pages use).
struct MarkdownPage {
  std::filesystem::path path;
  /// A fenced block: its language ("sh", "yaml", ...; empty: none given) and its lines.
  struct Block {
    std::string language;
    Piece content;
  };
  std::vector<Block> blocks;
  std::vector<Piece> code_spans;  ///< `code` in running text, line breaks as blanks
  std::vector<Piece> links;       ///< targets of [text](target)
  std::set<std::string> anchors;  ///< of the headings, as GitHub makes them

  static MarkdownPage read(const std::filesystem::path& path);
};

/// A command as a shell would split it, up to the first pipe, redirection, ; or &&: quotes taken away, variable
/// settings before the program left out. Empty for a comment.
std::vector<std::string> shell_words(const std::string& command);

/// The commands in a block of shell lines: comments dropped, lines that end with a backslash joined, a leading "$ "
/// taken away.
std::vector<Piece> shell_commands(const Piece& block);

}  // namespace soundfold::testing
