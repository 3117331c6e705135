// check.h — the local check of a user's files, and templates that files give to each other.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "cli/manifest.h"
#include "model/validate.h"

namespace cli {

// The WorkflowTemplates and ClusterWorkflowTemplates of some files, for references between them.
class TemplateShelf {
 public:
  explicit TemplateShelf(const std::vector<Manifest>& manifests);
  const model::WorkflowSpec* find(std::string_view name, bool cluster_scope) const;

 private:
  std::map<std::pair<std::string, bool>, model::WorkflowSpec> specs_;
};

// "Workflow", "WorkflowTemplate", …: whether lint knows the kind.
bool is_linted_kind(std::string_view kind);
// `"hello-" (Workflow)`, or by its number (from 1) where it has no name.
std::string object_title(const text::Value& document, size_t number);

}  // namespace cli
