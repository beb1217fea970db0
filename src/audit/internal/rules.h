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

// What changes it, as a row path,label,fold,source of a manifest; where folders are the classes, what to do with the
// file.

/// `clip` gets the label of `example`.
std::string label_fix(const Material& material, std::size_t clip, std::size_t example);

/// The second of two files of the same bytes becomes a clip of the first one's recording, or is deleted.
std::string copy_fix(const Material& material, std::size_t first, std::size_t second);

/// The same of two clips that sound the same, which may be two recordings.
std::string duplicate_fix(const Material& material, std::size_t first, std::size_t second);

/// The digest of the bytes of a clip's file.
std::string digest_of(const EmbeddedClip& clip);

/// "'a.wav' (dog, fold 2)".
std::string clip_text(const Material& material, std::size_t clip);

}  // namespace soundfold::audit
