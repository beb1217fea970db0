// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "finetuning/network_tail.h"
#include "heads/feature_set.h"
#include "ranks/group.h"
#include "training/settings.h"

#include <map>
#include <string>

namespace soundfold::training {

/// Everything that determines how a training continues, as name -> text: the options of head, objective, optimizer,
/// schedule, augmentation, training and early_stopping, with a trained backbone its options and imported values, the
/// seed, and the data (sizes and a digest of their bytes). training.epochs is left out for schedules that do not look
/// ahead (constant, reduce_on_plateau), so that a training can be made longer. The device is not in it: a training may
/// be resumed on another, where the last bits of its numbers differ.
using Fingerprint = std::map<std::string, std::string>;

/// The sets may be on any device.
Fingerprint make_fingerprint(const Settings& settings, const heads::FeatureSet& train,
                             const heads::FeatureSet& validation, std::int64_t class_count,
                             const finetuning::TailStart* tail = nullptr);

/// Throws UsageError naming a rank whose training is another than rank 0's, and what differs first. Null: nothing.
void check_same_training(ranks::Group* group, const Fingerprint& fingerprint);

/// What differs, in words: "training.batch_size was 32, is 16; ..."; empty when nothing does.
std::string differences(const Fingerprint& stored, const Fingerprint& now);

}  // namespace soundfold::training
