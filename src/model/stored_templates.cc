#include "model/stored_templates.h"

#include "model/decode.h"

namespace model {

const WorkflowSpec* StoredTemplates::find(std::string_view name, bool cluster_scope) {
  std::pair<bool, std::string> key(cluster_scope, name);
  const auto known = specs_.find(key);
  if (known != specs_.end()) return known->second.get();
  auto read = fetch_(name, cluster_scope);
  std::unique_ptr<WorkflowSpec> spec;
  if (read)
    spec = std::make_unique<WorkflowSpec>(decode_spec(*read));
  else if (read.error().code != base::Code::kNotFound)
    trouble_ = base::fail(read.error());
  return specs_.emplace(std::move(key), std::move(spec)).first->second.get();
}

StoredTemplates::Fetch fetch_from_status(const text::Value& stored_templates) {
  return
      [&stored_templates](std::string_view name, bool cluster_scope) -> base::Result<text::Value> {
        const std::string scope =
            (cluster_scope ? "cluster/" : "namespaced/") + std::string(name) + "/";
        text::List templates;
        if (stored_templates.is_map())
          for (const text::Member& entry : stored_templates.as_map())
            if (std::string_view(entry.key).starts_with(scope)) templates.push_back(entry.value);
        if (templates.empty()) return base::fail(base::Code::kNotFound, "not stored");
        text::Value spec;
        spec["templates"] = std::move(templates);
        return spec;
      };
}

}  // namespace model
