// pod_values.h — what a pod may read into its environment and files: its own fields, its
// containers' resources, ConfigMaps and Secrets. Used by volumes and the environment.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "text/value.h"

namespace runtime {

struct PodSurroundings;

enum class FieldUse : uint8_t { kEnv, kFile };

// A fieldRef's value: "metadata.name", "metadata.labels['app']", "status.podIP", …. `where` names
// the field in errors. All labels at once are for files only, addresses for the environment only,
// as in Kubernetes. kUnsupported: a path that nobody knows.
base::Result<std::string> field_of_pod(const text::Value& pod, std::string_view path, FieldUse use,
                                       const PodSurroundings& around, std::string_view where);

// A resourceFieldRef's value ({containerName, resource, divisor}), rounded up; `container_name`
// when the reference names none. A limit that is not set is the node's.
base::Result<std::string> resource_of_container(const text::Value& pod,
                                                const text::Value& reference,
                                                std::string_view container_name,
                                                const PodSurroundings& around,
                                                std::string_view where);

enum class DataKind : uint8_t { kConfigMap, kSecret };

// The keys and bytes of a ConfigMap or Secret in the pod's namespace. kNotFound: there is none.
base::Result<std::map<std::string, std::string>> data_of(DataKind kind, const text::Value& pod,
                                                         std::string_view name,
                                                         const PodSurroundings& around);

// "configmap", "secret": for messages.
std::string_view word_of(DataKind kind);

// True when the reference's `optional` is true.
bool is_optional(const text::Value& reference);

}  // namespace runtime
