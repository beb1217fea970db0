// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engines/backbone.h"
#include "weights/weights.h"

#include <functional>
#include <memory>
#include <string>

/// Private to this room.
namespace soundfold::engines::onednn {

/// A backbone of weights with a transformer; the processor allows options.precision. Throws UsageError for int8 and
/// for taps that are no blocks before the last.
std::unique_ptr<Backbone> transformer_backbone(weights::Weights weights, std::string digest,
                                               const BackboneOptions& options);

/// The same of weights with a MobileNet. Throws UsageError for other arithmetic than float32, and for taps.
std::unique_ptr<Backbone> mobilenet_backbone(weights::Weights weights, std::string digest,
                                             const BackboneOptions& options);

/// As engines::onednn_front().
std::unique_ptr<Backbone> transformer_front(const weights::Weights& weights, std::string digest, std::int64_t blocks);

/// Runs `body`; oneDNN's own errors, which name neither the precision nor the layer, become a DataError.
void with_its_errors(Precision precision, const std::function<void()>& body);

}  // namespace soundfold::engines::onednn
