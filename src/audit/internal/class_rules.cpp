// SPDX-License-Identifier: Apache-2.0
// A class that a rule on length, padding or format finds, without listening. A network learns such rules too.
#include "audit/internal/rules.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

namespace soundfold::audit {
namespace {

constexpr std::size_t kLeastClips = 8;    // of a class, and of all others
constexpr std::size_t kMostFormats = 20;  // to try
constexpr double kLeastAccuracy = 0.8;    // mean of the shares right in and outside of the class; chance: 0.5
constexpr int kMostDigits = 6;
constexpr double kDeviationsAbove = 4;  // above chance

/// Something of a file that is not its sound.
struct Property {
  std::string name, unit, fix;
  std::function<double(const AudioFacts&)> value;
  bool is_format = false;  ///< 1: has it, 0: not
};

std::vector<Property> properties(const Material& material) {
  const std::string drop = "silence: {windows: drop}";
  std::vector<Property> result = {
      {"length", " s", drop, [](const AudioFacts& facts) { return facts.seconds; }},
      {"share of padding", "", drop, [](const AudioFacts& facts) { return facts.quiet; }},
      {"sample rate", " Hz", "", [](const AudioFacts& facts) { return static_cast<double>(facts.sample_rate_hz); }},
      {"number of channels", "", "", [](const AudioFacts& facts) { return static_cast<double>(facts.channels); }}};
  std::set<std::string> formats;
  for (const auto& facts : material.facts) formats.insert(facts.format);
  if (formats.size() < 2 || formats.size() > kMostFormats) return result;
  for (const auto& format : formats) {
    result.push_back(
        {format, "", "", [format](const AudioFacts& facts) { return facts.format == format ? 1 : 0; }, true});
  }
  return result;
}

/// "above `threshold` is the class", or below.
struct Rule {
  double threshold = 0;
  double below = 0, next = 0;  ///< the values on both sides of it
  bool above = true;
  double accuracy = 0;  ///< mean of the share of the class and of the share of the others that it gets right
};

struct Sample {
  double value;
  bool in_class;
};

double accuracy_of(const Rule& rule, const std::vector<Sample>& samples) {
  double right[2] = {0, 0}, count[2] = {0, 0};
  for (const auto& [value, in_class] : samples) {
    const bool given = (value > rule.threshold) == rule.above;
    count[in_class ? 1 : 0] += 1;
    right[in_class ? 1 : 0] += given == in_class ? 1 : 0;
  }
  return count[0] > 0 && count[1] > 0 ? 0.5 * (right[0] / count[0] + right[1] / count[1]) : 0.5;
}

/// The best on these samples; thresholds lie halfway between neighbouring values.
Rule best_rule(std::vector<Sample> samples) {
  std::sort(samples.begin(), samples.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  const auto in_class = static_cast<double>(
      std::count_if(samples.begin(), samples.end(), [](const auto& sample) { return sample.in_class; }));
  const double others = static_cast<double>(samples.size()) - in_class;
  Rule best;
  double class_below = 0, others_below = 0;
  for (std::size_t i = 0; i + 1 < samples.size() && in_class > 0 && others > 0; ++i) {
    (samples[i].in_class ? class_below : others_below) += 1;
    if (!(samples[i].value < samples[i + 1].value)) continue;
    const double below = 0.5 * (class_below / in_class + 1 - others_below / others);
    const double accuracy = std::max(below, 1 - below);
    if (accuracy > best.accuracy) {
      best = {0.5 * (samples[i].value + samples[i + 1].value), samples[i].value, samples[i + 1].value, below < 0.5,
              accuracy};
    }
  }
  return best;
}

/// Accuracy on each half of the rule that is best on the other, so that chance gives 0.5; the rule is that of all.
Rule measured_rule(const std::vector<Sample>& samples) {
  std::vector<Sample> halves[2];
  std::size_t seen[2] = {0, 0};
  for (const auto& sample : samples) halves[seen[sample.in_class ? 1 : 0]++ % 2].push_back(sample);
  Rule rule = best_rule(samples);
  rule.accuracy = 0.5 * (accuracy_of(best_rule(halves[0]), halves[1]) + accuracy_of(best_rule(halves[1]), halves[0]));
  return rule;
}

/// The threshold with as few digits, two or more, as tell it from the values on both sides.
std::string threshold_text(const Rule& rule) {
  int digits = 2;
  const auto text = [&](double value) { return fixed(value, digits); };
  const auto is_one_of_them = [&] {
    return text(rule.threshold) == text(rule.below) || text(rule.threshold) == text(rule.next);
  };
  while (digits < kMostDigits && is_one_of_them()) ++digits;
  return text(rule.threshold);
}

std::string rule_text(const Property& property, const Rule& rule) {
  if (property.is_format) return rule.above ? "the format " + property.name : "any format but " + property.name;
  return "a " + property.name + (rule.above ? " above " : " of at most ") + threshold_text(rule) + property.unit;
}

}  // namespace

void find_class_rules(const Material& material, Findings& found) {
  const auto all = properties(material);
  for (std::size_t k = 0; k < material.data.class_names.size() && !material.facts.empty(); ++k) {
    std::vector<std::size_t> clips;
    for (const auto& property : all) {
      std::vector<Sample> samples;
      clips.clear();
      for (std::size_t i = 0; i < material.facts.size(); ++i) {
        if (!material.facts[i].problem.empty()) continue;
        const auto& labels = material.data.clips[i].labels;
        const bool has = std::binary_search(labels.begin(), labels.end(), static_cast<std::int64_t>(k));
        samples.push_back({property.value(material.facts[i]), has});
        if (has) clips.push_back(i);
      }
      const std::size_t others = samples.size() - clips.size();
      if (clips.size() < kLeastClips || others < kLeastClips) continue;
      const Rule rule = measured_rule(samples);
      const double spread =
          0.25 * std::sqrt(1.0 / static_cast<double>(clips.size()) + 1.0 / static_cast<double>(others));
      if (rule.accuracy < kLeastAccuracy || rule.accuracy < 0.5 + kDeviationsAbove * spread) continue;
      found.list.push_back({Kind::class_rule,
                            Severity::warning,
                            {clips.front()},
                            rule.accuracy,
                            "the class " + material.data.class_names[k] + " is recognised by " +
                                rule_text(property, rule) + " alone, without its sound: right in " +
                                fixed(100 * rule.accuracy, 0) + " % (chance: 50 %)",
                            property.fix});
    }
  }
}

}  // namespace soundfold::audit
