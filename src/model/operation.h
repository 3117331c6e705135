// operation.h — a person's wish on a running workflow: suspend, resume, stop, terminate, set.
//
// The server writes it as a row of the workflow's collection "operations"; control applies it and
// deletes the row in the batch that carries its effect. So what has been acknowledged survives a
// crash and happens once.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace model {

struct Operation {
  enum class Kind { kSuspend, kResume, kStop, kTerminate, kSet } kind = Kind::kSuspend;
  // Ids as in status.nodes, of resume, stop and set; and as the person wrote it the field selector
  // that chose them, of suspend and resume. Both empty: the whole workflow.
  std::vector<std::string> node_ids;
  std::optional<std::string> message;
  std::string phase;                                                   // of set; "" leaves it
  std::vector<std::pair<std::string, std::string>> output_parameters;  // of resume and set
  std::string selector = {};                                           // see node_ids
};

// "suspend", "resume", "stop", "terminate", "set".
std::string_view to_string(Operation::Kind kind);
std::optional<Operation::Kind> parse_operation_kind(std::string_view word);

std::string to_json(const Operation& operation);
base::Result<Operation> parse_operation(std::string_view json);

}  // namespace model
