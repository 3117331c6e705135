#include "cli/check.h"

#include <algorithm>

#include "model/decode.h"

namespace cli {

TemplateShelf::TemplateShelf(const std::vector<Manifest>& manifests) {
  for (const Manifest& manifest : manifests) {
    for (const text::Value& document : manifest.documents) {
      const std::string_view kind = document.string_at("kind");
      const bool cluster_scope = kind == "ClusterWorkflowTemplate";
      const text::Value* spec = document.find("spec");
      if ((kind != "WorkflowTemplate" && !cluster_scope) || !spec) continue;
      specs_.insert_or_assign({std::string(document.string_at("metadata", "name")), cluster_scope},
                              model::decode_spec(*spec));
    }
  }
}

const model::WorkflowSpec* TemplateShelf::find(std::string_view name, bool cluster_scope) const {
  const auto found = specs_.find({std::string(name), cluster_scope});
  return found == specs_.end() ? nullptr : &found->second;
}

bool is_linted_kind(std::string_view kind) {
  static constexpr std::string_view kKinds[] = {"Workflow", "WorkflowTemplate",
                                                "ClusterWorkflowTemplate", "CronWorkflow"};
  return std::find(std::begin(kKinds), std::end(kKinds), kind) != std::end(kKinds);
}

std::string object_title(const text::Value& document, size_t number) {
  std::string name(document.string_at("metadata", "name"));
  if (name.empty()) name = document.string_at("metadata", "generateName");
  if (name.empty()) name = fmt::format("object #{}", number);
  return fmt::format("\"{}\" ({})", name, document.string_at("kind"));
}

}  // namespace cli
