// secret.h — the part of a Secret that is for writing only.
#pragma once
#include "text/value.h"

namespace model {

// stringData becomes data, as base64, over what is there. Source: Kubernetes API reference, Secret.
void fold_string_data(text::Value& secret);

}  // namespace model
