// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

/// head.append: backbone. The backbone's own classes, which a model's file holds in any case, are answered behind the
/// model's: YAMNet's 521 behind one's own.
namespace soundfold::runtime {

/// Key of a model's metadata, with the value "backbone".
inline constexpr const char* kAppendKey = "append";

/// Whether the model of this metadata answers the backbone's classes too.
bool appends_backbone(const nlohmann::json& metadata);

/// Throws UsageError that names `format`, which has the model's own classes alone, for a model that appends others.
void refuse_appended(const nlohmann::json& metadata, const std::string& format);

/// The names of both, `own` first. One of the backbone's that equals one before it but for case (name_key) gets
/// "backbone: " before it, again where that is taken too.
std::vector<std::string> with_backbone_classes(std::vector<std::string> own, const std::vector<std::string>& backbone);

}  // namespace soundfold::runtime
