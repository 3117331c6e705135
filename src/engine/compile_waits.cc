// What a template or the workflow waits for before it runs: keys of ConfigMaps, locks, memos.
#include <algorithm>

#include "engine/compile.h"
#include "text/json.h"

namespace engine {
namespace {

base::Status invalid(const std::string& path, const std::string& why) {
  return base::fail(base::Code::kInvalid, path + ": " + why);
}

// Names may stand in the plan as {{tags}}: what they become is checked when a node asks.
std::string lock_text(const text::Value& lock, const std::string& own_namespace, bool is_mutex) {
  std::string out(lock.string_at("namespace"));
  if (out.empty()) out = own_namespace;
  const text::Value* database = lock.find("database");
  if (is_mutex) {
    const bool stored = database != nullptr && database->is_bool() && database->as_bool();
    return out + (stored ? "/Database/" : "/Mutex/") + std::string(lock.string_at("name"));
  }
  if (database != nullptr && database->is_map())
    return out + "/Database/" + std::string(database->string_at("key"));
  return out + "/ConfigMap/" + std::string(lock.string_at("configMapKeyRef", "name")) + "/" +
         std::string(lock.string_at("configMapKeyRef", "key"));
}

}  // namespace

base::Result<uint32_t> Compiler::compile_config_map(const model::ValueFrom& from,
                                                    const PlanTemplate* tmpl) {
  PlanConfigMapRef out;
  const std::pair<TextId*, const std::string*> texts[] = {
      {&out.name, &from.config_map_key_ref->name},
      {&out.key, &from.config_map_key_ref->key},
      {&out.default_, from.default_ ? &*from.default_ : nullptr},
  };
  for (const auto& [id, source] : texts) {
    if (source == nullptr) continue;
    auto text = texts_.add(*source, tmpl);
    if (!text) return base::fail(text.error());
    *id = *text;
  }
  plan_.config_maps.push_back(out);
  return static_cast<uint32_t>(plan_.config_maps.size() - 1);
}

// Semaphores first, as Argo asks for them.
base::Status Compiler::compile_locks(const text::Value& synchronization, const PlanTemplate* tmpl,
                                     const std::string& path, std::vector<PlanLock>& out) {
  std::vector<std::string> seen;
  for (const std::string_view member : {"semaphores", "mutexes"}) {
    const text::Value* list = synchronization.find(member);
    if (list == nullptr || !list->is_list()) continue;
    const bool is_mutex = member == "mutexes";
    for (const text::Value& lock : list->as_list()) {
      const std::string where = path + ".synchronization." + std::string(member);
      const bool is_map = lock.find("configMapKeyRef") != nullptr;
      const text::Value* database = lock.find("database");
      const bool is_stored = database != nullptr && database->is_map();
      if (!is_mutex && is_map == is_stored)
        return invalid(where, "a semaphore has either configMapKeyRef or database");
      const std::string source = lock_text(lock, plan_.namespace_, is_mutex);
      if (std::find(seen.begin(), seen.end(), source) != seen.end())
        return invalid(where, "duplicate synchronization item found");
      seen.push_back(source);
      auto name = texts_.add(source, tmpl);
      if (!name) return base::fail(name.error());
      out.push_back({*name, is_mutex});
    }
  }
  return {};
}

base::Status Compiler::compile_memo(const text::Value& memoize, const std::string& path,
                                    PlanTemplate& out) {
  if (memoize.is_null()) return {};
  const std::string_view map = memoize.string_at("cache", "configMap", "name");
  const std::string_view stored = memoize.string_at("cache", "database", "name");
  if (map.empty() == stored.empty())
    return invalid(path + ".memoize.cache", "a cache has either configMap or database");
  PlanMemo memo;
  memo.in_database = map.empty();
  const std::pair<TextId*, std::string> texts[] = {
      {&memo.key, std::string(memoize.string_at("key"))},
      {&memo.cache, std::string(map.empty() ? stored : map)},
      {&memo.max_age, std::string(memoize.string_at("maxAge"))},
  };
  for (const auto& [id, source] : texts) {
    auto text = optional_text(source, &out);
    if (!text) return base::fail(text.error());
    *id = *text;
  }
  out.memo = memo;
  return {};
}

base::Status resolve_arguments(model::Workflow& workflow, const FindConfigMapValue& find) {
  for (model::Parameter& parameter : workflow.spec.arguments.parameters) {
    if (parameter.value || !parameter.value_from || !parameter.value_from->config_map_key_ref)
      continue;
    const model::KeySelector& ref = *parameter.value_from->config_map_key_ref;
    const ConfigMapValue found = find({ref.name, ref.key});
    if (found.value) {
      parameter.value = *found.value;
    } else if (parameter.value_from->default_) {
      parameter.value = *parameter.value_from->default_;
    } else {
      return base::fail(base::Code::kInvalid, "failed to set global parameter " + parameter.name +
                                                  " from configmap with name " + ref.name +
                                                  " and key " + ref.key + ": " + found.error);
    }
    parameter.value_from.reset();
  }
  return {};
}

}  // namespace engine
