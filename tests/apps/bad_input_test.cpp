// SPDX-License-Identifier: Apache-2.0
#include "apps/workplace.h"
#include "support/files.h"
#include "text/npy.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <sstream>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

/// One line that says what is wrong, a failing exit code, and no run left that looks finished.
void check_refused(const testing::ProgramResult& result, int exit_code, const std::string& part) {
  INFO(result.err);
  CHECK(result.exit_code == exit_code);
  const auto at = result.err.rfind(": error: ");
  REQUIRE(at != std::string::npos);
  CHECK(result.err.find('\n', at) == result.err.size() - 1);
  CHECK_THAT(result.err.substr(at), Contains(part));
}

/// Dogs and cats of folds 1 and 4, copied so that they may be damaged.
fs::path copy_dogs_and_cats(const testing::Workplace& place) {
  const auto from = testing::assets_folder() / "esc50";
  const auto to = place / "esc50";
  fs::create_directories(to / "audio");
  fs::create_directories(to / "meta");
  std::string kept;
  std::istringstream lines(read_file(from / "meta/esc50.csv"));
  for (std::string line; std::getline(lines, line);) {
    const bool header = kept.empty();
    const bool wanted = (line[0] == '1' || line[0] == '4') &&
                        (line.find(",dog,") != std::string::npos || line.find(",cat,") != std::string::npos);
    if (!header && !wanted) continue;
    kept += line + "\n";
    if (!header)
      fs::copy_file(from / "audio" / line.substr(0, line.find(',')), to / "audio" / line.substr(0, line.find(',')));
  }
  write_file_atomically(to / "meta/esc50.csv", kept);
  return to;
}

fs::path any_clip(const fs::path& data, const std::string& fold) {
  for (const auto& entry : fs::directory_iterator(data / "audio")) {
    if (entry.path().filename().string().rfind(fold + "-", 0) == 0) return entry.path();
  }
  throw std::runtime_error("no clip");
}

}  // namespace

TEST_CASE("trainer refuses a bad configuration before any work", "[apps]") {
  const testing::TempFolder folder;
  const auto train = [&](const std::string& yaml) {
    write_file_atomically(folder / "a.yaml", yaml);
    return testing::run("trainer", {"--config", "a.yaml"}, folder.path());
  };
  check_refused(train("training: {epoch: 3}\n"), 2, "did you mean training.epochs?");
  check_refused(train("training: [\n"), 2, "not valid YAML");
  check_refused(testing::run("trainer", {"--config", "none.yaml"}, folder.path()), 2, "no such file");
  check_refused(testing::run("trainer", {}, folder.path()), 2, "--config");
  check_refused(train("run: {device: 'cuda:99'}\n"), 2, "cuda:99");
  check_refused(train("run: {device: gpu}\n"), 2, "auto, cpu, cuda");
  check_refused(train("data: {root: nowhere}\n"), 1, "nowhere");
  CHECK_FALSE(fs::exists(folder / "experiments"));
}

TEST_CASE("classifier names what it cannot read", "[apps]") {
  const testing::TempFolder folder;
  write_file_atomically(folder / "garbage.pt", "not a model");
  check_refused(testing::run("classifier", {"--model", "none.pt", "x.wav"}, folder.path()), 1, "none.pt");
  check_refused(testing::run("classifier", {"--model", "garbage.pt", "x.wav"}, folder.path()), 1, "garbage.pt");
  check_refused(testing::run("evaluator", {"--model", "garbage.pt"}, folder.path()), 1, "garbage.pt");
}

