// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "training/settings.h"

namespace soundfold::testing {

/// A change of small_settings().
struct Variant {
  const char* what;
  void (*change)(training::Settings&);
};

/// Between them every optimiser, schedule, pooling, norm, augmentation and objective; for three classes.
inline const Variant kTrainingVariants[] = {
    {"adam", [](auto&) {}},
    {"adamw, cosine, warm-up, clipping",
     [](auto& e) {
       e.optimizer.type = config::OptimizerType::adamw;
       e.optimizer.weight_decay = 0.05;
       e.optimizer.gradient_clip_norm = 0.5;
       e.schedule.type = config::ScheduleType::cosine;
       e.schedule.warmup_epochs = 1.5;
     }},
    {"sgd, one cycle",
     [](auto& e) {
       e.optimizer.type = config::OptimizerType::sgd;
       e.schedule.type = config::ScheduleType::one_cycle;
     }},
    {"plateau on a rate that is too high",
     [](auto& e) {
       e.optimizer.learning_rate = 0.3;
       e.schedule.type = config::ScheduleType::reduce_on_plateau;
       e.schedule.plateau_patience = 1;
       e.early_stopping.patience = 50;
     }},
    {"dropout, noise, mixup, smoothing",
     [](auto& e) {
       e.head.dropout = 0.4;
       e.augmentation.noise_std = 0.3;
       e.augmentation.mixup_alpha = 0.3;
       e.objective.label_smoothing = 0.1;
       e.objective.class_weights = config::ClassWeights::balanced;
     }},
    {"moving average, batch norm, standardised",
     [](auto& e) {
       e.training.ema_decay = 0.95;
       e.head.normalization = config::Normalization::batch;
       e.head.standardize = true;
       e.head.hidden = {8, 6};
     }},
    {"attention, dropout, average, validation accuracy",
     [](auto& e) {
       e.head.pooling = config::Pooling::attention;
       e.head.dropout = 0.2;
       e.training.ema_decay = 0.9;
       e.early_stopping.monitor = config::Metric::validation_clip_accuracy;
       e.early_stopping.patience = 2;
     }},
    {"a linear head on pooled and scaled vectors",
     [](auto& e) {
       e.head.hidden = {};
       e.head.pooling = config::Pooling::mean;
       e.head.scaling = config::Scaling::rms;
     }},
    {"gelu, layer norm, standardised windows, given weights",
     [](auto& e) {
       e.head.activation = config::Activation::gelu;
       e.head.normalization = config::Normalization::layer;
       e.head.standardize = true;
       e.objective.class_weights = config::ClassWeights::given;
       e.objective.class_weight_values = {1, 2, 0.5};
     }},
    {"mean and maximum, mixup, focal, last state kept",
     [](auto& e) {
       e.head.pooling = config::Pooling::mean_max;
       e.head.normalization = config::Normalization::layer;
       e.augmentation.mixup_alpha = 0.5;
       e.objective.type = config::Loss::focal;
       e.early_stopping.restore_best = false;
     }},
};

}  // namespace soundfold::testing
