// SPDX-License-Identifier: Apache-2.0
#include "deploy/export.h"
#include "deploy/model.h"
#include "small_model.h"
#include "sound_files.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>

#include <limits>
#include <sstream>

using namespace soundfold;
using namespace soundfold::testing;

namespace {

/// "name<tab>value" lines.
std::vector<std::pair<std::string, double>> parse(const std::string& text) {
  std::vector<std::pair<std::string, double>> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto tab = line.find('\t');
    REQUIRE(tab != std::string::npos);
    values.emplace_back(line.substr(0, tab), std::stod(line.substr(tab + 1)));
  }
  return values;
}

/// Builds the example outside the project, as its README says.
void build_example(const std::filesystem::path& build) {
  const auto source = (source_folder() / "examples" / "classify_wav").string();
  std::vector<std::string> configure = {"cmake", "-S",           source,
                                        "-B",    build.string(), std::string("-DTorch_DIR=") + TORCH_CMAKE_FOLDER};
  const std::string launcher = COMPILER_LAUNCHER;
  if (!launcher.empty()) configure.push_back("-DCMAKE_CXX_COMPILER_LAUNCHER=" + launcher);
  const auto configured = run("/usr/bin/env", configure);
  INFO(configured.out << configured.err);
  REQUIRE(configured.exit_code == 0);
  const auto built = run("/usr/bin/env", {"cmake", "--build", build.string()});
  INFO(built.out << built.err);
  REQUIRE(built.exit_code == 0);
}

}  // namespace

TEST_CASE("the example program builds with LibTorch alone and agrees with the library", "[deploy]") {
  const TempFolder folder;
  build_example(folder / "build");
  const std::string program = (folder / "build" / "classify_wav").string();

  const torch::NoGradGuard no_gradients;
  const auto backbone = small_backbone();
  const auto head = random_head(small_spec(backbone, "both", "window"));
  const auto waveform = made_up_waveform(40000);
  const std::string model_file = (folder / "model.pt").string(), sound = (folder / "sound.wav").string();
  deploy::export_model(deploy::build_model(backbone, head, {"dog", "cat, small", "Geräusch"}, false,
                                           rule_with(evaluation::SilenceGate{-60, 1})),
                       head, {}, {parity_case(backbone, head, waveform)}, model_file);
  std::vector<float> stereo;  // whose mean is the waveform
  for (const float sample : waveform) stereo.insert(stereo.end(), {0.5F * sample, 1.5F * sample});
  write_wav(sound, stereo, 2, 16000);

  const auto expected = deploy::Model::load(model_file, torch::kCPU).classify(waveform);
  for (const bool logits : {true, false}) {
    const auto result = run(program, logits ? std::vector<std::string>{model_file, sound, "--logits"}
                                            : std::vector<std::string>{model_file, sound});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const auto values = parse(result.out);
    REQUIRE(values.size() == 3);
    CHECK(values[1].first == "cat, small");
    CHECK(values[2].first == "Geräusch");
    for (std::size_t k = 0; k < 3; ++k) {
      CHECK(values[k].second == Approx((logits ? expected.logits : expected.probabilities)[k]).margin(1e-4));
    }
  }

  write_wav(sound, std::vector<float>(32000), 2, 16000);
  CHECK(run(program, {model_file, sound}).out == "silence\n");

  stereo[20001] = std::numeric_limits<float>::quiet_NaN();
  write_wav(sound, stereo, 2, 16000);
  const auto spoilt = run(program, {model_file, sound});
  CHECK(spoilt.exit_code == 1);
  CHECK(spoilt.err == "classify_wav: error: the waveform has samples that are not finite (NaN or infinite)\n");

  write_wav(sound, stereo, 2, 44100);
  const auto refused = run(program, {model_file, sound});
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, Catch::Contains("44100 Hz") && Catch::Contains("resample first"));
  CHECK(run(program, {model_file, (folder / "nothing.wav").string()}).exit_code == 1);
  CHECK(run(program, {(folder / "nothing.pt").string(), sound}).exit_code == 1);
  CHECK(run(program, {model_file}).exit_code == 2);
}
