#include "server/node_changes.h"

#include <algorithm>
#include <charconv>

#include "engine/status.h"
#include "kube/status_changes.h"
#include "kube/workflow_rows.h"
#include "server/workflow_view.h"
#include "text/json.h"
#include "text/patch.h"

namespace server {
namespace {

using text::Value;

constexpr int kTriesMax = 10;  // when others write the workflow at the same time

// The whole of it, as a get gives it.
base::Result<Value> view_of(kube::StoreApi& api, const store::Object& object) {
  auto value = kube::StoreApi::to_value(object);
  if (!value) return value;
  std::vector<std::string> rows;
  auto read = api.store().rows(object.uid, kube::kNodes, 0, [&](uint64_t, std::string_view row) {
    rows.emplace_back(row);
    return true;
  });
  if (!read) return base::fail(read.error());
  if (rows.empty()) return value;
  const auto json = engine::StatusReader::nodes_json({rows.begin(), rows.end()});
  if (!json) return base::fail(json.error());
  auto nodes = text::parse_json(*json);
  if (!nodes) return base::fail(nodes.error());
  (*value)["status"]["nodes"] = std::move(*nodes);
  return value;
}

bool is_behind(const Value& given, const store::Object& stored) {
  const std::string_view version = given.string_at("metadata", "resourceVersion");
  uint64_t revision = 0;
  (void)std::from_chars(version.data(), version.data() + version.size(), revision);
  return !version.empty() && revision < stored.revision;
}

// Writes what has come out. kConflict: the workflow has changed since `stored` was read.
base::Status write(kube::StoreApi& api, OperationLog& log, const kube::ObjectRef& ref,
                   const store::Object& stored, const Value& view, Value given, const Call& call) {
  if (is_behind(given, stored)) return base::fail(store::conflict(stored.key));
  const auto operations = kube::operations_of(view, given);
  if (!operations) return base::fail(operations.error());
  if (operations->empty()) {
    const auto done = api.update(ref, std::move(given));
    return done ? base::Status() : base::Status(base::fail(done.error()));
  }
  auto put = api.prepare_update(ref, std::move(given));
  if (!put) return base::fail(put.error());
  if (put->json == stored.json) return log.apply(stored, *operations, {}, call);
  return log.apply(stored, *operations, std::move(*put), call);
}

void answer_written(kube::StoreApi& api, const kube::ObjectRef& ref, const base::Status& done,
                    const Call& call) {
  if (!done) return call.fail(done.error());
  const auto object = api.store().get(kube::StoreApi::key_of(ref));
  if (!object) return call.fail(object.error());
  answer_workflow(api, *object, FieldFilter(""), call);
}

void answer_plain(const base::Result<Value>& done, const Call& call) {
  if (!done) return call.fail(done.error());
  call.reply(*done);
}

}  // namespace

bool touches_status(kube::PatchType type, const Value& patch) {
  if (type == kube::PatchType::kMerge) return patch.find("status") != nullptr;
  if (!patch.is_list()) return true;
  return std::any_of(patch.as_list().begin(), patch.as_list().end(), [](const Value& step) {
    const std::string_view path = step.string_at("path"), from = step.string_at("from");
    return path.empty() || path.starts_with("/status") || from.starts_with("/status");
  });
}

void put_workflow(kube::StoreApi& api, OperationLog& log, const kube::ObjectRef& ref, Value given,
                  const Call& call) {
  if (given.find("status") == nullptr) return answer_plain(api.update(ref, std::move(given)), call);
  const bool is_guarded = !given.string_at("metadata", "resourceVersion").empty();
  for (int attempt = 1;; ++attempt) {
    const auto stored = api.store().get(kube::StoreApi::key_of(ref));
    if (!stored) return call.fail(stored.error());
    const auto view = view_of(api, *stored);
    if (!view) return call.fail(view.error());
    const base::Status done = write(api, log, ref, *stored, *view, given, call);
    const bool is_overtaken = !done && done.error().code == base::Code::kConflict;
    if (!is_overtaken || is_guarded || attempt == kTriesMax)
      return answer_written(api, ref, done, call);
  }
}

void patch_workflow(kube::StoreApi& api, OperationLog& log, const kube::ObjectRef& ref,
                    kube::PatchType type, const Value& patch, const Call& call) {
  if (!touches_status(type, patch)) return answer_plain(api.patch(ref, type, patch), call);
  for (int attempt = 1;; ++attempt) {
    const auto stored = api.store().get(kube::StoreApi::key_of(ref));
    if (!stored) return call.fail(stored.error());
    const auto view = view_of(api, *stored);
    if (!view) return call.fail(view.error());
    auto given = type == kube::PatchType::kMerge
                     ? base::Result<Value>(text::apply_merge_patch(*view, patch))
                     : text::apply_json_patch(*view, patch);
    if (!given) return call.fail(given.error());
    const bool is_guarded = given->string_at("metadata", "resourceVersion") !=
                            view->string_at("metadata", "resourceVersion");
    const base::Status done = write(api, log, ref, *stored, *view, std::move(*given), call);
    const bool is_overtaken = !done && done.error().code == base::Code::kConflict;
    if (!is_overtaken || is_guarded || attempt == kTriesMax)
      return answer_written(api, ref, done, call);
  }
}

}  // namespace server
