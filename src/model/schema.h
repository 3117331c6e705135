// schema.h — the field tables put together: types by name, fields by name, types parsed.
//
// Built once on first use (some 0.3 ms) and immutable from then on; free for all threads.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "model/field.h"
#include "text/strategic_patch.h"

namespace model {

struct SchemaType;

enum class Kind : uint8_t {
  kString,
  kBool,
  kInt,
  kNumber,
  kAnyString,
  kIntOrString,
  kQuantity,
  kTime,
  kItem,    // any value
  kObject,  // any map
  kStruct,  // `type` says which
  kList,    // of `element`
  kMap      // of `element`, keys are free
};

// The type of a value, parsed: "[]Container" is a list whose element is a struct.
struct Shape {
  Kind kind = Kind::kItem;
  const Shape* element = nullptr;
  const SchemaType* type = nullptr;
};

struct SchemaField {
  const Field* row = nullptr;
  const Shape* shape = nullptr;
};

struct SchemaType final : text::MergeRules {
  const Type* row = nullptr;
  std::vector<SchemaField> fields;  // those of the base first, in the order of the tables
  // Of most types of its table file; model/openapi_names.h knows the others.
  std::string_view family;

  const SchemaField* find(std::string_view name) const;
  Of member(std::string_view name) const override;
};

class Schema {
 public:
  static const Schema& get();

  const SchemaType* find(std::string_view name) const;
  // In the order of the tables.
  const std::vector<std::unique_ptr<SchemaType>>& types() const { return types_; }
  // The kinds that a file may hold: "Workflow", "Pod", …
  static const std::vector<std::string_view>& kinds();

 private:
  Schema();
  const Shape* shape_of(std::string_view type);

  std::vector<std::unique_ptr<SchemaType>> types_;
  std::vector<std::pair<std::string_view, SchemaType*>> by_name_;  // sorted
  std::vector<std::pair<std::string_view, const Shape*>> shapes_;  // sorted by text
  std::vector<std::unique_ptr<Shape>> owned_;
};

}  // namespace model
