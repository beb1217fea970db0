// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/compute_type.h"
#include "runtime/classifier.h"
#include "runtime/model_file.h"

#include <filesystem>
#include <memory>

namespace soundfold::runtime {

/// A classifier from a model file, on the processor, without LibTorch; passes work on the thread that calls them alone.
/// Throws DataError as read_model_file, and when the engine cannot run the network; UsageError when the processor or
/// the weights do not allow `precision`.
std::unique_ptr<Classifier> load_classifier(const std::filesystem::path& path,
                                            engines::Precision precision = engines::Precision::float32);

/// The same of a model in memory; `name` stands for it in messages.
std::unique_ptr<Classifier> classifier_of(ModelFile model, const std::string& name,
                                          engines::Precision precision = engines::Precision::float32);

}  // namespace soundfold::runtime
