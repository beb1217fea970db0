// SPDX-License-Identifier: Apache-2.0
#include "event_scoring/measures_text.h"

#include "text/json_number.h"
#include "text/table.h"
#include "text/text.h"

namespace soundfold::event_scoring {
namespace {

nlohmann::json share_json(const Share& share) {
  return {{"precision", number_or_null(share.precision)},
          {"recall", number_or_null(share.recall)},
          {"f1", number_or_null(share.f1)}};
}

nlohmann::json class_json(const ClassMeasures& measures) {
  const auto& counts = measures.counts;
  return {{"annotated", counts.references},
          {"detected", counts.detections},
          {"correct", counts.correct},
          {"false_alarms", counts.false_alarms},
          {"event", share_json(measures.event)},
          {"segment", share_json(measures.segment)},
          {"detected_share", number_or_null(measures.detected_share)},
          {"false_alarms_per_hour", number_or_null(measures.false_alarms_per_hour)},
          {"delay_s",
           {{"median", number_or_null(measures.median_delay_s)},
            {"percentile_90", number_or_null(measures.late_delay_s)}}}};
}

std::vector<std::string> table_row(const std::string& name, const ClassMeasures& measures) {
  return {name,
          grouped(measures.counts.references),
          grouped(measures.counts.detections),
          fixed(100 * measures.event.f1, 1),
          fixed(100 * measures.segment.f1, 1),
          fixed(100 * measures.detected_share, 1),
          fixed(measures.false_alarms_per_hour, 2),
          fixed(measures.median_delay_s, 2),
          fixed(measures.late_delay_s, 2)};
}

}  // namespace

std::string measures_text(const Measures& measures, const std::vector<std::string>& class_names) {
  using Align = TextTable::Align;
  TextTable table({{"class"},
                   {"annotated", Align::right},
                   {"detected", Align::right},
                   {"event F1 %", Align::right},
                   {"segment F1 %", Align::right},
                   {"detected %", Align::right},
                   {"false alarms/h", Align::right},
                   {"delay s", Align::right},
                   {"90 %", Align::right}});
  table.add(table_row("all", measures.all));
  for (std::size_t k = 0; k < class_names.size(); ++k) table.add(table_row(class_names[k], measures.of_class[k]));
  return table.text();
}

nlohmann::json measures_json(const Measures& measures, const std::vector<std::string>& class_names) {
  nlohmann::json json = class_json(measures.all);
  json["seconds"] = measures.seconds;
  json["event"]["macro_f1"] = number_or_null(measures.macro_event_f1);
  json["segment"]["macro_f1"] = number_or_null(measures.macro_segment_f1);
  json["event"]["error_rate"] = number_or_null(measures.event_error_rate);
  json["segment"]["error_rate"] = number_or_null(measures.segment_error_rate);
  json["classes"] = nlohmann::json::object();
  for (std::size_t k = 0; k < class_names.size(); ++k) {
    json["classes"][class_names[k]] = class_json(measures.of_class[k]);
  }
  return json;
}

}  // namespace soundfold::event_scoring
