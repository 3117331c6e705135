// submit_options.h — Argo's SubmitOpts: what whoever submits changes in a workflow before it is
// created. The flags of `argo submit` and the body of POST …/submit are both read into it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "text/value.h"

namespace model {

struct SubmitOptions {
  std::string name, generate_name, entrypoint, service_account, pod_priority_class_name;
  std::vector<std::pair<std::string, std::string>> labels, annotations, parameters;
  std::optional<int64_t> priority;
  text::Value owner_reference;  // an OwnerReference that is added
};

// "NAME=VALUE"; `what` is named in the error.
base::Result<std::pair<std::string, std::string>> split_assignment(const std::string& text,
                                                                   std::string_view what);
// "a=b,c=d". kInvalid with what is wrong.
base::Result<std::vector<std::pair<std::string, std::string>>> split_assignments(
    std::string_view text, std::string_view what);

// Of a body's submitOptions, which may be null. kUnsupported for `artifacts`.
base::Result<SubmitOptions> read_submit_options(const text::Value& options);

// Parameters that the workflow has keep their place and their enum.
void apply_submit_options(text::Value& workflow, const SubmitOptions& options);

}  // namespace model
