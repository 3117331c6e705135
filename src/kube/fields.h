// fields.h — field selectors on objects: any path of scalars ("status.phase", "spec.nodeName").
#pragma once
#include <optional>
#include <string>

#include "kube/api.h"
#include "text/selector.h"
#include "text/value.h"

namespace kube {

// By the names of members: "spec.template". Null when it is not there.
const text::Value* find_at(const text::Value& object, std::string_view path);

// A field that is not there counts as "", as in Kubernetes.
bool matches_fields(const text::Selector& fields, const text::Value& object);

// May objects of this kind be selected by this field over Kubernetes' REST?
bool is_selectable(const Kind& kind, std::string_view field);

// Does the selector look at metadata.name and metadata.namespace only, which never change?
bool is_by_name_only(const text::Selector& fields);

// The name that a selector "metadata.name=x" demands.
std::optional<std::string> demanded_name(const text::Selector& fields);

}  // namespace kube
