#include "kube/status_update.h"

#include <utility>

#include "kube/http_api.h"
#include "text/json.h"

namespace kube {
namespace {

using base::Code;
using base::fail;

constexpr int kTriesMax = 8;

base::Status update_one(Api& api, const StatusUpdate& update) {
  for (int left = kTriesMax;; --left) {
    auto object = api.get(update.ref);
    if (!object) return fail(object.error());
    if (object->string_at("metadata", "uid") != update.uid)
      return fail(Code::kNotFound, update.ref.name + " is another one now");
    for (const auto& [key, value] : update.annotations)
      (*object)["metadata"]["annotations"][key] = value;
    (*object)["status"] = update.status;
    const auto done = api.update_status(update.ref, std::move(*object));
    if (done) return {};
    if (done.error().code != Code::kConflict || left == 1) return fail(done.error());
  }
}

}  // namespace

std::vector<base::Status> Api::update_statuses(const std::vector<StatusUpdate>& updates) {
  std::vector<base::Status> out;
  for (const StatusUpdate& update : updates) out.push_back(update_one(*this, update));
  return out;
}

text::Value to_value(const std::vector<StatusUpdate>& updates) {
  text::List items;
  items.reserve(updates.size());
  for (const StatusUpdate& update : updates) {
    text::Map item;
    item.set("resource", update.ref.kind->plural);
    item.set("namespace", update.ref.namespace_);
    item.set("name", update.ref.name);
    item.set("uid", update.uid);
    if (!update.annotations.empty()) {
      text::Map annotations;
      for (const auto& [key, value] : update.annotations) annotations.set(key, value);
      item.set("annotations", std::move(annotations));
    }
    item.set("status", update.status);
    items.emplace_back(std::move(item));
  }
  text::Map body;
  body.set("items", std::move(items));
  return body;
}

base::Result<std::vector<StatusUpdate>> read_status_updates(text::Value body) {
  std::vector<StatusUpdate> out;
  text::Value* const items = body.find("items");
  if (items == nullptr || !items->is_list())
    return fail(Code::kInvalid, "items: a list of statuses is missing");
  for (text::Value& item : items->as_list()) {
    const std::string where = "items[" + std::to_string(out.size()) + "].";
    StatusUpdate update;
    update.ref = {find_kind(item.string_at("resource")), std::string(item.string_at("namespace")),
                  std::string(item.string_at("name"))};
    update.uid = item.string_at("uid");
    text::Value* const status = item.find("status");
    if (update.ref.kind == nullptr || !update.ref.kind->has_status)
      return fail(Code::kInvalid, where + "resource: must name a kind that has a status");
    if (update.uid.empty() || status == nullptr || !status->is_map())
      return fail(Code::kInvalid, where + "uid and status are needed");
    update.status = std::move(*status);
    if (const text::Value* notes = item.find("annotations"); notes != nullptr && notes->is_map())
      for (const text::Member& member : notes->as_map())
        update.annotations.emplace_back(member.key, member.value.to_any_string());
    out.push_back(std::move(update));
  }
  return out;
}

std::string to_json(const std::vector<base::Status>& answers) {
  std::string out = "{\"items\":[";
  for (const base::Status& answer : answers) {
    if (out.back() != '[') out += ',';
    if (answer)
      out += "{}";
    else
      text::append_json(out, to_status_object(answer.error()));
  }
  return out + "]}";
}

std::vector<base::Status> read_status_answers(const text::Value& body, size_t count) {
  std::vector<base::Status> out;
  const text::Value* const items = body.find("items");
  for (size_t i = 0; i < count; ++i) {
    if (items == nullptr || !items->is_list() || i >= items->as_list().size())
      out.push_back(fail(Code::kUnavailable, "no answer about this status"));
    else if (const text::Value& item = items->as_list()[i]; item.string_at("status").empty())
      out.emplace_back();
    else
      out.push_back(fail(error_from_status(item, 500)));
  }
  return out;
}

}  // namespace kube
