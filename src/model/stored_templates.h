// stored_templates.h — the WorkflowTemplates and ClusterWorkflowTemplates that a workflow refers
// to: read when they are first asked for, and kept as they were then.
//
// One serves one look at one workflow (a validation, a compilation), so that all of it sees the
// same templates. Used by one thread. The specs live as long as it does.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/workflow.h"
#include "text/value.h"

namespace model {

class StoredTemplates {
 public:
  // Gives the spec as it is stored; kNotFound when there is none.
  using Fetch = std::function<base::Result<text::Value>(std::string_view name, bool cluster_scope)>;
  // Gives the names of all that are stored.
  using List = std::function<base::Result<std::vector<std::string>>(bool cluster_scope)>;
  struct Source {
    Fetch fetch;
    List list;
  };
  explicit StoredTemplates(Source source) : source_(std::move(source)) {}
  StoredTemplates(const StoredTemplates&) = delete;
  StoredTemplates& operator=(const StoredTemplates&) = delete;

  // Null when it is not there, or when it cannot be read now: see trouble(). As
  // model::FindTemplateHolder and engine::FindTemplateHolder.
  const WorkflowSpec* find(std::string_view name, bool cluster_scope);
  auto finder() {
    return [this](std::string_view name, bool cluster_scope) { return find(name, cluster_scope); };
  }
  // In order. None where they cannot be read now.
  std::vector<std::string> names(bool cluster_scope);
  auto lister() {
    return [this](bool cluster_scope) { return names(cluster_scope); };
  }
  // Why something could not be read, other than that it is not there: then nothing that was found
  // out counts.
  const base::Status& trouble() const { return trouble_; }

 private:
  Source source_;
  base::Status trouble_;
  std::map<std::pair<bool, std::string>, std::unique_ptr<WorkflowSpec>> specs_;
};

// Reads from a workflow's own status.storedTemplates ("namespaced/HOLDER/TEMPLATE": {…}), which
// must live as long: what it was started with, whatever has become of the templates since.
StoredTemplates::Source templates_of_status(const text::Value& stored_templates);

}  // namespace model
