// SPDX-License-Identifier: Apache-2.0
#include "apps/markdown.h"
#include "config/load.h"
#include "config/options.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <sstream>

// What the pages show is held against the programs, the options and the files themselves.

using namespace soundfold;
using testing::MarkdownPage;
using testing::Piece;
namespace fs = std::filesystem;

namespace {

const std::set<std::string>& program_names() {
  static const auto names = testing::programs();
  static const std::set<std::string> set(names.begin(), names.end());
  return set;
}

std::vector<MarkdownPage> all_pages() {
  std::vector<MarkdownPage> pages;
  const fs::path source = testing::source_folder();
  std::vector<fs::path> files{source / "data/README.md", source / "experiments/README.md"};
  for (const char* folder : {".", "docs", "examples", "models"}) {
    const bool deep = std::string(folder) != ".";
    for (auto entry = fs::recursive_directory_iterator(source / folder); entry != end(entry); ++entry) {
      if (!deep) entry.disable_recursion_pending();
      if (entry->path().extension() == ".md") files.push_back(entry->path().lexically_normal());
    }
  }
  for (const auto& file : files) pages.push_back(MarkdownPage::read(file));
  return pages;
}

/// The program a command runs, without its folder; empty when it is none of ours.
std::string program_of(const std::vector<std::string>& words) {
  const std::string name = words.empty() ? "" : fs::path(words.front()).filename().string();
  return program_names().count(name) > 0 ? name : "";
}

/// Commands of one of our programs in blocks and in running text, and other shell commands of blocks.
std::vector<Piece> commands_of(const MarkdownPage& page) {
  std::vector<Piece> commands;
  for (const auto& block : page.blocks) {
    for (const auto& command : testing::shell_commands(block.content)) {
      const bool ours = !program_of(testing::shell_words(command.text)).empty();
      if (ours || block.language == "sh") commands.push_back(command);
    }
  }
  for (const auto& span : page.code_spans) {
    if (!program_of(testing::shell_words(span.text)).empty()) commands.push_back(span);
  }
  return commands;
}

/// Every way a page can be wrong, with its place.
class Findings {
 public:
  void add(const fs::path& page, std::size_t line, const std::string& what) {
    text_ +=
        page.lexically_relative(testing::source_folder()).string() + ":" + std::to_string(line) + ": " + what + "\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

bool is_placeholder(const std::string& word) {
  static const std::regex left_open(R"(.*(\.\.\.|<|>|\$|\*).*|[A-Z_]+(\.[a-z]+)?)");
  return std::regex_match(word, left_open);
}

/// Whether the word names a file or folder that must be in the repository.
bool is_of_repository(const std::string& word) {
  static const std::regex ours(
      R"((\./)?(bench|cmake|configs|docs|examples|fuzz|models|scripts|src|tests|third_party)/[\w./+-]*)");
  return std::regex_match(word, ours);
}

bool is_there(std::string word) {
  return fs::exists(testing::source_folder() / word);
}

std::set<std::string> known_keys() {
  config::Experiment experiment;
  std::set<std::string> keys{"extends"};
  for (const auto& key : config::sweep_map_keys()) keys.insert("sweep." + key);
  for (const auto& option : config::options_of(experiment)) keys.insert(option.key);
  return keys;
}

/// A program's --help, asked for once.
const std::string& help_of(const std::string& program) {
  static std::map<std::string, std::string> helps;
  const auto known = helps.find(program);
  if (known != helps.end()) return known->second;
  return helps[program] = testing::run(program, {"--help"}).out;
}

bool has_option(const std::string& program, const std::string& option) {
  const std::regex whole("(^|[\\s,])" + option + "($|[\\s,])");
  return std::regex_search(help_of(program), whole);
}

/// Whether the option is one of a program, a script or an example, or the linker's or CMake's that a page mentions.
bool is_some_option(const std::string& option) {
  if (option == "--as-needed" || option == "--component") return true;
  if (std::any_of(program_names().begin(), program_names().end(), [&](const auto& p) { return has_option(p, option); }))
    return true;
  for (const char* folder : {"scripts", "examples", "bench"}) {
    for (const auto& entry : fs::recursive_directory_iterator(testing::source_folder() / folder)) {
      const auto kind = entry.path().extension();
      if (!entry.is_regular_file() || (kind != ".py" && kind != ".sh" && kind != ".cpp")) continue;
      if (read_file(entry.path()).find(option) != std::string::npos) return true;
    }
  }
  return false;
}

/// Checks settings together with the configuration they are given to, or by their keys alone. Gives what is wrong.
std::string check_settings(const std::string& program, const std::string& config,
                           const std::vector<std::string>& settings) {
  const auto reader = program == "distiller" ? config::Program::distiller : config::Program::trainer;
  std::vector<std::string> whole;
  for (const auto& setting : settings) {
    const std::string key = setting.substr(0, setting.find('='));
    if (known_keys().count(key) == 0) return "--set " + key + ": no such key";
    if (!is_placeholder(setting.substr(setting.find('=') + 1))) whole.push_back(setting);
  }
  try {
    const auto file = testing::source_folder() / config;
    if (!config.empty() && fs::is_regular_file(file)) config::load_experiment(file, whole, reader);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

void check_command(const MarkdownPage& page, const Piece& command, Findings& findings) {
  const auto words = testing::shell_words(command.text);
  const std::string program = program_of(words);
  std::string config;
  std::vector<std::string> settings;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (is_of_repository(word) && !is_there(word) && word.find("build/") != 0) {
      findings.add(page.path, command.line, "no such file: " + word);
    }
    if (program.empty() || i == 0) continue;
    if (word.rfind("--", 0) == 0 && word.size() > 2 && !has_option(program, word.substr(0, word.find('=')))) {
      findings.add(page.path, command.line, program + " has no option " + word);
    }
    if (words[i - 1] == "--config") config = word;
    if (words[i - 1] == "--set" && word.find('=') != std::string::npos) settings.push_back(word);
  }
  const std::string wrong = check_settings(program, config, settings);
  if (!wrong.empty()) findings.add(page.path, command.line, wrong);
}

void check_make(const MarkdownPage& page, const Piece& command, const std::string& makefile, Findings& findings) {
  const auto words = testing::shell_words(command.text);
  if (words.size() < 2 || words.front() != "make" || words[1].find('=') != std::string::npos) return;
  const std::regex target("(^|\\n)([^\\n:=\\t]* )?" + words[1] + "( [^\\n:=]*)?:");
  if (!std::regex_search(makefile, target)) findings.add(page.path, command.line, "no such target: make " + words[1]);
}

void check_link(const MarkdownPage& page, const Piece& link, const std::map<fs::path, MarkdownPage>& pages,
                Findings& findings) {
  if (link.text.find("://") != std::string::npos || link.text.rfind("mailto:", 0) == 0) return;
  const auto hash = link.text.find('#');
  const std::string target = link.text.substr(0, hash);
  const auto file = target.empty() ? page.path : (page.path.parent_path() / target).lexically_normal();
  if (!fs::exists(file)) {
    findings.add(page.path, link.line, "link to " + link.text + ": no such file");
  } else if (hash != std::string::npos) {
    const auto other = pages.find(file);
    if (other == pages.end() || other->second.anchors.count(link.text.substr(hash + 1)) == 0) {
      findings.add(page.path, link.line, "link to " + link.text + ": no such heading");
    }
  }
}

/// A code span that is a file of ours, or a key of the configuration, must exist.
void check_span(const MarkdownPage& page, const Piece& span, const std::set<std::string>& keys, Findings& findings) {
  static const std::regex key_form("([a-z_]+)\\.[a-z_]+");
  std::smatch key;
  if (is_of_repository(span.text) && !is_there(span.text))
    findings.add(page.path, span.line, "no such file: " + span.text);
  if (span.text.rfind("--", 0) == 0) {
    const std::string option = testing::shell_words(span.text).front();
    if (!is_some_option(option.substr(0, option.find('=')))) findings.add(page.path, span.line, "no option " + option);
  }
  if (!std::regex_match(span.text, key, key_form) || keys.count(span.text) > 0) return;
  const auto section = keys.lower_bound(key[1].str() + ".");
  const bool known_section = section != keys.end() && section->rfind(key[1].str() + ".", 0) == 0;
  static const std::set<std::string> files{"json", "yaml", "csv", "txt", "md", "mdb",
                                           "pt",   "cpp",  "h",   "py",  "sh", "html"};
  if (known_section && files.count(span.text.substr(span.text.find('.') + 1)) == 0) {
    findings.add(page.path, span.line, "no such key: " + span.text);
  }
}

}  // namespace

TEST_CASE("what is wrong on a page is found, with its place", "[apps]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "page.md", R"(# A heading, with `code`
[good](#a-heading-with-code) [bad](#another) [gone](gone.md)
`trainer --no-such-option` and `training.epoch` and `docs/gone.md`; `training.epochs` is right, `data.csv` a file; `--optn 3`.
`sweep.values` is right, `sweep.grid` is not.

```sh
# trainer --comment
trainer --config configs/dogcat.yaml --set training.epochs=5 --jobs 2   # --comment
trainer --config configs/dogcat.yaml \
  --set training.epochs=many | tail --lines 3
build/release/bin/trainer --config configs/gone.yaml --set 'training.epoch=5'
OMP_NUM_THREADS=1 classifier --model experiments/dogcat/latest/model.pt --topp 5 a.wav
make dogcats
make test
```
)");
  const auto page = MarkdownPage::read(folder / "page.md");
  Findings findings;
  for (const auto& command : commands_of(page)) {
    check_command(page, command, findings);
    check_make(page, command, "test: build\n\tdogcats:\n", findings);
  }
  for (const auto& link : page.links) check_link(page, link, {{page.path, page}}, findings);
  for (const auto& span : page.code_spans) check_span(page, span, known_keys(), findings);
  std::vector<std::string> lines;
  std::istringstream text(findings.text());
  for (std::string line; std::getline(text, line);) lines.push_back(line.substr(line.find("page.md:") + 8));
  const std::vector<std::string> expected = {"9: ",
                                             "11: no such file: configs/gone.yaml",
                                             "11: --set training.epoch: no such key",
                                             "12: classifier has no option --topp",
                                             "13: no such target: make dogcats",
                                             "3: trainer has no option --no-such-option",
                                             "2: link to #another: no such heading",
                                             "2: link to gone.md: no such file",
                                             "3: no such key: training.epoch",
                                             "3: no such file: docs/gone.md",
                                             "3: no option --optn",
                                             "4: no such key: sweep.grid"};
  INFO(findings.text());
  REQUIRE(lines.size() == expected.size());
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK_THAT(lines[i], Catch::StartsWith(expected[i]));
  CHECK_THAT(lines.front(), Catch::Contains("training.epochs"));
}

TEST_CASE("commands in the pages name programs, options, keys, values and files that exist", "[apps]") {
  Findings findings;
  std::size_t ours = 0;
  const std::string makefile = read_file(testing::source_folder() / "Makefile");
  for (const auto& page : all_pages()) {
    for (const auto& command : commands_of(page)) {
      check_command(page, command, findings);
      check_make(page, command, makefile, findings);
      ours += program_of(testing::shell_words(command.text)).empty() ? 0 : 1;
    }
    for (const auto& span : page.code_spans) check_make(page, span, makefile, findings);
  }
  CHECK(findings.text() == "");
  CHECK(ours >= 40);  // or this test has gone blind
}

TEST_CASE("examples in the programs' help name options, keys, values and files that exist", "[apps]") {
  Findings findings;
  for (const auto& program : program_names()) {
    MarkdownPage page;
    page.path = testing::source_folder() / ("src/apps/" + program + ".cpp");
    const std::string& help = help_of(program);
    const auto commands = testing::shell_commands({1, help.substr(std::min(help.size(), help.find("Examples:")))});
    std::size_t examples = 0;
    for (const auto& command : commands) {
      if (program_of(testing::shell_words(command.text)).empty()) continue;
      ++examples;
      check_command(page, command, findings);
    }
    INFO(program);
    CHECK(examples >= 2);
  }
  CHECK(findings.text() == "");
}

TEST_CASE("links, files and keys in the pages exist", "[apps]") {
  Findings findings;
  std::map<fs::path, MarkdownPage> pages;
  for (auto& page : all_pages()) pages[page.path] = page;
  const auto keys = known_keys();
  std::size_t links = 0;
  for (const auto& [path, page] : pages) {
    for (const auto& link : page.links) check_link(page, link, pages, findings);
    for (const auto& span : page.code_spans) check_span(page, span, keys, findings);
    links += page.links.size();
  }
  CHECK(findings.text() == "");
  CHECK(links >= 50);
}

TEST_CASE("configurations shown in the pages are valid", "[apps]") {
  Findings findings;
  std::size_t shown = 0;
  for (const auto& page : all_pages()) {
    for (const auto& block : page.blocks) {
      if (block.language != "yaml") continue;
      ++shown;
      try {
        config::parse_experiment(block.content.text, "the block", testing::source_folder() / "configs");
      } catch (const UsageError& error) {
        findings.add(page.path, block.content.line, error.what());
      }
    }
  }
  CHECK(findings.text() == "");
  CHECK(shown >= 3);
}
