// apply_type.h — how server-side apply takes a value: member by member, by keys, or as a whole.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "model/schema.h"
#include "text/value.h"

namespace kube {

class ApplyType {
 public:
  enum class As : uint8_t {
    kUnknown,  // a map is taken member by member, everything else as a whole
    kWhole,    // one value, whatever it holds
    kStruct,   // only the members that the type has
    kMap,      // any member
    kSet,      // a list of scalars
    kKeyed     // a list of structs that are told apart by keys
  };

  // Of an object as a whole; a null `type` is a custom resource: only its metadata is known.
  static ApplyType of_object(const model::SchemaType* type);

  As as() const { return as_; }
  // For this value: kUnknown becomes kMap or kWhole, and what is not of the form of its type (null
  // too) kWhole.
  As as(const text::Value& value) const;
  // Of a member of a struct or map; empty: the struct has no such member.
  std::optional<ApplyType> member(std::string_view name) const;
  // Of the elements of a list.
  ApplyType element() const;
  // The path element of an element of a kSet or kKeyed list. kInvalid: none of its keys is there.
  base::Result<std::string> path_element(const text::Value& element) const;
  bool is_struct() const { return as_ == As::kStruct; }

 private:
  static ApplyType of_shape(const model::Shape& shape, const model::Field* row);

  As as_ = As::kUnknown;
  bool is_custom_object_ = false;
  const model::SchemaType* type_ = nullptr;  // of kStruct
  const model::Shape* element_ = nullptr;    // of kMap, kSet, kKeyed
  const model::Field* row_ = nullptr;
};

}  // namespace kube
