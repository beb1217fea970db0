// SPDX-License-Identifier: Apache-2.0
// embedder: sound files into YAMNet embeddings, kept in a store and, optionally, written as .npy files.

#include "clip_search/store_search.h"
#include "command_line/program.h"
#include "device/device.h"
#include "engines/torchscript_engine.h"
#include "extraction/report.h"
#include "frontend/recipe.h"
#include "sharding/environment.h"
#include "sharding/run_shard.h"
#include "shards/landed.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "support/threads.h"
#include "tar_shards/streamed_clips.h"
#include "yamnet/load_backbone.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  embedder --weights data/yamnet.pt --store data/embeddings data/esc50/audio
  embedder --weights data/yamnet.pt --store data/embeddings --out-npy out bark.wav recordings/
  embedder --weights data/yamnet.pt --store data/embeddings --list files.txt --on-bad-clip skip --json
  embedder --weights data/yamnet.pt --store data/embeddings 'shards/shard-{000000..000009}.tar'   # sounds in tars
  embedder --weights data/yamnet.pt --store data/embeddings s3://sounds/shard-000000.tar https://example.org/bark.wav
  embedder --store data/embeddings --like bark.wav --top 20 --page like_bark.html   # the nearest clips of the store
  embedder --shard 3/8 --store shards --list files.txt    # the fourth of eight parts, on any of several machines
  embedder --shard env --store shards --list files.txt    # the part that Slurm, Kubernetes, torchrun or mpirun names
  embedder --missing --store shards                       # which parts are missing or damaged: exit code 1
  embedder --missing --redo --store shards --list files.txt

The second run over the same files takes everything from the store. Exit codes: 0 done, 1 failure, or shards missing or
damaged, 2 wrong usage, 130 interrupted (what was done is stored; the same command resumes from there).)";

struct Arguments {
  command_line::CommonOptions common;
  std::string weights = "data/yamnet.pt";
  std::string store = "data/embeddings";
  std::vector<std::string> inputs;
  std::string list;
  std::string out_npy;
  std::string out_safetensors;
  std::string engine = "auto";
  std::string precision = "float32";
  extraction::ExtractionOptions options;  ///< a hop of 0: the network's own
  std::string channels = "mean";
  std::string on_bad_clip = "fail";
  bool json = false;
  clip_search::SearchRequest search;
  std::string shard;
  bool missing = false;
  bool redo = false;
  std::string scratch = sharding::default_scratch().string();
  std::string heartbeat;
  double heartbeat_s = 10;
  std::vector<const CLI::Option*> for_shards;  ///< options for making shards alone
  tar_shards::StreamedOptions streams;
  std::string labels;
};

