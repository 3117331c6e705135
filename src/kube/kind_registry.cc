#include "kube/kind_registry.h"

namespace kube {
namespace {

std::unique_ptr<Kind> to_row(std::shared_ptr<const CustomKind> custom) {
  auto row = std::make_unique<Kind>();
  row->group = custom->group;
  row->version = custom->version;
  row->plural = custom->plural;
  row->singular = custom->singular;
  row->kind = custom->kind;
  row->namespaced = custom->namespaced;
  row->has_status = custom->has_status;
  row->has_scale = custom->scale.has_value();
  row->has_generation = true;
  row->short_names.assign(custom->short_names.begin(), custom->short_names.end());
  row->categories.assign(custom->categories.begin(), custom->categories.end());
  row->custom = std::move(custom);
  return row;
}

bool is_resource(const Kind& kind, std::string_view resource) {
  if (kind.group.empty()) return resource == kind.plural;
  return resource.size() == kind.plural.size() + 1 + kind.group.size() &&
         resource.starts_with(kind.plural) && resource[kind.plural.size()] == '.' &&
         resource.ends_with(kind.group);
}

}  // namespace

std::vector<const Kind*> KindRegistry::all() const {
  std::vector<const Kind*> out;
  for (const Kind& kind : kinds()) out.push_back(&kind);
  const std::lock_guard hold(mutex_);
  for (const auto& [definition, rows] : custom_)
    for (const Kind* row : rows)
      if (row->custom->is_served) out.push_back(row);
  return out;
}

const Kind* KindRegistry::find(std::string_view group, std::string_view version,
                               std::string_view plural) const {
  if (const Kind* built_in = find_resource(group, version, plural)) return built_in;
  const std::lock_guard hold(mutex_);
  for (const auto& [definition, rows] : custom_)
    for (const Kind* row : rows)
      if (row->custom->is_served && row->plural == plural && row->group == group &&
          row->version == version)
        return row;
  return nullptr;
}

const Kind* KindRegistry::find(std::string_view api_version, std::string_view kind) const {
  if (const Kind* built_in = find_kind(api_version, kind)) return built_in;
  const std::lock_guard hold(mutex_);
  for (const auto& [definition, rows] : custom_)
    for (const Kind* row : rows)
      if (row->custom->is_served && row->kind == kind && row->is_of(api_version)) return row;
  return nullptr;
}

const Kind* KindRegistry::find_stored(std::string_view resource) const {
  for (const Kind& kind : kinds())
    if (is_resource(kind, resource)) return &kind;
  const std::lock_guard hold(mutex_);
  for (const auto& [definition, rows] : custom_)
    for (const Kind* row : rows)
      if (row->custom->is_stored && is_resource(*row, resource)) return row;
  return nullptr;
}

std::vector<const Kind*> KindRegistry::versions_of(const Kind& kind) const {
  std::vector<const Kind*> out;
  if (!kind.custom) return {&kind};
  const std::lock_guard hold(mutex_);
  const auto found = custom_.find(kind.custom->definition);
  if (found == custom_.end()) return out;
  for (const Kind* row : found->second)
    if (row->custom->is_served) out.push_back(row);
  return out;
}

void KindRegistry::serve(const std::string& definition,
                         std::vector<std::shared_ptr<const CustomKind>> versions) {
  Rows rows;
  const std::lock_guard hold(mutex_);
  for (auto& version : versions) {
    owned_.push_back(to_row(std::move(version)));
    rows.push_back(owned_.back().get());
  }
  custom_[definition] = std::move(rows);
  ++generation_;
}

void KindRegistry::stop_serving(const std::string& definition) {
  const std::lock_guard hold(mutex_);
  if (custom_.erase(definition) > 0) ++generation_;
}

}  // namespace kube
