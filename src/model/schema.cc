#include "model/schema.h"

#include <algorithm>
#include <cassert>

#include "model/tables.h"

namespace model {

namespace {

struct Scalar {
  std::string_view name;
  Kind kind;
};
constexpr Scalar kScalars[] = {
    {"string", Kind::kString},
    {"bool", Kind::kBool},
    {"int", Kind::kInt},
    {"number", Kind::kNumber},
    {"AnyString", Kind::kAnyString},
    {"IntOrString", Kind::kIntOrString},
    {"Quantity", Kind::kQuantity},
    {"Time", Kind::kTime},
    {"Item", Kind::kItem},
    {"object", Kind::kObject},
};

template <class T>
auto place_of(const std::vector<std::pair<std::string_view, T>>& sorted, std::string_view key) {
  return std::lower_bound(sorted.begin(), sorted.end(), key,
                          [](const auto& entry, std::string_view k) { return entry.first < k; });
}

}  // namespace

const Schema& Schema::get() {
  static const Schema schema;
  return schema;
}

const std::vector<std::string_view>& Schema::kinds() {
  static const std::vector<std::string_view> kinds = {"Workflow",
                                                      "WorkflowTemplate",
                                                      "ClusterWorkflowTemplate",
                                                      "CronWorkflow",
                                                      "WorkflowEventBinding",
                                                      "ConfigMap",
                                                      "Secret",
                                                      "Pod"};
  return kinds;
}

const SchemaField* SchemaType::find(std::string_view name) const {
  for (const SchemaField& field : fields)
    if (field.row->name == name) return &field;
  return nullptr;
}

text::MergeRules::Of SchemaType::member(std::string_view name) const {
  const SchemaField* field = find(name);
  if (!field) return {};
  Of of;
  of.merge_key = field->row->merge_key;
  of.retain_keys = field->row->retain_keys;
  of.replaces = field->row->replaces;
  const Shape* shape = field->shape;
  if (shape->kind == Kind::kList) shape = shape->element;
  if (shape->kind == Kind::kStruct) of.below = shape->type;
  return of;
}

const SchemaType* Schema::find(std::string_view name) const {
  const auto at = place_of(by_name_, name);
  return at != by_name_.end() && at->first == name ? at->second : nullptr;
}

Schema::Schema() {
  struct Source {
    std::span<const Type> (*tables)();
    std::string_view family;
  };
  constexpr std::string_view kArgo = "io.argoproj.workflow.v1alpha1", kCore = "io.k8s.api.core.v1";
  for (const Source& source : std::initializer_list<Source>{
           {workflow_tables, kArgo},
           {template_tables, kArgo},
           {artifact_tables, kArgo},
           {status_tables, kArgo},
           {container_tables, kCore},
           {pod_tables, kCore},
           {placement_tables, kCore},
           {volume_tables, kCore},
           {pod_status_tables, kCore},
           {workload_tables, "io.k8s.api.apps.v1"},
           {service_tables, kCore},
           {scaling_tables, "io.k8s.api.autoscaling.v2"},
           {cluster_tables, kCore},
           {meta_tables, "io.k8s.apimachinery.pkg.apis.meta.v1"},
           {request_tables, kArgo},
       }) {
    for (const Type& row : source.tables()) {
      types_.push_back(std::make_unique<SchemaType>());
      types_.back()->row = &row;
      types_.back()->family = source.family;
      by_name_.emplace_back(row.name, types_.back().get());
    }
  }
  std::sort(by_name_.begin(), by_name_.end());
  for (const auto& type : types_) {
    // Bases may have bases: the outermost comes first.
    std::vector<const Type*> chain;
    for (const Type* row = type->row; row;) {
      chain.push_back(row);
      const SchemaType* base = row->base.empty() ? nullptr : find(row->base);
      assert(row->base.empty() || base);
      row = base ? base->row : nullptr;
    }
    for (auto row = chain.rbegin(); row != chain.rend(); ++row)
      for (const Field& field : (*row)->fields)
        type->fields.push_back({&field, shape_of(field.type)});
  }
}

const Shape* Schema::shape_of(std::string_view type) {
  const auto known = place_of(shapes_, type);
  if (known != shapes_.end() && known->first == type) return known->second;
  auto shape = std::make_unique<Shape>();
  if (type.starts_with("[]")) {
    shape->kind = Kind::kList;
    shape->element = shape_of(type.substr(2));
  } else if (type.starts_with("map[string]")) {
    shape->kind = Kind::kMap;
    shape->element = shape_of(type.substr(11));
  } else if (const auto scalar = std::find_if(std::begin(kScalars), std::end(kScalars),
                                              [&](const Scalar& s) { return s.name == type; });
             scalar != std::end(kScalars)) {
    shape->kind = scalar->kind;
  } else {
    shape->kind = Kind::kStruct;
    shape->type = find(type);
    assert(shape->type);  // a row names a type that no table has
  }
  owned_.push_back(std::move(shape));
  shapes_.insert(place_of(shapes_, type), {type, owned_.back().get()});
  return owned_.back().get();
}

}  // namespace model
