// SPDX-License-Identifier: Apache-2.0
#include "heads/head.h"

#include "device/random_streams.h"
#include "heads/head_state.h"
#include "heads/prediction.h"
#include "heads/segments.h"
#include "support/errors.h"
#include "training/synthetic.h"
#include "training/trainer.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>

using namespace soundfold;
using heads::Head;
using heads::HeadSpec;

namespace {

HeadSpec spec_of(const std::string& pooling, std::vector<std::int64_t> hidden = {6}) {
  HeadSpec spec;
  spec.input_size = 5;
  spec.class_count = 3;
  spec.hidden = std::move(hidden);
  spec.pooling = choice_named<config::Pooling>(pooling).value();
  return spec;
}

/// A clip's logits worked out from its frames alone, with plain tensor operations.
torch::Tensor brute_force(Head& head, const torch::Tensor& frames) {
  const auto& spec = head->spec();
  auto x = spec.standardize ? (frames - head->input_mean()) / head->input_scale() : frames;
  if (spec.pooling == config::Pooling::window) return head->classify(x).mean(0);
  auto pooled = x.mean(0);
  if (spec.pooling == config::Pooling::mean_max) pooled = torch::cat({pooled, x.amax(0)});
  if (spec.pooling == config::Pooling::attention) {
    pooled = (x * torch::softmax(x.matmul(head->attention()->weight.t()), 0)).sum(0);
  }
  return head->classify(pooled.unsqueeze(0)).squeeze(0);
}

/// The slope of `loss` along one weight, by central differences in double.
double slope(const std::function<double()>& loss, torch::Tensor& parameter, std::int64_t index) {
  const torch::NoGradGuard no_gradients;
  constexpr double kStep = 1e-5;
  auto* value = parameter.data_ptr<double>() + index;
  const double kept = *value;
  *value = kept + kStep;
  const double above = loss();
  *value = kept - kStep;
  const double below = loss();
  *value = kept;
  return (above - below) / (2 * kStep);
}

}  // namespace

TEST_CASE("a clip's logits equal those worked out clip by clip", "[heads]") {
  const auto clips = testing::make_clips(23, 5, 3, 1);
  for (const std::string pooling : {"window", "mean", "mean_max", "attention"}) {
    for (const bool standardize : {false, true}) {
      auto spec = spec_of(pooling);
      spec.standardize = standardize;
      Head head(spec);
      head->fit_standardization(clips);
      head->eval();
      const auto predicted = heads::predict(head, clips, 9);
      REQUIRE(predicted.clip_logits.sizes() == torch::IntArrayRef({23, 3}));
      for (std::int64_t clip = 0; clip < clips.clip_count(); ++clip) {
        const auto first = clips.first_frame[clip].item<std::int64_t>();
        const auto frames = clips.features.slice(0, first, clips.first_frame[clip + 1].item<std::int64_t>());
        INFO(pooling << " clip " << clip);
        CHECK(torch::allclose(predicted.clip_logits[clip], brute_force(head, frames), 1e-5, 1e-6));
        CHECK(torch::allclose(predicted.frame_logits[first], brute_force(head, frames.narrow(0, 0, 1)), 1e-5, 1e-6));
      }
    }
  }
}

TEST_CASE("gradients of pooled heads agree with differences", "[heads]") {
  const auto clips = testing::make_clips(6, 5, 3, 2);
  const auto frames = clips.features.to(torch::kFloat64);
  for (const std::string pooling : {"window", "mean", "mean_max", "attention"}) {
    for (const std::string normalization : {"none", "layer", "batch"}) {
      auto spec = spec_of(pooling, {4});
      spec.activation = config::Activation::tanh;
      spec.normalization = choice_named<config::Normalization>(normalization).value();
      Head head(spec);
      head->to(torch::kFloat64);
      const auto loss = [&] {
        return torch::nll_loss(torch::log_softmax(head->clip_logits(frames, clips.segments()), 1), clips.targets);
      };
      loss().backward();
      for (auto& item : head->named_parameters()) {
        auto parameter = item.value();
        const auto index = parameter.numel() / 2;
        const auto numerical = slope([&] { return loss().item<double>(); }, parameter, index);
        INFO(pooling << " " << normalization << " " << item.key());
        const auto gradient = parameter.grad().defined() ? parameter.grad().flatten()[index].item<double>() : 0;
        CHECK(parameter.grad().defined() != (normalization == "batch" && item.key() == "linear0.bias"));
        CHECK(gradient == Approx(numerical).epsilon(1e-4).margin(1e-8));
      }
    }
  }
}

