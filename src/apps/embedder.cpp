// SPDX-License-Identifier: Apache-2.0
// embedder: sound files into YAMNet embeddings, kept in a store and, optionally, written as .npy files.

#include "apps/common.h"
#include "device/device.h"
#include "extraction/clip_list.h"
#include "extraction/extraction.h"
#include "frontend/recipe.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "support/threads.h"
#include "yamnet/load_backbone.h"

#include <nlohmann/json.hpp>

#include <cstdio>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  embedder --weights data/yamnet.pt --store data/embeddings data/esc50/audio
  embedder --weights data/yamnet.pt --store data/embeddings --out-npy out bark.wav recordings/
  embedder --weights data/yamnet.pt --store data/embeddings --list files.txt --on-bad-clip skip --json
  embedder --store data/embeddings --info

The second run over the same files takes everything from the store. Exit codes: 0 done, 1 failure, 2 wrong usage,
130 interrupted (what was done is stored; the same command resumes from there).)";

struct Arguments {
  apps::CommonOptions common;
  std::string weights = "data/yamnet.pt";
  std::string store = "data/embeddings";
  std::vector<std::string> inputs;
  std::string list;
  std::string out_npy;
  std::string engine = "auto";
  std::string precision = "float32";
  std::string channels = "mean";
  std::string on_bad_clip = "fail";
  std::int64_t max_bad_clips = 0;
  int patch_hop_frames = 48;
  bool json = false;
  bool info = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("INPUT", arguments.inputs, "Sound files, or folders to look through for sound files");
  app.add_option("--weights", arguments.weights, "The network, as importer writes it")->capture_default_str();
  app.add_option("--store", arguments.store, "Folder of the embedding store; made when missing")->capture_default_str();
  app.add_option("--list", arguments.list, "Text file with further inputs, one path a line");
  app.add_option("--out-npy", arguments.out_npy, "Also write NAME.embeddings.npy and NAME.scores.npy into this folder");
  app.add_option("--patch-hop-frames", arguments.patch_hop_frames, "Frames of 10 ms from one patch to the next")
      ->capture_default_str()
      ->check(CLI::Range(1, frontend::kMaxPatchHopFrames));
  app.add_option("--engine", arguments.engine, "Engine that runs the network: auto, onednn, torchscript")
      ->capture_default_str();
  app.add_option("--precision", arguments.precision,
                 "Arithmetic of the network: auto (float32), float32, bfloat16, int8 (of TFLite weights)")
      ->capture_default_str();
  app.add_option("--channels", arguments.channels,
                 "How a file of several channels becomes mono: mean, left, right, loudest")
      ->capture_default_str()
      ->check(CLI::IsMember({"mean", "left", "right", "loudest"}));
  app.add_option("--on-bad-clip", arguments.on_bad_clip, "What to do with an unreadable file: fail, or skip it")
      ->capture_default_str()
      ->check(CLI::IsMember({"fail", "skip"}));
  app.add_option("--max-bad-clips", arguments.max_bad_clips, "With skip: fail after more than this many; 0: no limit")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40));
  app.add_flag("--json", arguments.json, "Print the result as JSON");
  app.add_flag("--info", arguments.info, "Print what the store holds, and do nothing else");
  apps::add_common_options(app, arguments.common, true);
  app.footer(kExamples);
}

std::string indented(const std::string& lines) {
  std::string text = "  ";
  for (const char letter : lines.substr(0, lines.find_last_not_of('\n') + 1)) {
    text += letter;
    if (letter == '\n') text += "  ";
  }
  return text;
}