void declare_shards(CLI::App& app, Arguments& arguments, CLI::Option* like) {
  auto* shard =
      app.add_option("--shard", arguments.shard,
                     "Embed one part of the list, I/N with I from 0 to N - 1, into the folder of shards that "
                     "--store names; env: the part that Slurm, Kubernetes, torchrun or mpirun gave this process")
          ->excludes(like);
  auto* missing = app.add_flag("--missing", arguments.missing,
                               "Check all shards of the folder that --store names: which have not landed, or have a "
                               "manifest or a store file that is damaged")
                      ->excludes(shard)
                      ->excludes(like);
  app.add_flag("--redo", arguments.redo, "With --missing: make those shards; needs the list again")->needs(missing);
  arguments.for_shards = {
      app.add_option("--scratch", arguments.scratch,
                     "Folder on a local disk for a shard until it has landed; not given: TMPDIR")
          ->capture_default_str(),
      app.add_option(
          "--heartbeat", arguments.heartbeat,
          "Append a line of JSON to this file now and then: shard, clips done and bad, clips/s; -: print it"),
      app.add_option("--heartbeat-s", arguments.heartbeat_s, "Seconds between these lines")
          ->capture_default_str()
          ->check(CLI::Range(0.01, 86'400.0))};
  for (auto* other : {shard, missing, like}) other->excludes("--labels")->excludes("--allow-http");
}

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option(
      "INPUT", arguments.inputs,
      "Sound files, folders to look through for them, tars of them (.tar, .tar.gz, .tar.zst), and addresses of "
      "files and tars (https://..., s3://bucket/key); ranges as in 'shard-{000..099}.tar'");
  app.add_option("--weights", arguments.weights, "The network, as importer writes it")->capture_default_str();
  app.add_option("--store", arguments.store, "Folder of the embedding store; made when missing")->capture_default_str();
  app.add_option("--list", arguments.list, "Text file with further inputs, one path a line");
  app.add_option("--out-npy", arguments.out_npy, "Also write NAME.embeddings.npy and NAME.scores.npy into this folder");
  app.add_option("--out-safetensors", arguments.out_safetensors,
                 "Also write NAME.safetensors, with the tensors embeddings and scores, into this folder");
  app.add_option("--patch-hop-frames", arguments.options.patch_hop_frames,
                 "Frames (YAMNet: of 10 ms) from one window to the next; not given: the network's own (YAMNet: 48)")
      ->check(CLI::Range(1, frontend::kMaxPatchHopFrames));
  app.add_option("--engine", arguments.engine, "Engine that runs the network: auto, onednn, torchscript")
      ->capture_default_str()
      ->check(CLI::IsMember(choice_names<engines::Engine>()));
  app.add_option("--precision", arguments.precision,
                 "Arithmetic of the network: auto (float32), float32, bfloat16, int8 (of TFLite weights)")
      ->capture_default_str()
      ->check(CLI::IsMember(choice_names<engines::Precision>()));
  app.add_option("--channels", arguments.channels,
                 "How a file of several channels becomes mono: mean, left, right, loudest")
      ->capture_default_str()
      ->check(CLI::IsMember({"mean", "left", "right", "loudest"}));
  app.add_option("--on-bad-clip", arguments.on_bad_clip, "What to do with an unreadable file: fail, or skip it")
      ->capture_default_str()
      ->check(CLI::IsMember({"fail", "skip"}));
  app.add_option("--max-bad-clips", arguments.options.max_bad_clips,
                 "With skip: fail after more than this many; 0: no limit")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40));
  app.add_option("--labels", arguments.labels,
                 "Also write path and label of the sounds in tars to this CSV, from their .cls, .txt or .json");
  app.add_flag("--allow-http", arguments.streams.allow_http,
               "Take http:// addresses of other machines too, which nothing protects");
  auto* like =
      app.add_option("--like", arguments.search.like,
                     "Print the clips of the store that are most like this sound file, and embed nothing else; "
                     "inputs then only name clips that were moved");
  app.add_option("--top", arguments.search.top, "With --like: how many clips")
      ->capture_default_str()
      ->needs(like)
      ->check(CLI::Range(1, 100'000));
  app.add_option("--page", arguments.search.page, "With --like: also write a page to this file (HTML), to hear them")
      ->needs(like);
  app.add_flag("--json", arguments.json, "Print the result as JSON");
  declare_shards(app, arguments, like);
  command_line::add_common_options(app, arguments.common, true);
  app.footer(kExamples);
}

/// The workers are the threads; within one worker the network keeps to its own. Its hop is taken where none was given.
std::unique_ptr<engines::Backbone> load_network(Arguments& arguments) {
  use_one_torch_thread();
  const auto device = use_device(arguments.common.device);
  logger().info("device: {}", describe_device(device, thread_count(arguments.common.threads)));
  engines::BackboneOptions network;
  network.engine = choice_named<engines::Engine>(arguments.engine).value();
  network.precision = choice_named<engines::Precision>(arguments.precision).value();
  network.device = engines::device_of(device);
  network.threads = 1;
  auto backbone = yamnet::load_backbone(arguments.weights, network);
  auto& hop = arguments.options.patch_hop_frames;
  if (hop == 0) hop = backbone->input().patch_hop_frames;
  return backbone;
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
}

bool writes_files(const Arguments& arguments) {
  return !arguments.out_npy.empty() || !arguments.out_safetensors.empty();
}

int search_like(Arguments& arguments) {
  auto& request = arguments.search;
  request.store = arguments.store;
  request.inputs = arguments.inputs;
  request.list = arguments.list;
  request.json = arguments.json;
  if (writes_files(arguments)) throw UsageError("--out-npy and --out-safetensors have no effect with --like");
  const auto backbone = load_network(arguments);
  return clip_search::search_store(request, *backbone, arguments.options);
}

extraction::ClipList clips_of(const Arguments& arguments) {
  auto clips = extraction::listed_clips(arguments.inputs, arguments.list);
  if (clips.size() == 0) throw UsageError("no input: name sound files or folders (embedder --help shows how)");
  return clips;
}

/// The clips that shards are made of: each is known by its path before it is read.
extraction::ClipList files_of(const Arguments& arguments) {
  auto files = clips_of(arguments);
  if (tar_shards::has_streams(files)) {
    throw UsageError(
        "--shard takes sound files; of tars and addresses give each machine its own, such as "
        "'s-{000..099}.tar', with its own --store, and join the stores by `store merge`");
  }
  return files;
}

sharding::ShardOptions shard_options(const Arguments& arguments) {
  if (writes_files(arguments)) {
    throw UsageError(
        "--out-npy and --out-safetensors have no effect with shards; when all have landed, embedder --store " +
        arguments.store + " --out-npy FOLDER writes the files");
  }
  sharding::ShardOptions options;
  options.folder = arguments.store;
  options.scratch = arguments.scratch;
  options.extraction = arguments.options;
  options.heartbeat_interval = std::chrono::milliseconds(std::llround(arguments.heartbeat_s * 1000));
  options.heartbeat = sharding::lines_to(arguments.heartbeat);
  return options;
}

int embed_shard(Arguments& arguments) {
  const auto shard = sharding::shard_named(arguments.shard);
  const auto clips = files_of(arguments);
  const auto backbone = load_network(arguments);
  const auto outcome = sharding::run_shard(clips, shard, *backbone, shard_options(arguments));
  print(arguments.json ? outcome.json() : outcome.summary(arguments.store) + "\n");
  return 0;
}

void redo(Arguments& arguments, const shards::Survey& before) {
  const auto clips = files_of(arguments);
  const auto backbone = load_network(arguments);
  auto options = shard_options(arguments);
  options.again = true;
  for (const auto& problem : before.problems) {
    logger().info("shard {}/{}: {}", problem.index, before.plan.shards, problem.problem);
    const auto outcome = sharding::run_shard(clips, {problem.index, before.plan.shards}, *backbone, options);
    logger().info("{}", outcome.summary(arguments.store));
  }
}

int check_shards(Arguments& arguments) {
  const auto look = [&] { return shards::survey(arguments.store, shards::Depth::bytes, arguments.common.threads); };
  auto survey = look();
  if (arguments.redo && !survey.problems.empty()) {
    redo(arguments, survey);
    survey = look();
  }
  print(arguments.json ? shards::survey_json(arguments.store, survey) : shards::survey_text(arguments.store, survey));
  return survey.problems.empty() ? 0 : 1;
}

int embed(Arguments& arguments) {
  auto& options = arguments.options;
  options.channels = audio::channels_named(arguments.channels);
  options.threads = arguments.common.threads;
  options.skip_bad_clips = arguments.on_bad_clip == "skip";
  if (options.max_bad_clips > 0 && !options.skip_bad_clips) {
    throw UsageError("--max-bad-clips has no effect without --on-bad-clip skip: the first bad clip ends the program");
  }
  for (const auto* option : arguments.for_shards) {
    if (option->count() == 0 || arguments.redo || !arguments.shard.empty()) continue;
    throw UsageError(option->get_name() + " has no effect without --shard or --redo; leave it out");
  }
  if (!arguments.search.like.empty()) return search_like(arguments);
  if (arguments.missing) return check_shards(arguments);
  if (!arguments.shard.empty()) return embed_shard(arguments);
  const auto inputs = clips_of(arguments);
  if (writes_files(arguments)) inputs.refuse_equal_output_names();
  if (arguments.streams.allow_http && !tar_shards::has_addresses(inputs)) {
    throw UsageError("--allow-http has no effect without an address; leave it out");
  }
  arguments.streams.labels = !arguments.labels.empty();
  std::optional<tar_shards::StreamedClips> streamed;
  if (tar_shards::has_streams(inputs)) streamed.emplace(inputs, arguments.streams);
  if (!arguments.labels.empty() && !streamed) throw UsageError("--labels has no effect without a tar; leave it out");
  const auto backbone = load_network(arguments);
  store::Store store(arguments.store);
  extraction::ClipResults results;
  const auto source = streamed ? streamed->source() : extraction::source_of(inputs);
  const auto totals = extraction::extract(source, *backbone, store, options, results);
  const auto& clips = streamed ? streamed->clips() : inputs;
  if (!arguments.labels.empty()) write_file_atomically(arguments.labels, streamed->labels_csv());
  if (writes_files(arguments) && streamed) clips.refuse_equal_output_names();
  if (!arguments.out_npy.empty()) extraction::write_npy_files(store, clips, results, arguments.out_npy);
  if (!arguments.out_safetensors.empty()) {
    extraction::write_safetensors_files(store, clips, results, arguments.out_safetensors);
  }
  if (arguments.json) {
    extraction::write_json(clips, results, totals, print);
  } else {
    print(totals.summary() + "\n");
  }
  if (totals.bad == totals.clip_count) throw DataError("every clip was bad; nothing embedded");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Turns sound files into YAMNet embeddings and keeps them in a store, so that nothing is computed twice.",
               "embedder"};
  Arguments arguments;
  arguments.options.patch_hop_frames = 0;
  declare(app, arguments);
  return command_line::run_app(app, argc, argv, arguments.common, [&] { return embed(arguments); });
}
