// pod_status.h — what a Pod's status says, as a fact for the engine.
//
// The messages are Argo's: "main: Error (exit code 1)", "OOMKilled (exit code 137)", the reason of
// a waiting container. Source of the rules: docs of Argo, and its controller's behaviour.
#pragma once
#include <optional>
#include <string_view>

#include "base/error.h"
#include "engine/event.h"

namespace control {

// Reads the fields it needs out of the bytes of a Pod, in one pass. Nothing: the pod says nothing
// that an engine would want to know (no phase yet). Errors: the bytes are no Pod.
base::Result<std::optional<engine::Event>> read_pod_status(std::string_view pod_json,
                                                           engine::NodeId node);

}  // namespace control