TEST_CASE("attention over very large scores stays finite", "[heads]") {
  const auto rows = torch::tensor({{1.0F}, {2.0F}, {5.0F}});
  const auto pooled = heads::Segments({2, 1}).softmax_mean(rows, torch::tensor({500.0F, -500.0F, 300.0F}));
  CHECK(torch::allclose(pooled, torch::tensor({{1.0F}, {5.0F}})));
}

TEST_CASE("activations and norms are the ones named", "[heads]") {
  const auto x = torch::linspace(-2, 2, 10).view({2, 5});
  for (const std::string activation : {"relu", "gelu", "tanh"}) {
    auto spec = spec_of("window");
    spec.activation = choice_named<config::Activation>(activation).value();
    Head head(spec);
    const auto apply = [&](std::size_t layer, const torch::Tensor& values) {
      const auto& linear = head->linears()[layer];
      return torch::linear(values, linear->weight, linear->bias);
    };
    const auto hidden = apply(0, x);
    const auto erf = 0.5 * hidden * (1 + torch::erf(hidden / std::sqrt(2.0)));
    const auto active = activation == "relu" ? hidden.clamp_min(0) : activation == "tanh" ? hidden.tanh() : erf;
    CHECK(torch::allclose(head->frame_logits(x), apply(1, active), 1e-5, 1e-6));
  }
  auto spec = spec_of("window", {6, 4});
  spec.normalization = config::Normalization::layer;
  CHECK(Head(spec)->layer_norms().size() == 2);
  spec.normalization = config::Normalization::batch;
  CHECK(Head(spec)->batch_norms().size() == 2);
}

TEST_CASE("weights start as Keras's Dense does", "[heads]") {
  HeadSpec spec;
  Head head(spec);
  const double limit = std::sqrt(6.0 / (1024 + 512));
  const auto& first = head->linears()[0];
  CHECK(first->weight.abs().max().item<double>() <= limit);
  CHECK(first->weight.abs().max().item<double>() > 0.99 * limit);
  CHECK(first->weight.mean().item<double>() == Approx(0).margin(0.001));
  CHECK(first->weight.var().item<double>() == Approx(limit * limit / 3).epsilon(0.01));
  CHECK(first->bias.abs().max().item<double>() == 0);
}

TEST_CASE("dropout keeps the mean, draws from its generator and is off in eval mode", "[heads]") {
  auto spec = spec_of("window", {2000});
  spec.dropout = 0.4;
  Head head(spec);
  const auto x = torch::ones({1, 5});
  const auto seeded = [&] {
    head->set_dropout_generator(make_generator(torch::kCPU, 3));
    return head->frame_logits(x);
  };
  head->train();
  const auto once = seeded();
  CHECK(torch::equal(once, seeded()));
  CHECK_FALSE(torch::equal(once, head->frame_logits(x)));
  head->eval();
  const auto without = head->frame_logits(x);
  CHECK(torch::equal(without, head->frame_logits(x)));
  head->train();
  auto sum = torch::zeros_like(without);
  for (int i = 0; i < 400; ++i) sum += head->classify(x).detach();
  // Averaged over draws, dropout before a ReLU layer raises values (it is convex): only the size is compared.
  CHECK((sum / 400 - without).abs().max().item<double>() < 0.5);
  auto linear = spec_of("window", {});
  linear.dropout = 0.9;
  Head plain(linear);
  plain->train();
  CHECK(torch::equal(plain->frame_logits(x), plain->frame_logits(x)));
}

