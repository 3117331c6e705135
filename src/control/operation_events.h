// operation_events.h — a row of "operations" as facts for the engine. Internal to control/.
#pragma once
#include <string_view>

#include "control/run.h"

namespace control {

// Appends to run.events, and notes what the object's spec is to say. Nodes that are not there (any
// more) are left out; an operation on such nodes alone does nothing. Gives what is to be told to
// who asked for it, when it cannot be done; else nothing.
std::string add_operation_events(Run& run, std::string_view row);

}  // namespace control
