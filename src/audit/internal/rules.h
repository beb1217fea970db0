// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "audit/findings.h"
#include "search/nearest.h"

#include <string>
#include <vector>

namespace soundfold::audit {

/// The ten nearest clips of each, by the cosine of standardized means.
using Neighbours = std::vector<std::vector<search::Neighbour>>;
inline constexpr std::size_t kNeighbours = 10;

// Each adds what it finds to `found.list`; docs/audit.md explains the rules.

/// Unreadable files, and files of the same bytes.
void find_equal_files(const Material& material, Findings& found);

/// Pairs of nearly equal embeddings.
void find_near_duplicates(const Material& material, const Neighbours& nearest, Findings& found);

/// Clips whose neighbours have another label.
void find_label_suspects(const Material& material, const Neighbours& nearest, Findings& found);

/// Silence, clipping, DC offset, band limits, rare formats; fills `found.classes`.
void find_in_sounds(const Material& material, Findings& found);

/// Classes that a rule on length, padding or format finds.
void find_class_rules(const Material& material, Findings& found);

/// Whether a clip's embeddings are known.
bool has_embedding(const Material& material, std::size_t clip);

/// The clip as a row path,label,fold,source of a manifest, with other labels, fold or source.
std::string manifest_row(const dataset::Dataset& data, const dataset::Clip& clip);

/// "'a.wav' (dog, fold 2)".
std::string clip_text(const Material& material, std::size_t clip);

}  // namespace soundfold::audit
