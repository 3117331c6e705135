// table_columns.h — what `kubectl get` shows of each kind: one row a column.
#pragma once
#include <span>
#include <string_view>

#include "kube/kinds.h"

namespace server {

// `source` says where a cell comes from: a path (".status.phase"), or a word (table_cells.h) and
// its paths: "age .metadata.creationTimestamp", "count .data .binaryData", "pod-ready".
struct Column {
  std::string_view name, source;
  std::string_view type = "string";
  int priority = 0;  // above 0: only in wide tables
  std::string_view description = {};
  std::string_view absent = {};  // shown where the source gives nothing
};

// Behind the name, which each kind has first.
std::span<const Column> columns_of(const kube::Kind& kind);

}  // namespace server
