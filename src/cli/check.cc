#include "cli/check.h"

#include <fmt/format.h>

#include "model/decode.h"
#include "model/validate.h"

namespace cli {

bool TemplateShelf::add(const text::Value& document) {
  const std::string_view kind = document.string_at("kind");
  const bool cluster_scope = kind == "ClusterWorkflowTemplate";
  const text::Value* spec = document.find("spec");
  if ((kind != "WorkflowTemplate" && !cluster_scope) || !spec) return true;
  Key key(cluster_scope, document.string_at("metadata", "name"),
          cluster_scope ? "" : document.string_at("metadata", "namespace"));
  if (specs_.contains(key)) return false;
  specs_.emplace(std::move(key), model::decode_spec(*spec));
  return true;
}

const model::WorkflowSpec* TemplateShelf::find(std::string_view name_space, std::string_view name,
                                               bool cluster_scope) const {
  const auto exact = specs_.find(Key(cluster_scope, name, cluster_scope ? "" : name_space));
  if (exact != specs_.end()) return &exact->second;
  const auto any = specs_.lower_bound(Key(cluster_scope, name, ""));
  if (any == specs_.end() || std::get<0>(any->first) != cluster_scope ||
      std::get<1>(any->first) != name)
    return nullptr;
  return &any->second;
}

std::vector<std::string> TemplateShelf::names(bool cluster_scope) const {
  std::vector<std::string> out;
  for (const auto& [key, spec] : specs_)
    if (std::get<0>(key) == cluster_scope && (out.empty() || out.back() != std::get<1>(key)))
      out.push_back(std::get<1>(key));
  return out;
}

std::string object_title(const text::Value& document, size_t number) {
  std::string name(document.string_at("metadata", "name"));
  if (name.empty()) name = document.string_at("metadata", "generateName");
  if (name.empty()) name = fmt::format("object #{}", number);
  return fmt::format("\"{}\" ({})", name, document.string_at("kind"));
}

void check_sent(const Session& session, const text::Value& document, const std::string& file,
                bool strict, std::string_view source, base::Diagnostics& found) {
  const bool is_ours = !session.settings.endpoint;
  // What a reference names may be stored at the server: that one looks for it.
  model::lint_document(document, file, strict,
                       {.find = {}, .submit = is_ours, .needs_values = true, .source_text = source},
                       found);
  if (is_ours) return;
  std::erase_if(found, [](const base::Diagnostic& one) {
    return one.rule == "refused-field" || one.rule == "ignored-field";
  });
}

}  // namespace cli