TEST_CASE("standardisation gives mean 0 and deviation 1, and holds constants constant", "[heads]") {
  auto spec = spec_of("window", {});
  spec.standardize = true;
  Head head(spec);
  const auto clips = testing::make_clips(40, 5, 3, 4);
  auto frames = clips.features;
  frames.select(1, 2).fill_(0.1F);
  head->fit_standardization(clips);
  const auto x = head->pool(frames, {});
  CHECK(x.mean(0).abs().max().item<double>() < 1e-5);
  CHECK(x.std(0, false)[0].item<double>() == Approx(1));
  CHECK(head->held_constant() == 1);
  // What never varied in training says nothing when it varies later.
  auto later = frames.clone();
  later.select(1, 2).fill_(50);
  CHECK(head->pool(later, {}).select(1, 2).abs().max().item<double>() < 1e-20);
  CHECK(torch::equal(head->pool(later, {}).select(1, 1), x.select(1, 1)));
}

TEST_CASE("standardisation does not raise the rounding of nearly constant values", "[heads]") {
  auto spec = spec_of("window", {});
  spec.standardize = true;
  Head head(spec);
  const auto clips = testing::make_clips(40, 5, 3, 4);
  auto frames = clips.features;  // deviations near 1
  const auto set_deviation = [&](std::int64_t value, double deviation) {
    frames.select(1, value).mul_(deviation / frames.select(1, value).std(false).item<double>());
  };
  for (const std::int64_t value : {0, 1, 2}) set_deviation(value, 1);
  set_deviation(3, 1e-4);
  set_deviation(4, 0.02);
  const double typical = std::sqrt(3.0 / 5);  // root mean square of the five
  head->fit_standardization(clips);
  CHECK(head->held_constant() == 1);
  const auto x = head->pool(frames, {});
  CHECK(x.select(1, 1).std(false).item<double>() == Approx(1));
  CHECK(x.select(1, 3).abs().max().item<double>() < 1e-20);
  CHECK(x.select(1, 4).std(false).item<double>() == Approx(0.02 / (0.1 * typical)).epsilon(1e-3));
  // Two engines differ in the last bits of an embedding; no value may make more of that than the floor allows.
  const auto moved = head->pool(frames + 1e-6F, {});
  CHECK((moved - x).abs().max().item<double>() < 1.2 * 1e-6 / (0.1 * typical));
  // An average of such heads is such a head.
  Head average(spec);
  heads::copy_into(heads::head_state(*average), heads::head_state(*head));
  heads::move_average(*average, *head, 0.75);
  CHECK(average->held_constant() == 1);
}

TEST_CASE("logits of known classes that do not vary are ignored", "[heads]") {
  auto clips = testing::make_clips(23, 5, 3, 1);
  heads::KnownClasses known;
  known.kernel = torch::zeros({3, 4});
  known.kernel[0][1] = 1;
  known.kernel[1][1] = 1e-6;  // rounding, seen from afar
  known.bias = torch::zeros({3});
  known.mapped = torch::ones({3});
  Head head(heads::make_head_spec({}, 5, 3, &known));
  head->fit_known_classes(known, 1.0, clips);
  const auto gain = head->named_buffers()["known_gain"];
  CHECK(gain[0].item<double>() > 0);
  CHECK(gain[1].item<double>() == 0);
  CHECK(gain[2].item<double>() == 0);
}

