#include "model/stored_templates.h"

#include <algorithm>
#include <set>

#include "model/decode.h"

namespace model {

const WorkflowSpec* StoredTemplates::find(std::string_view name, bool cluster_scope) {
  std::pair<bool, std::string> key(cluster_scope, name);
  const auto known = specs_.find(key);
  if (known != specs_.end()) return known->second.get();
  auto read = source_.fetch(name, cluster_scope);
  std::unique_ptr<WorkflowSpec> spec;
  if (read)
    spec = std::make_unique<WorkflowSpec>(decode_spec(*read));
  else if (read.error().code != base::Code::kNotFound)
    trouble_ = base::fail(read.error());
  return specs_.emplace(std::move(key), std::move(spec)).first->second.get();
}

std::vector<std::string> StoredTemplates::names(bool cluster_scope) {
  auto read = source_.list(cluster_scope);
  if (!read) {
    trouble_ = base::fail(read.error());
    return {};
  }
  std::sort(read->begin(), read->end());
  return *std::move(read);
}

namespace {

std::string_view scope_word(bool cluster_scope) {
  return cluster_scope ? "cluster/" : "namespaced/";
}

base::Result<text::Value> holder_in(const text::Value& stored_templates, std::string_view name,
                                    bool cluster_scope) {
  const std::string scope = std::string(scope_word(cluster_scope)) + std::string(name) + "/";
  text::List templates;
  if (stored_templates.is_map())
    for (const text::Member& entry : stored_templates.as_map())
      if (std::string_view(entry.key).starts_with(scope)) templates.push_back(entry.value);
  if (templates.empty()) return base::fail(base::Code::kNotFound, "not stored");
  text::Value spec;
  spec["templates"] = std::move(templates);
  return spec;
}

std::vector<std::string> holders_in(const text::Value& stored_templates, bool cluster_scope) {
  const std::string_view scope = scope_word(cluster_scope);
  std::set<std::string> out;
  if (stored_templates.is_map())
    for (const text::Member& entry : stored_templates.as_map()) {
      std::string_view key = entry.key;
      if (!key.starts_with(scope)) continue;
      key.remove_prefix(scope.size());
      out.emplace(key.substr(0, key.find('/')));
    }
  return {out.begin(), out.end()};
}

}  // namespace

StoredTemplates::Source templates_of_status(const text::Value& stored_templates) {
  return {[&stored_templates](std::string_view name, bool cluster_scope) {
            return holder_in(stored_templates, name, cluster_scope);
          },
          [&stored_templates](bool cluster_scope) -> base::Result<std::vector<std::string>> {
            return holders_in(stored_templates, cluster_scope);
          }};
}

}  // namespace model
