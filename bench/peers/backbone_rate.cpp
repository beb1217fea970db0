// SPDX-License-Identifier: Apache-2.0
// Patches per second of one of our engines, the way onnx_backbone.mjs measures ONNX Runtime: one JSON line per batch
// size, or with --out the embeddings of all patches. Each thread has its own share of the backbone.
#include "device/device.h"
#include "support/errors.h"
#include "support/files.h"
#include "yamnet/load_backbone.h"

#include <CLI/CLI.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <thread>

using namespace soundfold;

namespace {

constexpr std::int64_t kPatchValues = std::int64_t{96} * 64;

struct Arguments {
  std::string weights, patches, out;
  std::string engine = "auto", precision = "float32";
  int threads = 1;
  std::vector<std::int64_t> batches{1, 10, 32};
  double seconds = 1;
};

std::vector<float> read_floats(const std::string& file) {
  const auto bytes = read_file(file);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

double now_s(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Runs batches over and over until `until`, after three to warm up. Returns the patches done.
class Worker {
 public:
  Worker(engines::Backbone& backbone, const std::vector<float>& patches, std::int64_t batch)
      : backbone_(backbone),
        patches_(patches),
        batch_(batch),
        embeddings_(static_cast<std::size_t>(batch * backbone.embedding_size())),
        scores_(static_cast<std::size_t>(batch * backbone.class_count())) {}

  void run_once() {
    backbone_.run(patches_.data() + first_ * kPatchValues, batch_, embeddings_.data(), scores_.data());
    const auto available = static_cast<std::int64_t>(patches_.size()) / kPatchValues;
    first_ = first_ + 2 * batch_ <= available ? first_ + batch_ : 0;
  }

  std::int64_t run_until(double end_s) {
    std::int64_t done = 0;
    for (; now_s(CLOCK_MONOTONIC) < end_s; done += batch_) run_once();
    return done;
  }

 private:
  engines::Backbone& backbone_;
  const std::vector<float>& patches_;
  std::int64_t batch_, first_ = 0;
  std::vector<float> embeddings_, scores_;
};

void measure(const std::vector<std::unique_ptr<engines::Backbone>>& shares, const std::vector<float>& patches,
             std::int64_t batch, double seconds) {
  std::atomic<int> warm{0};
  std::atomic<std::int64_t> done{0};
  std::atomic<double> start_s{0}, cpu_s{0};
  const auto work = [&](engines::Backbone& backbone) {
    use_one_torch_thread();
    Worker worker(backbone, patches, batch);
    for (int i = 0; i < 3; ++i) worker.run_once();
    if (++warm == static_cast<int>(shares.size())) {
      cpu_s = now_s(CLOCK_PROCESS_CPUTIME_ID);
      start_s = now_s(CLOCK_MONOTONIC);
    }
    while (start_s == 0) std::this_thread::yield();
    done += worker.run_until(start_s + seconds);
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < shares.size(); ++i) threads.emplace_back([&, i] { work(*shares[i]); });
  work(*shares[0]);
  for (auto& thread : threads) thread.join();
  const double elapsed = now_s(CLOCK_MONOTONIC) - start_s, used = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_s;
  const auto count = static_cast<double>(done);
  std::printf("{\"batch\": %lld, \"patches_per_s\": %.2f, \"cpu_s_per_patch\": %.9f}\n", static_cast<long long>(batch),
              count / elapsed, used / count);
}

void write_embeddings(engines::Backbone& backbone, const std::vector<float>& patches, const std::string& file) {
  const auto count = static_cast<std::int64_t>(patches.size()) / kPatchValues;
  std::vector<float> embeddings(static_cast<std::size_t>(count * backbone.embedding_size()));
  std::vector<float> scores(static_cast<std::size_t>(count * backbone.class_count()));
  backbone.run(patches.data(), count, embeddings.data(), scores.data());
  write_file_atomically(
      file, std::string_view(reinterpret_cast<const char*>(embeddings.data()), embeddings.size() * sizeof(float)));
}

int run(const Arguments& arguments) {
  use_one_torch_thread();
  const auto patches = read_floats(arguments.patches);
  const auto available = static_cast<std::int64_t>(patches.size()) / kPatchValues;
  std::vector<std::unique_ptr<engines::Backbone>> shares;
  engines::BackboneOptions options;
  options.engine = choice_named<engines::Engine>(arguments.engine).value();
  options.precision = choice_named<engines::Precision>(arguments.precision).value();
  shares.push_back(yamnet::load_backbone(arguments.weights, options));
  for (int i = 1; i < arguments.threads; ++i) shares.push_back(shares[0]->share());
  if (!arguments.out.empty()) {
    write_embeddings(*shares[0], patches, arguments.out);
    return 0;
  }
  for (const auto batch : arguments.batches) {
    if (batch < 1 || batch > available) throw UsageError("--batches: 1 to " + std::to_string(available));
    measure(shares, patches, batch, arguments.seconds);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Patches per second of an engine", "backbone_rate");
  Arguments arguments;
  app.add_option("--weights", arguments.weights, "A yamnet.pt")->required();
  app.add_option("--patches", arguments.patches, "Little-endian float32 patches of 96 x 64")->required();
  app.add_option("--out", arguments.out, "Write the embeddings of all patches here instead of measuring");
  app.add_option("--engine", arguments.engine)->check(CLI::IsMember(choice_names<engines::Engine>()));
  app.add_option("--precision", arguments.precision)->check(CLI::IsMember(choice_names<engines::Precision>()));
  app.add_option("--threads", arguments.threads)->check(CLI::Range(1, 256));
  app.add_option("--batches", arguments.batches)->delimiter(',');
  app.add_option("--seconds", arguments.seconds, "Per batch size")->check(CLI::Range(0.01, 1000.0));
  CLI11_PARSE(app, argc, argv);
  return run_program("backbone_rate", [&] { return run(arguments); });
}