TEST_CASE("the moving average follows its formula", "[heads]") {
  CHECK(heads::average_decay(0.99, 1) == Approx(2.0 / 11));
  CHECK(heads::average_decay(0.99, 100000) == 0.99);
  auto spec = spec_of("window");
  spec.normalization = config::Normalization::batch;
  Head average(spec), head(spec);
  const torch::NoGradGuard no_gradients;
  average->linears()[0]->bias.fill_(2);
  head->linears()[0]->bias.fill_(6);
  head->batch_norms()[0]->running_mean.fill_(4);
  head->batch_norms()[0]->num_batches_tracked.fill_(9);
  heads::move_average(*average, *head, 0.75);
  CHECK(average->linears()[0]->bias[0].item<double>() == 3);
  CHECK(average->batch_norms()[0]->running_mean[0].item<double>() == 1);
  CHECK(average->batch_norms()[0]->num_batches_tracked.item<std::int64_t>() == 9);
}

TEST_CASE("heads of sizes that do not fit are refused", "[heads]") {
  auto spec = spec_of("window");
  spec.known_inputs = spec.input_size + 1;
  CHECK_THROWS_AS(Head(spec), UsageError);
  spec = spec_of("window");
  spec.class_count = 0;
  CHECK_THROWS_AS(Head(spec), UsageError);
}

TEST_CASE("known classes add what the backbone says, standardised over the training data, and only after training",
          "[heads]") {
  const auto clips = testing::make_clips(23, 5, 3, 1);
  heads::KnownClasses known;
  auto generator = make_generator(torch::kCPU, 11);
  known.kernel = torch::randn({3, 4}, generator);  // over the first four of five values
  known.bias = torch::randn({3}, generator);
  known.mapped = torch::tensor({1.0F, 0.0F, 1.0F});
  for (const std::string pooling : {"window", "mean_max"}) {
    config::Head options;
    options.hidden = {6};
    options.pooling = choice_named<config::Pooling>(pooling).value();
    Head plain(heads::make_head_spec(options, 5, 3));
    Head head(heads::make_head_spec(options, 5, 3, &known));
    const auto seed = [] { return make_generator(torch::kCPU, 5); };
    plain->draw_weights(seed());
    head->draw_weights(seed());
    head->fit_known_classes(known, 1.5, clips);

    const auto added = heads::predict(head, clips).clip_logits - heads::predict(plain, clips).clip_logits;
    auto rows = torch::linear(clips.features.narrow(1, 0, 4), known.kernel, known.bias);
    if (pooling == "mean_max") rows = clips.segments().max(rows);
    auto expected = (rows - rows.mean(0)) / rows.std(0, false) * 1.5;
    if (pooling == "window") expected = clips.segments().mean(expected);
    for (const int known_class : {0, 2}) {
      CHECK(torch::allclose(added.select(1, known_class), expected.select(1, known_class), 1e-4, 1e-5));
    }
    CHECK(added.select(1, 1).abs().max().item<float>() == 0);
    CHECK(torch::equal(head->pool(clips.features, clips.segments()), plain->pool(clips.features, clips.segments())));
  }
}

TEST_CASE("known classes that do not fit the head are refused", "[heads]") {
  const auto clips = testing::make_clips(4, 5, 3, 1);
  heads::KnownClasses known;
  known.kernel = torch::zeros({3, 7});
  known.bias = torch::zeros({3});
  known.mapped = torch::ones({3});
  CHECK_THROWS_AS(Head(heads::make_head_spec({}, 5, 3, &known)), UsageError);  // 7 values of a frame of 5
  Head without(heads::make_head_spec({}, 5, 3));
  CHECK_THROWS_AS(without->fit_known_classes(known, 1, clips), UsageError);
  known.kernel = torch::zeros({3, 4});
  Head plain(heads::make_head_spec({}, 5, 3, &known));
  known.norm_epsilon = 1e-5;
  CHECK_THROWS_AS(plain->fit_known_classes(known, 1, clips), UsageError);
}

