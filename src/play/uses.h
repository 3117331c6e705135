// uses.h — what a workflow's text does with the outputs of its steps.
#pragma once
#include <map>
#include <string>

#include "model/workflow.h"
#include "play/guesses.h"

namespace play {

// By "<step>.result" or "<step>.parameters.<name>", whatever template the step stands in. Follows
// values through arguments, inputs and outputs of templates.
std::map<std::string, Use> find_uses(const model::WorkflowSpec& spec);

}  // namespace play
