// Nodes that wait for an answer of the world before their body begins.
#include "engine/machine.h"

namespace engine {

void State::Machine::take(const Answered&) {}

}  // namespace engine
