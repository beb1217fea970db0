// SPDX-License-Identifier: Apache-2.0
// stage_times: the processor time of each stage of cold extraction by itself, over a list of files. Each stage runs
// over a block of clips before the next begins, so that none is disturbed by another's use of the caches.

#include "audio/waveform.h"
#include "device/device.h"
#include "extraction/clip_list.h"
#include "extraction/extraction.h"
#include "frontend/log_mel.h"
#include "frontend/patch_stream.h"
#include "support/hashing.h"
#include "yamnet/load_backbone.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>

using namespace soundfold;

namespace {

constexpr std::size_t kBlock = 64;  // clips; also the records of one write, as in extraction
constexpr std::size_t kPatchValues = frontend::kPatchValues;

struct Seconds {
  double hash = 0, decode = 0, front_end = 0, network = 0, store = 0;
};

/// What is known of the clips of one block after a stage.
struct Block {
  std::vector<std::string> paths;
  std::vector<std::string> digests;
  std::vector<std::vector<float>> waveforms;
  std::vector<float> patches;
  std::vector<store::Store::Record> records;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <typename Work>
void timed(double& seconds, Work work) {
  const double start = cpu_seconds();
  work();
  seconds += cpu_seconds() - start;
}

void find_patches(Block& block, frontend::LogMel& log_mel) {
  for (std::size_t i = 0; i < block.paths.size(); ++i) {
    auto& value = block.records[i].value;
    const auto keep = [&](const frontend::Patch& patch) {
      block.patches.insert(block.patches.end(), patch.log_mel, patch.log_mel + kPatchValues);
      value.level_dbfs.push_back(patch.level_dbfs);
      ++value.patch_count;
    };
    frontend::PatchStream stream(log_mel, keep);
    stream.push(block.waveforms[i].data(), block.waveforms[i].size());
    stream.finish();
    value.sample_count = stream.sample_count();
  }
}

void embed(Block& block, engines::Backbone& network) {
  const auto count = static_cast<std::int64_t>(block.patches.size() / kPatchValues);
  const std::int64_t width = network.embedding_size(), classes = network.class_count();
  std::vector<float> embeddings(static_cast<std::size_t>(count * width));
  std::vector<float> scores(static_cast<std::size_t>(count * classes));
  for (std::int64_t at = 0; at < count; at += network.preferred_batch()) {
    network.run(block.patches.data() + at * static_cast<std::int64_t>(kPatchValues),
                std::min(network.preferred_batch(), count - at), embeddings.data() + at * width,
                scores.data() + at * classes);
  }
  const float *embedding = embeddings.data(), *score = scores.data();
  for (auto& [key, value, part, checksums] : block.records) {
    value.embedding_size = width;
    value.score_count = classes;
    value.embeddings.assign(embedding, embedding + value.patch_count * width);
    value.scores.assign(score, score + value.patch_count * classes);
    embedding += value.patch_count * width;
    score += value.patch_count * classes;
  }
}

void process(Block& block, engines::Backbone& network, frontend::LogMel& log_mel, store::Store& store,
             Seconds& seconds) {
  timed(seconds.hash, [&] {
    for (const auto& path : block.paths) block.digests.push_back(hash_file(HashKind::xxh3_128, path));
  });
  const std::string recipe = extraction::recipe_for(network, {}).digest();
  for (const auto& digest : block.digests) block.records.push_back({digest + "-" + recipe, {}});
  timed(seconds.decode, [&] {
    for (const auto& path : block.paths) block.waveforms.push_back(audio::load_waveform(path));
  });
  timed(seconds.front_end, [&] { find_patches(block, log_mel); });
  timed(seconds.network, [&] { embed(block, network); });
  timed(seconds.store, [&] { store.write(block.records); });
}

struct Arguments {
  std::string weights, store, list, precision = "int8";
};

void measure(const Arguments& arguments) {
  use_one_torch_thread();
  extraction::ClipList clips;
  clips.add_lines_of(arguments.list);
  engines::BackboneOptions options;
  options.precision = choice_named<engines::Precision>(arguments.precision).value();
  options.threads = 1;
  const auto network = yamnet::load_backbone(arguments.weights, options);
  store::Store store(arguments.store);
  frontend::LogMel log_mel;
  Seconds seconds;
  for (std::size_t first = 0; first < clips.size(); first += kBlock) {
    Block block;
    const std::size_t end = std::min(first + kBlock, clips.size());
    for (std::size_t i = first; i < end; ++i) block.paths.push_back(clips.path(i));
    process(block, *network, log_mel, store, seconds);
  }
  std::printf(
      "{\"hash\": %.4f, \"decode and resample\": %.4f, \"front end\": %.4f, \"network\": %.4f, \"store\": %.4f}\n",
      seconds.hash, seconds.decode, seconds.front_end, seconds.network, seconds.store);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Prints the processor seconds of each stage of cold extraction by itself, as JSON.", "stage_times"};
  Arguments arguments;
  app.add_option("--weights", arguments.weights, "A yamnet.pt")->required();
  app.add_option("--store", arguments.store, "Folder of a new store")->required();
  app.add_option("--list", arguments.list, "Text file with one sound file a line")->required();
  app.add_option("--precision", arguments.precision, "Of the network")
      ->capture_default_str()
      ->check(CLI::IsMember(choice_names<engines::Precision>()));
  CLI11_PARSE(app, argc, argv);
  try {
    measure(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stage_times: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
