// check.h — the local check of a user's files, and templates that files give to each other.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "cli/session.h"
#include "model/workflow.h"
#include "text/value.h"

namespace cli {

// The WorkflowTemplates and ClusterWorkflowTemplates of some files, for references between them.
class TemplateShelf {
 public:
  // Leaves other kinds alone. False: there is one of that name, which stays.
  bool add(const text::Value& document);
  // The one of the namespace, or else of any: files need not say where they go.
  const model::WorkflowSpec* find(std::string_view name_space, std::string_view name,
                                  bool cluster_scope) const;
  // The same, of any namespace, for those who ask by name alone.
  auto finder() const {
    return
        [this](std::string_view name, bool cluster_scope) { return find("", name, cluster_scope); };
  }
  auto lister() const {
    return [this](bool cluster_scope) { return names(cluster_scope); };
  }

 private:
  std::vector<std::string> names(bool cluster_scope) const;

  using Key = std::tuple<bool, std::string, std::string>;  // cluster scope, name, namespace
  std::map<Key, model::WorkflowSpec> specs_;
};

// `"hello-" (Workflow)`, or by its number (from 1) where it has no name.
std::string object_title(const text::Value& document, size_t number);

// What is wrong with an object that is to be sent, to be run or kept. What this server's agent
// cannot run is a mistake here; a server that was named says itself what it can.
void check_sent(const Session& session, const text::Value& document, const std::string& file,
                bool strict, std::string_view source, base::Diagnostics& found);

}  // namespace cli
