#include "kube/tombstone.h"

#include <utility>

#include "text/json.h"

namespace kube {

store::PutObject Tombstone::to_put() const {
  text::Value json;
  json["resource"] = owner.resource;
  json["namespace"] = owner.namespace_;
  json["name"] = owner.name;
  json["mode"] = static_cast<int>(mode);
  store::PutObject put;
  put.key = key();
  put.uid = "tombstone-" + uid;  // uids are unique in a store
  put.json = text::to_json(json);
  return put;
}

base::Result<Tombstone> parse_tombstone(const store::Object& object) {
  const auto json = text::parse_json(object.json);
  if (!json) return base::fail(base::Code::kCorrupt, "tombstone " + object.uid + " is damaged");
  Tombstone tombstone;
  tombstone.uid = object.key.name;
  tombstone.owner = {std::string(json->string_at("resource")),
                     std::string(json->string_at("namespace")),
                     std::string(json->string_at("name"))};
  const text::Value* mode = json->find("mode");
  tombstone.mode = static_cast<Tombstone::Mode>(mode ? mode->to_int().value_or(0) : 0);
  return tombstone;
}

}  // namespace kube
