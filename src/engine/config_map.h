// config_map.h — what ConfigMaps hold for workflows: parameters, limits of semaphores, and the
// outcomes of earlier runs. Control reads them from the store, SmallWorld from memory; the forms
// and the mistakes are the same, and the original's, so that both read each other's.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "engine/ask.h"
#include "text/value.h"

namespace engine {

inline constexpr std::string_view kConfigMapTypeLabel = "workflows.argoproj.io/configmap-type";
inline constexpr std::string_view kParameterType = "Parameter";
inline constexpr std::string_view kCacheType = "Cache";

// A key of a ConfigMap of type Parameter; `object`: the ConfigMap, null when there is none.
ConfigMapValue read_parameter(const text::Value* object, const ConfigMapKey& key);

// The limit of a semaphore; nothing when it is not there or no whole number.
std::optional<int64_t> read_limit(const text::Value* object, std::string_view key);

// An outcome of the cache; not found when there is no ConfigMap, or no such key.
MemoEntry read_memo(const text::Value* object, std::string_view key);
// The same of one entry as it stands in the ConfigMap or in the database: Argo's {nodeID, outputs,
// creationTimestamp, lastHitTimestamp}.
MemoEntry read_memo_entry(std::string_view json);
std::string write_memo_entry(std::string_view node_id, std::string_view outputs, base::Time now);
// With another lastHitTimestamp; as it was when it cannot be read.
std::string touch_memo_entry(std::string_view json, base::Time now);

}  // namespace engine
