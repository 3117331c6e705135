// sprig.h — what sprig's tables share.
#pragma once
#include <vector>

#include "expr/function.h"

namespace expr {

// The items as texts, without nil; what is no list is its only item.
std::vector<Value> texts_of(const Value& value);

// sprig's conversions: what cannot be read is 0.
int64_t sprig_int(const Value& value);
double sprig_float(const Value& value);

// Whether sprig takes a value for empty: nil, "", 0, false, no items.
bool is_empty(const Value& value);

// *semver.Version, sprig.certificate.
bool is_version_pointer(const Value& value);
bool is_certificate(const Value& value);

}  // namespace expr
