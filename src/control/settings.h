// settings.h — what the operator has set: the ConfigMap "workflow-controller-configmap", as Argo's.
//
// Settings stand each in a key of `data`, maps as YAML text, or all together below the key
// `config`. Source: Argo docs "workflow-controller-configmap".
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "text/value.h"

namespace control {

inline constexpr std::string_view kSettingsName = "workflow-controller-configmap";
// Where the ConfigMap is looked for: where Argo's installation puts it.
inline constexpr std::string_view kSettingsNamespace = "argo";

// workflowRestrictions.templateReferencing: which workflows are run. kStrict: those with a
// workflowTemplateRef, and little beside it. kSecure: and which end when that template changes.
enum class TemplateReferencing : uint8_t { kAny, kStrict, kSecure };

struct Settings {
  size_t parallelism = 0;            // workflows at once; 0: any number
  size_t namespace_parallelism = 0;  // of each namespace, unless a label of it says otherwise
  // Finished workflows that are kept, by their phase; unset: all.
  std::optional<size_t> keep_succeeded, keep_failed, keep_errored;
  text::Value workflow_defaults;  // an object with metadata and spec; null: none
  base::Duration pod_gc_delay = base::Duration::seconds(5);
  bool workflow_events = true, node_events = true;
  TemplateReferencing template_referencing = TemplateReferencing::kAny;
};

struct SettingsReport {
  Settings settings;
  std::vector<std::string> errors;    // values that cannot be used: the default holds
  std::vector<std::string> warnings;  // keys that do nothing here
};

// Of the ConfigMap as an object.
SettingsReport read_settings(const text::Value& config_map);

// What an API server does with this ConfigMap: kInvalid with all errors, else the warnings.
base::Status check_settings(const text::Value& config_map, std::vector<std::string>& warnings);

}  // namespace control
