// openapi_schema.h — the schemas of an OpenAPI document, made from the field tables.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "model/schema.h"
#include "text/value.h"

namespace model {

enum class OpenApi : uint8_t { kV2, kV3 };

// Gathers the definitions that are referred to, each once.
class Definitions {
 public:
  explicit Definitions(OpenApi version) : version_(version) {}

  // {"$ref": …} of the type, whose definition is added, and of what it refers to.
  text::Value reference(const SchemaType& type);
  // Of a definition that is added by define().
  text::Value reference(std::string_view name) const;
  void define(const std::string& name, text::Value schema);
  bool has(const std::string& name) const { return schemas_.contains(name); }
  // The definition, to be added to; it must be there.
  text::Value& at(const std::string& name) { return schemas_.at(name); }

  // Sorted by name.
  text::Value take();

 private:
  text::Value schema_of(const SchemaType& type);
  text::Value schema_of(const Shape& shape);
  text::Value property(const SchemaField& field);
  // A scalar with a name of its own.
  text::Value named(std::string_view name);

  const OpenApi version_;
  std::map<std::string, text::Value> schemas_;
};

// A list of strings.
text::Value words(std::initializer_list<std::string_view> all);

// The schema of a CustomResourceDefinition as swagger 2.0 can say it: what it cannot is left out.
text::Value to_v2_schema(const text::Value& structural);

}  // namespace model
