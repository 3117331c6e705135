// argo template, argo cluster-template
#include "cli/stored_objects.h"
#include "cli/table.h"
#include "cli/verb.h"

namespace cli {
namespace {

using text::Value;

constexpr Flag kWriteFlags[] = {
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
    {"strict", 0, "", "unknown fields are errors (on)"},
};
constexpr Flag kGetFlags[] = {
    {"output", 'o', "FORMAT", "format of the output", "name|json|yaml|wide"},
};
constexpr Flag kListFlags[] = {
    {"all-namespaces", 'A', "", "of all namespaces"},
    {"output", 'o', "FORMAT", "format of the output", "wide|name"},
    {"selector", 'l', "SELECTOR", "only with these labels, as a=b,c!=d"},
};
constexpr Flag kClusterListFlags[] = {
    {"output", 'o', "FORMAT", "format of the output", "wide|name"},
};
constexpr Flag kDeleteFlags[] = {
    {"all", 0, "", "all of them"},
};

template <const auto& Rows>
std::span<const Flag> rows() {
  return Rows;
}

std::string shown(Session& session, const Value& object) {
  std::string out = field_line(20, "Name:", object.string_at("metadata", "name"));
  if (const std::string_view name_space = object.string_at("metadata", "namespace");
      !name_space.empty())
    out += field_line(20, "Namespace:", name_space);
  return out + field_line(20, "Created:", created_text(session, object));
}

std::string name_table(Session& session, const std::vector<Value>& objects) {
  Table table(3);
  const bool with_namespace = session.flags.on("all-namespaces");
  const auto add = [&](std::string_view name_space, std::string_view name) {
    std::vector<std::string> row;
    if (with_namespace) row.emplace_back(name_space);
    row.emplace_back(name);
    table.add(std::move(row));
  };
  add("NAMESPACE", "NAME");
  for (const Value& object : objects)
    add(object.string_at("metadata", "namespace"), object.string_at("metadata", "name"));
  return table.text();
}

constexpr StoredKind kTemplates = {
    "WorkflowTemplate", "workflow template", "workflow-templates", "template", true, shown,
    name_table};
constexpr StoredKind kClusterTemplates = {"ClusterWorkflowTemplate",
                                          "cluster workflow template",
                                          "cluster-workflow-templates",
                                          "template",
                                          false,
                                          shown,
                                          name_table};

template <const StoredKind& Kind>
base::Result<int> create(Session& session) {
  return create_stored(session, Kind);
}
template <const StoredKind& Kind>
base::Result<int> update(Session& session) {
  return update_stored(session, Kind);
}
template <const StoredKind& Kind>
base::Result<int> get(Session& session) {
  return get_stored(session, Kind);
}
template <const StoredKind& Kind>
base::Result<int> list(Session& session) {
  return list_stored(session, Kind);
}
template <const StoredKind& Kind>
base::Result<int> remove(Session& session) {
  return delete_stored(session, Kind);
}
template <const StoredKind& Kind>
base::Result<int> lint(Session& session) {
  return lint_kind(session, Kind.kind);
}

constexpr Verb kActions[] = {
    {"template create", "FILE...", "create workflow templates", rows<kWriteFlags>, 1, kAnyNumber,
     create<kTemplates>},
    {"template delete", "[TEMPLATE...]", "delete workflow templates", rows<kDeleteFlags>, 0,
     kAnyNumber, remove<kTemplates>},
    {"template get", "TEMPLATE...", "display details about workflow templates", rows<kGetFlags>, 1,
     kAnyNumber, get<kTemplates>},
    {"template lint", "FILE...", "validate files or directories of workflow templates",
     lint_kind_flags, 1, kAnyNumber, lint<kTemplates>},
    {"template list", "", "list workflow templates", rows<kListFlags>, 0, 0, list<kTemplates>},
    {"template update", "FILE...", "update workflow templates", rows<kWriteFlags>, 1, kAnyNumber,
     update<kTemplates>},
};

constexpr Verb kClusterActions[] = {
    {"cluster-template create", "FILE...", "create cluster workflow templates", rows<kWriteFlags>,
     1, kAnyNumber, create<kClusterTemplates>},
    {"cluster-template delete", "[TEMPLATE...]", "delete cluster workflow templates",
     rows<kDeleteFlags>, 0, kAnyNumber, remove<kClusterTemplates>},
    {"cluster-template get", "TEMPLATE...", "display details about cluster workflow templates",
     rows<kGetFlags>, 1, kAnyNumber, get<kClusterTemplates>},
    {"cluster-template lint", "FILE...", "validate files or directories of cluster templates",
     lint_kind_flags, 1, kAnyNumber, lint<kClusterTemplates>},
    {"cluster-template list", "", "list cluster workflow templates", rows<kClusterListFlags>, 0, 0,
     list<kClusterTemplates>},
    {"cluster-template update", "FILE...", "update cluster workflow templates", rows<kWriteFlags>,
     1, kAnyNumber, update<kClusterTemplates>},
};

}  // namespace

std::span<const Verb> template_actions() { return kActions; }
std::span<const Verb> cluster_template_actions() { return kClusterActions; }

}  // namespace cli
