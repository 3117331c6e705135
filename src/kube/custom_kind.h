// custom_kind.h — what a CustomResourceDefinition says of a kind, in one of its versions.
//
// Immutable; shared by the rows of the registry (kube/kind_registry.h) and whoever shows or
// documents the kind.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "text/value.h"

namespace kube {

class StructuralSchema;

// An additionalPrinterColumn. `path` is a JSONPath without braces: ".spec.replicas".
struct PrinterColumn {
  std::string name, type, format, description, path;
  int priority = 0;  // above 0: only in wide tables
};

// JSONPaths of members, as ".spec.replicas".
struct ScalePaths {
  std::string spec_replicas, status_replicas;
  std::string label_selector;  // "": none
};

struct CustomKind {
  std::string definition;  // the CustomResourceDefinition's name
  std::string group, version, plural, singular, kind, list_kind;
  std::vector<std::string> short_names, categories;
  bool namespaced = true, has_status = false, is_served = true, is_stored = false;
  std::string deprecation;  // what users of this version are warned of; "": nothing
  std::vector<PrinterColumn> columns;
  std::optional<ScalePaths> scale;
  text::Value open_api;                            // openAPIV3Schema as it was given; null: none
  std::shared_ptr<const StructuralSchema> schema;  // of open_api
};

}  // namespace kube
