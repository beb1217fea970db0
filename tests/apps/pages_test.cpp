// SPDX-License-Identifier: Apache-2.0
#include "apps/markdown.h"
#include "apps/small_place.h"
#include "apps/synthetic_sounds.h"
#include "audio/waveform.h"
#include "pictures/raster.h"
#include "support/files.h"
#include "tar_shards/tar_writer.h"
#include "testing/markup.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>

// The pages that are read first: their commands are run as written, their words counted, their pictures made again.

using namespace soundfold;
using Catch::Contains;
using testing::Kind;
using testing::MarkdownPage;
namespace fs = std::filesystem;

namespace {

/// What a reader has after `make dogcat`, in small: programs, configurations, weights, five of ESC-50's classes, a
/// recording and a folder of sounds.
struct ReadersPlace : testing::SmallPlace {
  ReadersPlace() {
    fs::create_directories(*this / "build/release");
    fs::create_directory_symlink(testing::program_path("trainer").parent_path(), *this / "build/release/bin");
    fs::create_directory_symlink(testing::source_folder() / "configs", *this / "configs");
    run("synthesizer",
        {"--out", "data/esc50", "--kinds", "dog,cat,rooster,rain,sneezing", "--clips-per-fold", "2", "--seconds", "1"});
    fs::create_directories(*this / "data/audio");
    run("synthesizer", {"--kinds", "cat", "--seconds", "1", "--wav", "data/audio/miaow_16k.wav"});
    audio::write_wav(*this / "my_recording.flac", std::vector<float>(24'000, 0.1F), 16'000);
    for (int number = 0; number < 10; ++number) {
      testing::write_synthetic_sound(*this / "my_sounds/beeps", Kind::beeps, number);
      testing::write_synthetic_sound(*this / "my_sounds/noise", Kind::noise, number);
    }
  }

  /// Runs the command, in which a program has its name alone, and writes what it prints where "> FILE" says.
  void run_command(const std::string& command) const {
    auto words = testing::shell_words(command);
    const auto program = words.front();
    words.erase(words.begin());
    const auto printed = run(program, words);
    std::smatch file;
    if (std::regex_search(command, file, std::regex("[^2]> ([^ ]+)$"))) {
      write_file_atomically(*this / file[1].str(), printed);
    }
  }

  /// Runs the commands of our programs in the page's shell blocks, as written; gives what they printed.
  std::string run_page(const std::string& name, std::size_t at_least) const {
    std::string printed;
    std::size_t commands = 0;
    for (const auto& block : MarkdownPage::read(testing::source_folder() / name).blocks) {
      if (block.language != "sh") continue;
      for (const auto& command : testing::shell_commands(block.content)) {
        auto words = testing::shell_words(command.text);
        if (words.empty() || words.front().rfind("build/release/bin/", 0) != 0) continue;
        const std::string program = (*this / words.front()).string();
        words.erase(words.begin());
        INFO(name << ":" << command.line);
        printed += run(program, words);
        ++commands;
      }
    }
    CHECK(commands >= at_least);
    return printed;
  }
};

/// Words with a letter or digit in the running text: blocks, tables, comments and targets of links are left out.
std::size_t words_in_running_text(const fs::path& page) {
  std::istringstream lines(read_file(page));
  std::string text;
  bool in_block = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("```", 0) == 0) {
      in_block = !in_block;
    } else if (!in_block && line.rfind('|', 0) != 0) {
      text += line + "\n";
    }
  }
  text = std::regex_replace(text, std::regex(R"(\]\([^)]*\)|<!--[^>]*-->)"), "]");
  std::istringstream words(text);
  std::size_t count = 0;
  for (std::string word; words >> word;) {
    if (std::any_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) != 0; })) ++count;
  }
  return count;
}

