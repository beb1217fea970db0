// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "deploy/classifier.h"
#include "deploy/export.h"
#include "deploy/small_model.h"
#include "install/consumers.h"
#include "support/files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

using namespace soundfold;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

fs::path torch_library_file() {
  return testing::build_folder() / "src/library_torch/libsoundfold_torch.so";
}

/// A model and a sound that every consumer is tried with.
class LabelledSound {
 public:
  LabelledSound() {
    const torch::NoGradGuard no_gradients;
    const auto backbone = testing::small_backbone();
    const auto head = testing::random_head(testing::small_spec(backbone, "both", "window"));
    const auto waveform = testing::made_up_waveform(40'000);
    const auto by_level = testing::rule_with(evaluation::SilenceGate{-60, 1});
    deploy::export_model(deploy::build_model(backbone, head, testing::kNames, false, by_level), head, {},
                         {testing::parity_case(backbone, head, waveform)}, model());
    audio::write_wav(sound(), waveform, 16'000);
    const auto classifier = deploy::load_classifier(model(), torch::kCPU, "");
    const auto pass = classifier->start({});
    const auto read = audio::load_waveform(sound());
    pass->push(read.data(), read.size());
    const auto clip = pass->finish();
    const auto best = std::max_element(clip.probabilities.begin(), clip.probabilities.end());
    label_ = testing::kNames.at(static_cast<std::size_t>(best - clip.probabilities.begin()));
  }

  void check(const fs::path& consumer, const std::vector<std::string>& environment = {}) const {
    const auto text = testing::tool({consumer.string(), model(), sound()}, environment);
    CHECK(std::count(text.begin(), text.end(), '\n') == 6);  // five windows and the whole
    CHECK_THAT(text, Contains("   0.00    2.50  " + label_ + " "));
    const auto wrong = testing::run(consumer.string(), {model(), sound() + "x"}, {}, environment);
    CHECK(wrong.exit_code == 1);
    CHECK_THAT(wrong.err, Contains("sound.wavx"));
  }

 private:
  std::string model() const { return (folder_ / "model.pt").string(); }
  std::string sound() const { return (folder_ / "sound.wav").string(); }

  testing::TempFolder folder_;
  std::string label_;
};

}  // namespace

TEST_CASE("a program finds the library with LibTorch where it was installed, moved to, and with pkg-config",
          "[install_torch]") {
  const LabelledSound sound;
  const testing::TempFolder folder;
  const fs::path first = folder / "first", moved = folder / "moved";
  testing::install_into(first, "library");
  testing::install_into(first, "library_torch");
  sound.check(testing::build_example("label_torchscript", first, folder / "installed"));

  fs::rename(first, moved);
  sound.check(testing::build_example("label_torchscript", moved, folder / "after"));
  for (const auto& file : fs::recursive_directory_iterator(moved)) {
    if (!file.is_regular_file() || file.path().extension() == ".h") continue;
    INFO(file.path().string());
    CHECK(read_file(file.path()).find(first.string()) == std::string::npos);
  }
  const auto folders = testing::pkgconfig_folder(moved).parent_path().string();
  sound.check(testing::compile_example("label_torchscript", "soundfold_torch", moved, folder / "label_torchscript"),
              {"LD_LIBRARY_PATH=" + folders});
}

TEST_CASE("a program has the library with LibTorch as a part of its own build, and keeps its settings",
          "[install_torch]") {
  const testing::TempFolder folder;
  const auto project = testing::source_folder() / "tests/install/subdirectory";
  testing::tool({"cmake", "-S", project.string(), "-B", (folder / "build").string(), "-DSOUNDFOLD_TORCH=ON",
                 "-DSOUNDFOLD=" + testing::source_folder().string(), std::string("-DTorch_DIR=") + TORCH_CMAKE_FOLDER});
  // Compiling all of it again takes minutes: scripts/test_full.sh asks for it.
  if (std::getenv("SOUNDFOLD_LONG_TESTS") == nullptr) return;
  testing::tool({"cmake", "--build", (folder / "build").string(), "--target", "label_torchscript"});
  LabelledSound().check(folder / "build" / "label_torchscript");
}

TEST_CASE("the library with LibTorch shows only what its headers declare", "[install_torch]") {
  const auto needed = testing::tool({"ldd", torch_library_file().string()});
  CHECK_THAT(needed, Contains("libsoundfold.so") && Contains("libtorch"));
  CHECK(needed.find("not found") == std::string::npos);
  testing::check_symbols(torch_library_file(), 5);
}