TEST_CASE("a missing, truncated or corrupted recording is named, or left out when so configured", "[apps][assets]") {
  const testing::Workplace place;
  const auto data = copy_dogs_and_cats(place);
  const std::vector<std::string> from{"--set", "data.root=" + data.string(), "--set", "training.epochs=2"};
  const auto clip = any_clip(data, "1");
  const std::string name = clip.filename().string();
  const std::string sound = read_file(clip);

  write_file_atomically(clip, "this is not a sound");
  check_refused(place.train("dogcat_two_folds.yaml", from), 1, name);
  auto skipping = from;
  skipping.insert(skipping.end(), {"--set", "data.on_bad_clip=skip"});
  const auto skipped = place.train("dogcat_two_folds.yaml", skipping);
  INFO(skipped.err);
  CHECK(skipped.exit_code == 0);
  CHECK_THAT(skipped.out, Contains("15 clips") && Contains("skipped       1 clips"));
  CHECK_THAT(read_file(place / "experiments/dogcat_two_folds/latest/skipped.txt"), Contains(name));

  fs::remove(clip);
  check_refused(place.train("dogcat_two_folds.yaml", from), 1, name);
  write_file_atomically(clip, sound);
  CHECK(place.train("dogcat_two_folds.yaml", from).exit_code == 0);
}

TEST_CASE("damaged weights, CSV and model are refused", "[apps][assets]") {
  const testing::Workplace place;
  const auto data = copy_dogs_and_cats(place);
  const std::vector<std::string> from{"--set", "data.root=" + data.string(), "--set", "training.epochs=2"};
  REQUIRE(place.train("dogcat_two_folds.yaml", from).exit_code == 0);

  const auto model = place / "experiments/dogcat_two_folds/latest/model.pt";
  std::string bytes = read_file(model);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file_atomically(place / "flipped.pt", bytes);
  check_refused(place.run("evaluator", {"--model", "flipped.pt"}), 1, "flipped.pt");
  write_file_atomically(place / "cut.pt", bytes.substr(0, bytes.size() / 2));
  check_refused(place.run("classifier", {"--model", "cut.pt", "x.wav"}), 1, "cut.pt");

  const std::string csv = read_file(data / "meta/esc50.csv");
  write_file_atomically(data / "meta/esc50.csv", csv.substr(0, csv.size() - 20));
  check_refused(place.train("dogcat_two_folds.yaml", from), 1, "esc50.csv");
  write_file_atomically(data / "meta/esc50.csv", csv);

  std::string weights = read_file(place / "data/yamnet.pt");
  weights[weights.size() / 2] = static_cast<char>(weights[weights.size() / 2] ^ 1);
  write_file_atomically(place / "data/yamnet.pt", weights);
  check_refused(place.train("dogcat_two_folds.yaml", from), 1, "yamnet.pt");
}

TEST_CASE("a corrupted record of the store is recomputed, with the same result", "[apps][assets]") {
  const testing::Workplace place;
  const std::vector<std::string> brief{"--set", "training.epochs=2"};
  REQUIRE(place.train("dogcat_two_folds.yaml", brief).exit_code == 0);
  const auto before = read_file(place / "experiments/dogcat_two_folds/latest/test_logits.json");
  // The embeddings of one clip are looked for in the store's file, so that the damage hits a record for certain.
  const auto clip = testing::assets_folder() / "esc50/audio/1-100032-A-0.ogg";
  REQUIRE(place.run("embedder", {"--out-npy", "npy", clip.string()}).exit_code == 0);
  const auto values = read_npy(place / "npy/1-100032-A-0.embeddings.npy").values;
  const std::string wanted(reinterpret_cast<const char*>(values.data()), 4096);
  const auto store = place / "data/embeddings/data.mdb";
  std::string bytes = read_file(store);
  std::size_t damaged = 0;
  for (auto at = bytes.find(wanted); at != std::string::npos; at = bytes.find(wanted, at + 1), ++damaged) {
    bytes[at + 100] = static_cast<char>(~bytes[at + 100]);
  }
  REQUIRE(damaged >= 1);
  write_file_atomically(store, bytes);
  const auto again = place.train("dogcat_two_folds.yaml", brief);
  INFO(again.err);
  REQUIRE(again.exit_code == 0);
  CHECK_THAT(again.err, Contains("damaged"));
  CHECK(read_file(place / "experiments/dogcat_two_folds/latest/test_logits.json") == before);
}
