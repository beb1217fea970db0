// SPDX-License-Identifier: Apache-2.0
#include "audio/waveform.h"
#include "install/consumers.h"
#include "library/opposite_channels.h"
#include "runtime/sample_model.h"
#include "support/files.h"
#include "testing/machine.h"
#include "testing/testing.h"

#include <catch2/catch.hpp>
#include <soundfold/audio.h>
#include <soundfold/listener.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <regex>

using namespace soundfold;
using testing::build_example;
using testing::check_symbols;
using testing::compile_example;
using testing::install_into;
using testing::pkgconfig_folder;
using testing::tool;
namespace fs = std::filesystem;

namespace {

fs::path library_file() {
  return testing::build_folder() / "src/library/libsoundfold.so";
}

/// Three seconds of a tone, embedded by the program `consumer`.
void check_answer(const fs::path& consumer, const std::vector<std::string>& environment = {}) {
  const testing::TempFolder folder;
  std::vector<float> tone(48'000);
  for (std::size_t i = 0; i < tone.size(); ++i) tone[i] = 0.25F * std::sin(0.1728F * static_cast<float>(i));
  audio::write_wav(folder / "tone.wav", tone, 16'000);
  const auto weights = testing::source_folder() / "models/soundfold-small/soundfold-small.safetensors";
  const auto text = tool({consumer.string(), weights.string(), (folder / "tone.wav").string()}, environment);
  CHECK_THAT(text, Catch::Matchers::StartsWith("6 embeddings of 512 values; the first patch: "));
  testing::write_opposite_channels(folder / "opposite.wav");
  const auto warned =
      testing::run(consumer.string(), {weights.string(), (folder / "opposite.wav").string()}, {}, environment);
  CHECK(std::count(warned.out.begin(), warned.out.end(), '\n') == 1);
  CHECK(warned.err.empty());  // a warning that nobody asked for
  const auto wrong = testing::run(consumer.string(), {weights.string(), (folder / "no.wav").string()}, {}, environment);
  CHECK(wrong.exit_code == 1);
  CHECK_THAT(wrong.err, Catch::Matchers::Contains("no.wav"));
}

/// The installed library, a model and a sound.
struct LabelledSound {
  testing::TempFolder folder;
  fs::path prefix = folder / "prefix", model = folder / "model.safetensors", sound = folder / "sound.wav";

  LabelledSound() {
    install_into(prefix, "library");
    write_file_atomically(model, runtime::model_file_bytes(testing::sample_model()));
    audio::write_wav(sound, testing::changing_noise(40'000), 16'000);
  }
  /// What the example in C++ prints.
  std::string in_cpp() const {
    return tool({build_example("label_sound", prefix, folder / "cpp").string(), model.string(), sound.string()});
  }
};

}  // namespace

TEST_CASE("a program finds the library where it was installed, where it was moved to, and with pkg-config",
          "[install]") {
  const testing::TempFolder folder;
  const fs::path first = folder / "first", moved = folder / "moved place";
  install_into(first, "library");
  check_answer(build_example("embed_wav", first, folder / "installed"));

  fs::rename(first, moved);
  check_answer(build_example("embed_wav", moved, folder / "after"));

  const fs::path plain = folder / "moved";  // pkg-config puts a backslash before a space, which no shell removes here
  fs::rename(moved, plain);
  for (const auto& file : fs::recursive_directory_iterator(plain)) {
    if (!file.is_regular_file() || file.path().extension() == ".h") continue;
    INFO(file.path().string());
    CHECK(read_file(file.path()).find(first.string()) == std::string::npos);
  }
  check_answer(compile_example("embed_wav", "soundfold", plain, folder / "embed_wav"),
               {"LD_LIBRARY_PATH=" + pkgconfig_folder(plain).parent_path().string()});
}

TEST_CASE("programs in C++ and C name a sound with the installed library", "[install]") {
  const LabelledSound place;
  const auto expected = place.in_cpp();
  CHECK(std::count(expected.begin(), expected.end(), '\n') == 6);  // five windows and the whole
  const auto in_c = build_example("label_sound_c", place.prefix, place.folder / "c");
  CHECK(tool({in_c.string(), place.model.string(), place.sound.string()}) == expected);
  const auto wrong = testing::run(in_c.string(), {place.model.string(), place.sound.string() + "x"});
  CHECK(wrong.exit_code == 1);
  CHECK_THAT(wrong.err, Catch::Matchers::Contains("sound.wavx"));
}

TEST_CASE("a program's audio callback pushes sound, and its events are printed", "[install]") {
  const LabelledSound place;
  auto model = testing::sample_model();
  model.decision.silence_gate.reset();
  events::EventRule rule;
  rule.on = 0.45;
  rule.off = 0.3;
  model.event_rules = events::EventRules{{rule, rule, std::nullopt}, 0.24, {}};
  write_file_atomically(place.model, runtime::model_file_bytes(model));
  std::string expected;
  Listener listener(Classifier(place.model), {kSampleRateHz, 1});
  const auto sound = load_audio(place.sound);
  CHECK(listener.push(sound.data(), sound.size()));
  listener.finish([&](const SoundEvent& event) {
    char line[200];
    std::snprintf(line, sizeof(line), "%s %d %s %.2f %.2f %.3f\n", event.state == EventState::ended ? "ended" : "begun",
                  static_cast<int>(event.id), event.label.c_str(), event.start_s, event.end_s, event.probability);
    expected += line;
  });
  CHECK_THAT(expected, Catch::Matchers::StartsWith("begun 1 "));
  const auto program = build_example("listen_callback", place.prefix, place.folder / "callback").string();
  const auto run = testing::run(program, {place.model.string(), place.sound.string()});
  CHECK(run.exit_code == 0);
  CHECK(run.out == expected);
  CHECK(run.err == "2.5 s heard, 0 samples dropped\n");
  const auto wrong = testing::run(program, {place.model.string() + "x", place.sound.string()});
  CHECK(wrong.exit_code == 1);
  CHECK_THAT(wrong.err, Catch::Matchers::Contains("model.safetensorsx"));
}

TEST_CASE("a program in Python names a sound with the installed library", "[install]") {
  if (!testing::has_program("python3")) return testing::skip_case("needs python3");
  const LabelledSound place;
  const auto libraries = "LD_LIBRARY_PATH=" + pkgconfig_folder(place.prefix).parent_path().string();
  const auto script = (testing::example("label_sound_python") / "label_sound.py").string();
  CHECK(tool({"python3", script, place.model.string(), place.sound.string()}, {libraries}) == place.in_cpp());
  const auto missing = testing::run(
      "/usr/bin/env", {"python3", script, place.model.string() + "x", place.sound.string()}, {}, {libraries});
  CHECK(missing.exit_code == 1);
  CHECK_THAT(missing.err, Catch::Matchers::Contains("model.safetensorsx"));
}

TEST_CASE("a program has the library as a part of its own build, and keeps its settings", "[install]") {
  const testing::TempFolder folder;
  const auto project = testing::source_folder() / "tests/install/subdirectory";
  tool({"cmake", "-S", project.string(), "-B", (folder / "build").string(),
        "-DSOUNDFOLD=" + testing::source_folder().string()});
  tool({"cmake", "--build", (folder / "build").string(), "--target", "embed_wav"});
  check_answer(folder / "build" / "embed_wav");
}

TEST_CASE("the library needs neither LibTorch, YAML nor HDF5, and shows only what its headers declare", "[install]") {
  const auto needed = tool({"ldd", library_file().string()});
  CHECK(needed.find("libdnnl") != std::string::npos);
  for (const char* name : {"torch", "libc10", "yaml", "hdf5", "curl", "flatbuffers", "avformat", "not found"}) {
    INFO(name);
    CHECK(needed.find(name) == std::string::npos);
  }
  check_symbols(library_file(), 30);
}

TEST_CASE("each public header stands alone, without a warning, and includes no library but the standard one",
          "[install]") {
  const auto include = testing::source_folder() / "include";
  const std::regex foreign(R"re(#include (?!<soundfold/|<stddef.h>)[<"][^>"]*[./][^>"]*[>"])re");
  int headers = 0;
  for (const auto& header : fs::directory_iterator(include / "soundfold")) {
    ++headers;
    INFO(header.path().string());
    CHECK(!std::regex_search(read_file(header.path()), foreign));
    tool({"c++", "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wold-style-cast",
          "-Werror", "-I" + include.string(), "-include", header.path().string(), "-x", "c++", "/dev/null"});
  }
  CHECK(headers >= 10);
}