TEST_CASE("rms scaling treats the parts of a frame, and mean and maximum, each by itself", "[heads]") {
  auto spec = spec_of("mean_max");
  spec.scaling = config::Scaling::rms;
  spec.parts = {2, 3};
  CHECK(heads::part_sizes(spec) == std::vector<std::int64_t>{2, 3, 2, 3});
  Head head(spec);
  const auto clips = testing::make_clips(7, 5, 3, 2);
  const auto pooled = head->pool(clips.features, clips.segments());
  for (const auto& part : pooled.split_with_sizes({2, 3, 2, 3}, 1)) {
    CHECK(torch::allclose(part.square().mean(1), torch::ones({7}), 1e-5, 1e-6));
  }
  spec.parts = {2, 2};
  CHECK_THROWS_AS(Head(spec), UsageError);
}

TEST_CASE("rms scaling makes a head independent of the scale of its input", "[heads]") {
  for (const std::string pooling : {"window", "mean", "mean_max", "attention"}) {
    auto spec = spec_of(pooling);
    spec.scaling = config::Scaling::rms;
    Head head(spec);
    head->eval();
    auto clips = testing::make_clips(7, 5, 3, 2);
    const auto pooled = head->pool(clips.features, clips.segments());
    CHECK(torch::allclose(pooled.square().mean(1), torch::ones({pooled.size(0)}), 1e-5, 1e-6));
    if (pooling == "attention") continue;  // its weights change with the size
    const auto before = heads::predict(head, clips).clip_logits;
    clips.features = clips.features * 4;
    CHECK(torch::allclose(heads::predict(head, clips).clip_logits, before, 1e-4, 1e-5));
  }
}

TEST_CASE("streamed sets are joined, selected and predicted like those in memory", "[heads]") {
  const auto first = testing::make_clips(23, 5, 3, 1), second = testing::make_clips(7, 5, 3, 2);
  const auto streamed = testing::streamed(first);
  REQUIRE(streamed.frame_count() == first.frame_count());
  CHECK(streamed.width() == 5);
  const auto frames = torch::tensor({3, 0, 17, 3}, torch::kLong);
  CHECK(torch::equal(streamed.rows(frames), first.rows(frames)));

  std::vector<bool> wanted(23, false);
  for (const std::size_t clip : {1, 2, 8, 22}) wanted[clip] = true;
  const auto chosen = heads::select_clips(streamed, wanted), expected = heads::select_clips(first, wanted);
  CHECK(chosen.clip_ids == expected.clip_ids);
  const auto all = torch::arange(expected.frame_count(), torch::kLong);
  CHECK(torch::equal(chosen.rows(all), expected.features));

  // One source gives both halves, as one store does.
  const auto together = heads::joined(first, second);
  auto front = testing::streamed(together), back = front;
  std::vector<bool> is_first(30, false);
  std::fill_n(is_first.begin(), 23, true);
  front = heads::select_clips(front, is_first);
  is_first.flip();
  back = heads::select_clips(back, is_first);
  const auto joined = heads::joined(front, back);
  CHECK(torch::equal(joined.rows(torch::arange(together.frame_count(), torch::kLong)), together.features));
  CHECK_THROWS_AS(heads::joined(first, back), UsageError);

  std::int64_t next_clip = 0, next_frame = 0;
  streamed.for_each_run(4, 6, [&](const heads::ClipRun& run) {
    CHECK(run.first_clip == next_clip);
    CHECK(run.first_frame == next_frame);
    CHECK(run.counts.size() <= 4);
    CHECK((run.frames.size(0) <= 6 || run.counts.size() == 1));
    CHECK(torch::equal(run.frames, first.features.narrow(0, next_frame, run.frames.size(0))));
    next_clip += static_cast<std::int64_t>(run.counts.size());
    next_frame += run.frames.size(0);
  });
  CHECK(next_clip == 23);
  CHECK(next_frame == first.frame_count());

  Head head(spec_of("attention"));
  const auto a = heads::predict(head, first, 9), b = heads::predict(head, streamed, 9);
  CHECK(torch::equal(a.clip_logits, b.clip_logits));
  CHECK(torch::equal(a.frame_logits, b.frame_logits));
}
