// fields.h — field selectors on objects: any path of scalars ("status.phase", "spec.nodeName").
#pragma once
#include <optional>
#include <string>

#include "text/selector.h"
#include "text/value.h"

namespace kube {

// A field that is not there counts as "", as in Kubernetes.
bool matches_fields(const text::Selector& fields, const text::Value& object);

// Does the selector look at metadata.name and metadata.namespace only, which never change?
bool is_by_name_only(const text::Selector& fields);

// The name that a selector "metadata.name=x" demands.
std::optional<std::string> demanded_name(const text::Selector& fields);

}  // namespace kube
