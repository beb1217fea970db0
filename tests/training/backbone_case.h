// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "finetuning/network_tail.h"
#include "training/synthetic.h"
#include "training/variants.h"

namespace soundfold::testing {

/// A tiny network that is trained from that block on.
finetuning::TailStart tail_from(std::int64_t first_block, config::HeadInput input = config::HeadInput::embeddings);

/// Clips of log-mel patches, class 0 louder below and class 1 above, as maps at the cut before `first_block`.
heads::FeatureSet map_clips(std::int64_t clips, std::int64_t first_block, std::uint64_t seed);

/// small_settings() that train the last two blocks too.
training::Settings backbone_settings();

inline const Variant kBackboneVariants[] = {
    {"adam", [](auto&) {}},
    {"warm-up, layer decay, weight decay, cosine, clipping",
     [](auto& e) {
       e.optimizer.type = config::OptimizerType::adamw;
       e.optimizer.gradient_clip_norm = 1;
       e.schedule.type = config::ScheduleType::cosine;
       e.backbone.warmup_epochs = 2;
       e.backbone.layer_decay = 0.5;
       e.backbone.weight_decay = 0.1;
     }},
    {"mean and maximum, mixup, noise, dropout, average, standardised",
     [](auto& e) {
       e.head.pooling = config::Pooling::mean_max;
       e.head.dropout = 0.3;
       e.head.standardize = true;
       e.augmentation.mixup_alpha = 0.3;
       e.augmentation.noise_std = 0.1;
       e.training.ema_decay = 0.9;
     }},
    {"attention, sgd",
     [](auto& e) {
       e.head.pooling = config::Pooling::attention;
       e.optimizer.type = config::OptimizerType::sgd;
     }},
};

}  // namespace soundfold::testing
