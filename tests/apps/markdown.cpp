// SPDX-License-Identifier: Apache-2.0
#include "apps/markdown.h"

#include "support/files.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>

namespace soundfold::testing {
namespace {

/// GitHub's anchor of a heading: lower case, blanks as '-', other punctuation dropped.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0 || letter >= 0x80 || c == '-' || c == '_') {
      anchor += static_cast<char>(std::tolower(letter));
    } else if (c == ' ') {
      anchor += '-';
    }
  }
  return anchor;
}

std::size_t line_at(const std::string& text, std::size_t offset) {
  return 1 +
         static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

std::vector<Piece> matches(const std::string& text, const std::regex& pattern) {
  std::vector<Piece> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    std::string piece = (*match)[1].str();
    std::replace(piece.begin(), piece.end(), '\n', ' ');
    found.push_back({line_at(text, static_cast<std::size_t>(match->position(0))), piece});
  }
  return found;
}

bool is_setting(const std::string& word) {
  static const std::regex setting("[A-Za-z_][A-Za-z_0-9]*=.*");
  return std::regex_match(word, setting);
}

}  // namespace

MarkdownPage MarkdownPage::read(const std::filesystem::path& path) {
  MarkdownPage page;
  page.path = path;
  std::istringstream lines(read_file(path));
  std::string running;  // the page without its blocks, line for line
  bool in_block = false;
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line); running += '\n') {
    ++number;
    const auto start = line.find_first_not_of(' ');
    if (start != std::string::npos && line.compare(start, 3, "```") == 0) {
      in_block = !in_block;
      if (in_block) page.blocks.push_back({line.substr(start + 3), {number + 1, ""}});
    } else if (in_block) {
      page.blocks.back().content.text += line + "\n";
    } else {
      if (line.rfind('#', 0) == 0) page.anchors.insert(anchor_of(line.substr(line.find_first_not_of("# "))));
      running += line;
    }
  }
  page.code_spans = matches(running, std::regex("`([^`]+)`"));
  page.links = matches(running, std::regex(R"(\]\(([^)\s]+)\))"));
  return page;
}

std::vector<std::string> shell_words(const std::string& command) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = 0;
  const auto end_word = [&] {
    if (begun && !(words.empty() && is_setting(word))) words.push_back(word);
    word.clear();
    begun = false;
  };
  for (const char c : command) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      begun = true;
    } else if (c == '|' || c == '>' || c == ';' || c == '&' || (c == '#' && !begun)) {
      if (c == '>' && word == "2") begun = false;  // the number of a stream
      break;
    } else if (c == ' ' || c == '\t') {
      end_word();
    } else {
      word += c;
      begun = true;
    }
  }
  end_word();
  return words;
}

std::vector<Piece> shell_commands(const Piece& block) {
  std::vector<Piece> commands;
  std::istringstream lines(block.text);
  std::size_t number = block.line;
  bool continues = false;
  for (std::string line; std::getline(lines, line); ++number) {
    if (!continues) commands.push_back({number, ""});
    continues = !line.empty() && line.back() == '\\';
    if (continues) line.pop_back();
    const auto start = line.find_first_not_of(' ');
    if (start != std::string::npos)
      commands.back().text += line.substr(line.compare(start, 2, "$ ") == 0 ? start + 2 : start) + " ";
  }
  return commands;
}

}  // namespace soundfold::testing