int print_info(const Arguments& arguments) {
  // Opening would make an empty store under a mistyped name.
  if (!std::filesystem::exists(std::filesystem::path(arguments.store) / "data.mdb")) {
    throw DataError("no embedding store in " + arguments.store);
  }
  const store::Store store(arguments.store);
  const auto recipes = store.recipes();
  if (arguments.json) {
    const nlohmann::ordered_json facts = {{"folder", arguments.store},
                                          {"records", store.record_count()},
                                          {"bytes", store.bytes_on_disk()},
                                          {"recipes", recipes}};
    std::puts(facts.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    return 0;
  }
  std::printf("%s: %lld records, %s\n", arguments.store.c_str(), static_cast<long long>(store.record_count()),
              human_size(store.bytes_on_disk()).c_str());
  for (const auto& recipe : recipes) std::printf("recipe\n%s\n", indented(recipe).c_str());
  return 0;
}

std::string as_json(const std::string& path, const extraction::ExtractedClip& clip) {
  nlohmann::ordered_json result = {{"path", path}};
  if (clip.problem.empty()) {
    result["key"] = clip.key;
    result["patches"] = clip.patch_count;
  } else {
    result["problem"] = clip.problem;
  }
  return result.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// Clip by clip, so that a list of many is never in memory as a whole.
void print_json(const extraction::ClipList& clips, const extraction::ClipResults& results,
                const extraction::ExtractionTotals& totals) {
  const nlohmann::ordered_json sums = {{"clips", clips.size()},
                                       {"computed", totals.computed},
                                       {"from_store", totals.from_store},
                                       {"bad", totals.bad},
                                       {"recomputed_damaged", totals.recomputed_damaged},
                                       {"channels_cancel", totals.channels_cancel},
                                       {"patches", totals.patches},
                                       {"seconds", totals.seconds},
                                       {"audio_seconds_computed", totals.audio_seconds_computed}};
  const std::string text = sums.dump(2);
  std::printf("%s,\n  \"results\": [", text.substr(0, text.rfind('\n')).c_str());
  for (std::size_t i = 0; i < clips.size(); ++i) {
    std::printf("%s\n    %s", i == 0 ? "" : ",", as_json(clips.path(i), results.at(i)).c_str());
  }
  std::puts("\n  ]\n}");
}

std::unique_ptr<engines::Backbone> load_network(const Arguments& arguments) {
  // The workers are the threads; within one worker the network keeps to its own.
  use_one_torch_thread();
  const auto device = use_device(arguments.common.device);
  spdlog::info("device: {}", describe_device(device, thread_count(arguments.common.threads)));
  engines::BackboneOptions options;
  options.engine = arguments.engine;
  options.precision = arguments.precision;
  options.device = device.str();
  options.threads = 1;
  return yamnet::load_backbone(arguments.weights, options);
}

extraction::ClipList clips_of(const Arguments& arguments) {
  extraction::ClipList clips;
  for (const auto& input : arguments.inputs) clips.add(input);
  if (!arguments.list.empty()) clips.add_lines_of(arguments.list);
  if (clips.size() == 0) throw UsageError("no input: name sound files or folders (embedder --help shows how)");
  clips.drop_repeated();
  if (!arguments.out_npy.empty()) clips.refuse_equal_output_names();
  return clips;
}

int embed(const Arguments& arguments) {
  if (arguments.info) return print_info(arguments);
  if (arguments.max_bad_clips > 0 && arguments.on_bad_clip != "skip") {
    throw UsageError("--max-bad-clips has no effect without --on-bad-clip skip: the first bad clip ends the program");
  }
  const auto clips = clips_of(arguments);
  const auto backbone = load_network(arguments);
  store::Store store(arguments.store);
  extraction::ExtractionOptions options;
  options.patch_hop_frames = arguments.patch_hop_frames;
  options.channels = audio::channels_named(arguments.channels);
  options.threads = arguments.common.threads;
  options.skip_bad_clips = arguments.on_bad_clip == "skip";
  options.max_bad_clips = arguments.max_bad_clips;
  const extraction::ClipSource source{clips.size(), [&](std::size_t index) {
                                        return extraction::ClipFile{clips.path(index), clips.path(index)};
                                      }};
  extraction::ClipResults results;
  const auto totals = extraction::extract(source, *backbone, store, options, results);

  for (std::size_t i = 0; !arguments.out_npy.empty() && i < clips.size(); ++i) {
    if (!results.good(i)) continue;
    extraction::write_npy_files(store, results.at(i).key, arguments.out_npy, clips.output_name(i));
  }
  if (arguments.json) {
    print_json(clips, results, totals);
  } else {
    std::puts(totals.summary().c_str());
  }
  if (totals.bad == totals.clip_count) throw DataError("every clip was bad; nothing embedded");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Turns sound files into YAMNet embeddings and keeps them in a store, so that nothing is computed twice.",
               "embedder"};
  Arguments arguments;
  declare(app, arguments);
  return apps::run_app(app, argc, argv, arguments.common, [&] { return embed(arguments); });
}
