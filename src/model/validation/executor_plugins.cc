// executorPlugins: containers that run beside the agent of a workflow.
#include "model/validation/validator.h"

namespace model {

using text::Value;

void Validator::check_executor_plugins() {
  const Value* plugins = workflow_.spec.rest.find("executorPlugins");
  if (!plugins || !plugins->is_list()) return;
  const Site own{&own_, mode_.spec_path, ""};
  for (size_t i = 0; i < plugins->as_list().size(); ++i) {
    const Value& plugin = plugins->as_list()[i];
    const std::string at = "executorPlugins[" + std::to_string(i) + ']';
    if (plugin.string_at("metadata", "name").empty())
      error(own, at, "missing-name", "the plugin has no metadata.name");
    const auto need = [&](const Value* value, bool is_there, const char* what) {
      if (!value || !is_there)
        error(own, at, "missing-value", std::string("the sidecar of a plugin needs ") + what);
    };
    const Value* container = plugin.find_path("spec", "sidecar", "container");
    const Value* ports = container ? container->find("ports") : nullptr;
    need(ports, ports && ports->is_list() && !ports->as_list().empty(), "at least one port");
    for (const std::string_view list : {"requests", "limits"}) {
      const Value* amounts = container ? container->find_path("resources", list) : nullptr;
      need(amounts, amounts && amounts->is_map(),
           list == "requests" ? "resources.requests" : "resources.limits");
    }
    const Value* security = container ? container->find("securityContext") : nullptr;
    need(security, security && security->is_map(), "a securityContext");
  }
}

}  // namespace model
