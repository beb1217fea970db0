// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audio/waveform.h"
#include "config/losses.h"
#include "dataset/dataset.h"
#include "engines/compute_type.h"
#include "head_spec/choices.h"
#include "text/choice.h"

#include <tuple>

/// Options with a fixed list of values, each an enum, and how the values are written. Layouts, channels, losses,
/// engines, precisions and the forms of a head have their names where they are declared.
namespace soundfold::config {

using audio::Channels;     // data.channels
using engines::Engine;     // backbone.engine
using engines::Precision;  // backbone.precision

using head_spec::Activation;     // head.activation
using head_spec::Append;         // head.append
using head_spec::HeadInput;      // head.input
using head_spec::Normalization;  // head.normalization
using head_spec::Pooling;        // head.pooling
using head_spec::Scaling;        // head.scaling

/// The program that an experiment is for: the one that trains classifiers, or the one that trains smaller backbones.
enum class Program { trainer, distiller };
using Layout = dataset::Layout;  // data.layout
enum class BadClips { fail, skip };
enum class ProtocolType { fixed, cross_validation };
enum class FoldSource { data, sources, each_source };
enum class ValidationFold { none, previous, next };
enum class FinalModel { none, all_folds };
enum class TrainedPart { none, last_blocks, all };
enum class SilentUse { keep, drop, weight };
enum class SilenceMeasure { level, score };
enum class ClassWeights { none, balanced, given };
enum class Sampling { shuffled, balanced };
enum class StudentInit { random, teacher };
enum class OptimizerType { adam, adamw, sgd };
enum class ScheduleType { constant, cosine, one_cycle, reduce_on_plateau };
enum class ReportAudio { embed, link, none };
enum class Metric { loss, accuracy, validation_loss, validation_accuracy, validation_clip_accuracy };
enum class MonitorMode { automatic, min, max };

/// How values are written in YAML, messages and every file: one row for each enum, with its options.
inline constexpr std::tuple kNames{
    ChoiceNames<Program>{{"trainer", "distiller"}},               // no option: who reads the file
    ChoiceNames<BadClips>{{"fail", "skip"}},                      // data.on_bad_clip
    ChoiceNames<ProtocolType>{{"fixed", "cross_validation"}},     // protocol.type
    ChoiceNames<FoldSource>{{"data", "sources", "each_source"}},  // protocol.folds_from
    ChoiceNames<ValidationFold>{{"none", "previous", "next"}},    // protocol.validation
    ChoiceNames<FinalModel>{{"none", "all_folds"}},               // protocol.final_model
    ChoiceNames<TrainedPart>{{"none", "last_blocks", "all"}},     // backbone.train
    ChoiceNames<SilentUse>{{"keep", "drop", "weight"}},           // silence.windows
    ChoiceNames<SilenceMeasure>{{"level", "score"}},              // silence.measure
    ChoiceNames<ClassWeights>{{"none", "balanced", "given"}},     // objective.class_weights
    ChoiceNames<Sampling>{{"shuffled", "balanced"}},              // training.sampling
    ChoiceNames<StudentInit>{{"random", "teacher"}},              // student.init
    ChoiceNames<OptimizerType>{{"adam", "adamw", "sgd"}},         // optimizer.type
    ChoiceNames<ScheduleType>{{"constant", "cosine", "one_cycle", "reduce_on_plateau"}},  // schedule.type
    ChoiceNames<Metric>{{"loss", "accuracy", "validation_loss", "validation_accuracy",    // early_stopping.monitor and
                         "validation_clip_accuracy"}},                                    // sweep.metric
    ChoiceNames<ReportAudio>{{"embed", "link", "none"}},                                  // report.audio
    ChoiceNames<MonitorMode>{{"auto", "min", "max"}},                                     // early_stopping.mode
};

/// The row of an enum, for text/choice.h.
template <typename Enum>
constexpr const ChoiceNames<Enum>& choice_names_of(Enum) {
  return std::get<ChoiceNames<Enum>>(kNames);
}

}  // namespace soundfold::config
