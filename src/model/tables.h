// tables.h — the field tables, one function a file of tables/. schema.h puts them together.
#pragma once
#include <span>

#include "model/field.h"

namespace model {

std::span<const Type> workflow_tables();
std::span<const Type> template_tables();
std::span<const Type> artifact_tables();
std::span<const Type> status_tables();
std::span<const Type> container_tables();
std::span<const Type> pod_tables();
std::span<const Type> placement_tables();
std::span<const Type> volume_tables();
std::span<const Type> pod_status_tables();
std::span<const Type> workload_tables();
std::span<const Type> service_tables();
std::span<const Type> scaling_tables();
std::span<const Type> cluster_tables();
std::span<const Type> meta_tables();
std::span<const Type> request_tables();

}  // namespace model