/// Beside that: what the pages of the other shelves name. The ten classes of ESC-10, a run that ended long ago, clips
/// in folders and in a CSV, recordings, stores to merge.
struct LaterReadersPlace : ReadersPlace {
  LaterReadersPlace() {
    fs::remove_all(*this / "data/esc50");
    run("synthesizer", {"--out", "data/esc50", "--clips-per-fold", "1", "--seconds", "1", "--kinds",
                        "dog,cat,rooster,rain,sea_waves,crackling_fire,crying_baby,sneezing,clock_tick,helicopter,"
                        "chainsaw"});
    run("trainer", {"--config", "configs/dogcat.yaml"});
    const auto run_folder = fs::canonical(*this / "experiments/dogcat/latest");
    fs::copy(run_folder, *this / "experiments/dogcat/2026-11-22_07-40-11", fs::copy_options::recursive);
    std::string clips = "path,label\n";
    for (const auto& [own, kind] : {std::pair("dog", Kind::beeps), std::pair("cat", Kind::noise)}) {
      for (int number = 0; number < 4; ++number) {
        testing::write_synthetic_sound(*this / "data/pets" / own, kind, number);
        testing::write_synthetic_sound(*this / "moved/recordings" / own, kind, number);
      }
      for (const auto& file : fs::directory_iterator(*this / "data/pets" / own)) {
        clips += "data/pets/" + (own + ("/" + file.path().filename().string())) + "," + own + "\n";
      }
    }
    write_file_atomically(*this / "clips.csv", clips);
    make_tars();
    fs::remove_all(*this / "my_sounds");
    fs::create_directory_symlink(*this / "data/pets", *this / "my_sounds");
    audio::write_wav(*this / "recording.flac", std::vector<float>(21 * 16'000, 0.1F), 16'000);
    for (const char* name : {"miaow_16k.wav", "street.mp3", "bark.wav"}) {
      fs::copy_file(*this / "data/audio/miaow_16k.wav", *this / name);
    }
    for (const char* store : {"data/embeddings", "shard0", "shard1", "shard2"}) {
      run("embedder", {"--store", store, "bark.wav"});
    }
  }

  /// Two tars in shards/ with labels, and the same unpacked in clips/.
  void make_tars() const {
    for (int shard = 0; shard < 2; ++shard) {
      const std::string tar = "shard-00000" + std::to_string(shard) + ".tar";
      testing::Members members;
      for (const std::string own : {"dog", "cat"}) {
        std::vector<fs::path> files{fs::directory_iterator(*this / "data/pets" / own), fs::directory_iterator()};
        std::sort(files.begin(), files.end());
        for (int i = 2 * shard; i < 2 * shard + 2; ++i) {
          const auto& file = files.at(static_cast<std::size_t>(i));
          const std::string stem = own + std::to_string(i);
          members.emplace_back(stem + file.extension().string(), read_file(file));
          members.emplace_back(stem + ".cls", own);
        }
      }
      fs::create_directories(*this / "shards");
      fs::create_directories(*this / "clips" / tar);
      write_file_atomically(*this / "shards" / tar, testing::tar_of(members));
      for (const auto& [name, bytes] : members) write_file_atomically(*this / "clips" / tar / name, bytes);
    }
  }
};

/// Runs the page's commands that begin with the name of one of our programs.
void run_named_commands(const LaterReadersPlace& place, const std::string& name, std::size_t at_least) {
  const auto programs = testing::programs();
  std::size_t commands = 0;
  for (const auto& block : MarkdownPage::read(testing::source_folder() / name).blocks) {
    for (const auto& command : testing::shell_commands(block.content)) {
      const auto words = testing::shell_words(command.text);
      if (words.empty() || std::count(programs.begin(), programs.end(), words.front()) == 0) continue;
      if (command.text.find(".png") != std::string::npos && !pictures::can_rasterise()) continue;
      if (command.text.find("://") != std::string::npos) continue;  // asks another machine
      INFO(name << ":" << command.line << ": " << command.text);
      place.run_command(command.text);
      ++commands;
    }
  }
  CHECK(commands >= at_least);
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

}  // namespace

TEST_CASE("README's commands run as written", "[apps]") {
  const ReadersPlace place;
  CHECK_THAT(place.run_page("README.md", 2), Contains("my_recording.flac: "));
}

TEST_CASE("the commands of docs/programs.md run as written", "[apps]") {
  const ReadersPlace place;
  CHECK_THAT(place.run_page("docs/programs.md", 3), Contains("my_recording.flac: "));
  const auto result = nlohmann::json::parse(read_file(place / "experiments/dogcat/latest/result.json"));
  CHECK(result["data"]["classes"] == nlohmann::json({"rooster", "rain", "sneezing"}));
}

TEST_CASE("the tutorial's commands run as written", "[apps]") {
  const ReadersPlace place;
  const auto printed = place.run_page("docs/tutorial.md", 15);
  CHECK_THAT(printed, Contains("data/audio/miaow_16k.wav: ") && Contains("rain.wav: "));
  CHECK(fs::exists(place / "embeddings/data/audio/miaow_16k.embeddings.npy"));
  for (const char* picture : {"waveform", "spectrogram", "yamnet", "curves", "mistake", "model"}) {
    INFO(picture);
    CHECK(fs::exists(place / (std::string(picture) + ".svg")));
  }
}

TEST_CASE("the commands of other pages run as written", "[apps]") {
  const LaterReadersPlace place;
  run_named_commands(place, "docs/datasets.md", 3);
  run_named_commands(place, "docs/audit.md", 10);
  run_named_commands(place, "docs/runs.md", 8);
  run_named_commands(place, "docs/report.md", 1);
  run_named_commands(place, "docs/pictures.md", 4);
  run_named_commands(place, "docs/command_line.md", 2);
  run_named_commands(place, "docs/store_format.md", 4);
  run_named_commands(place, "docs/listening.md", 4);
}

TEST_CASE("README has at most 500 words, without its tables and blocks of code", "[apps]") {
  const testing::TempFolder folder;
  write_file_atomically(
      folder / "page.md",
      "# Two words\n\n```sh\nnot counted\n```\n| nor | this |\n[three more words](a/link.md) · <!-- a "
      "remark --> end\n![a picture](b.svg)\n");
  CHECK(words_in_running_text(folder / "page.md") == 8);
  CHECK(words_in_running_text(testing::source_folder() / "README.md") <= 500);
}

TEST_CASE("the pictures of the pages are small, shown, and made by scripts/tutorial_pictures.sh", "[apps]") {
  const fs::path folder = testing::source_folder() / "docs/pictures";
  const std::string pages =
      read_file(testing::source_folder() / "docs/tutorial.md") + read_file(testing::source_folder() / "README.md");
  for (const auto& name : names_in(folder)) {
    INFO(name);
    const auto svg = read_file(folder / name);
    CHECK(testing::xml_fault(svg.substr(svg.find('\n') + 1)) == "");
    CHECK(svg.size() <= 40'000);
    CHECK_THAT(pages, Contains("pictures/" + name + ")"));
  }

  const testing::SmallPlace place;
  const auto script = (testing::source_folder() / "scripts/tutorial_pictures.sh").string();
  const auto made =
      testing::run(script, {(place / "made").string()}, {},
                   {"SOUNDFOLD_BIN=" + testing::program_path("trainer").parent_path().string(),
                    "WEIGHTS=" + (place / "data/yamnet.pt").string(), "CLIPS_PER_FOLD=2", "SECONDS_PER_CLIP=1"});
  INFO(made.err);
  REQUIRE(made.exit_code == 0);
  CHECK(names_in(place / "made") == names_in(folder));
  // A synthesised sound is the same everywhere; the other pictures depend on the weights and the processor.
  CHECK(read_file(place / "made/waveform.svg") == read_file(folder / "waveform.svg"));
}
