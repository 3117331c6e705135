#include "server/sync_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "engine/config_map.h"
#include "kube/kinds.h"
#include "kube/sync_limit.h"

namespace server {
namespace {

using base::Code;
using text::Value;

constexpr size_t kWaitersShown = 100;

// As protobuf has it: numbers in answers, where 0 is left out; numbers and names in requests.
enum class Type : uint8_t { kConfigMap = 0, kDatabase = 1 };

struct Request {
  Type type = Type::kConfigMap;
  std::string namespace_, cm_name, key;
  int64_t limit = 0;
};

std::optional<Type> type_of(std::string_view text) {
  if (text.empty() || text == "0" || text == "CONFIGMAP") return Type::kConfigMap;
  if (text == "1" || text == "DATABASE") return Type::kDatabase;
  return std::nullopt;
}

base::Result<Request> read_request(const Call& call, bool has_body) {
  Request out;
  Value body;
  if (has_body) {
    auto read = call.body();
    if (!read) return base::fail(read.error());
    body = std::move(*read);
  }
  const auto member = [&](std::string_view name) {
    const Value* value = body.find(name);
    return value == nullptr ? std::string(call.query(name)) : value->to_any_string();
  };
  const auto type = type_of(member("type"));
  if (!type) return base::fail(Code::kInvalid, "unsupported sync config type: " + member("type"));
  out.type = *type;
  out.cm_name = member("cmName");
  out.namespace_ = call.args[0];
  out.key = call.args.size() > 1 ? call.args[1] : member("key");
  if (out.key.empty()) return base::fail(Code::kInvalid, "key is missing");
  if (out.type == Type::kConfigMap && out.cm_name.empty())
    return base::fail(Code::kInvalid, "cmName is missing");
  if (!has_body) return out;
  const Value* limit = body.find("limit");
  out.limit = limit == nullptr ? 0 : limit->to_int().value_or(0);
  if (out.limit <= 0) return base::fail(Code::kInvalid, "limit must be greater than zero");
  if (out.limit > INT32_MAX) return base::fail(Code::kInvalid, "limit is too large");
  return out;
}

void put_type(Value& out, Type type) {
  if (type != Type::kConfigMap) out["type"] = static_cast<int64_t>(type);
}

Value to_value(const Request& request) {
  Value out;
  put_type(out, request.type);
  out["namespace"] = request.namespace_;
  if (request.type == Type::kConfigMap) out["cmName"] = request.cm_name;
  out["key"] = request.key;
  out["limit"] = request.limit;
  return out;
}

// --- limits in ConfigMaps

class ConfigMaps {
 public:
  explicit ConfigMaps(kube::StoreApi& api) : api_(api) {}

  base::Status create(const Request& request) const;
  base::Status update(const Request& request) const;
  base::Result<int64_t> get(const Request& request) const;
  base::Status remove(const Request& request) const;

 private:
  static kube::ObjectRef ref_of(const Request& request) {
    return {&kube::kind_of("configmaps"), request.namespace_, request.cm_name};
  }
  static base::Error no_key(const Request& request, std::string_view more = "") {
    return {Code::kNotFound, fmt::format("key {} not found in configmap {}/{}{}", request.key,
                                         request.namespace_, request.cm_name, more)};
  }
  // The text; null when there is no such key.
  static const Value* find(const Value& object, const Request& request) {
    const Value* data = object.find("data");
    return data == nullptr ? nullptr : data->find(request.key);
  }

  kube::StoreApi& api_;
};

base::Status ConfigMaps::create(const Request& request) const {
  auto object = api_.get(ref_of(request));
  if (!object && object.error().code != Code::kNotFound) return base::fail(object.error());
  if (object && find(*object, request) != nullptr)
    return base::fail(Code::kAlreadyExists, "sync limit cannot be created as it already exists");
  if (!object) {
    Value fresh;
    fresh["apiVersion"] = "v1";
    fresh["kind"] = "ConfigMap";
    fresh["metadata"]["name"] = request.cm_name;
    fresh["metadata"]["namespace"] = request.namespace_;
    fresh["data"][request.key] = std::to_string(request.limit);
    auto done = api_.create(*ref_of(request).kind, request.namespace_, std::move(fresh), false);
    if (!done) return base::fail(done.error());
    return {};
  }
  (*object)["data"][request.key] = std::to_string(request.limit);
  if (auto done = api_.update(ref_of(request), std::move(*object)); !done)
    return base::fail(done.error());
  return {};
}

base::Status ConfigMaps::update(const Request& request) const {
  auto object = api_.get(ref_of(request));
  if (!object) return base::fail(object.error());
  if (find(*object, request) == nullptr)
    return base::fail(no_key(request, " - please create it first"));
  (*object)["data"][request.key] = std::to_string(request.limit);
  if (auto done = api_.update(ref_of(request), std::move(*object)); !done)
    return base::fail(done.error());
  return {};
}

base::Result<int64_t> ConfigMaps::get(const Request& request) const {
  const auto object = api_.get(ref_of(request));
  if (!object) return base::fail(object.error());
  if (find(*object, request) == nullptr) return base::fail(no_key(request));
  const auto limit = engine::read_limit(&*object, request.key);
  if (!limit)
    return base::fail(Code::kInvalid,
                      fmt::format("invalid limit format for key {} in configmap {}/{}", request.key,
                                  request.namespace_, request.cm_name));
  return *limit;
}

base::Status ConfigMaps::remove(const Request& request) const {
  auto object = api_.get(ref_of(request));
  if (!object) return base::fail(object.error());
  if (find(*object, request) == nullptr) return {};
  (*object)["data"].as_map().erase(request.key);
  if (auto done = api_.update(ref_of(request), std::move(*object)); !done)
    return base::fail(done.error());
  return {};
}

// --- limits in the database

base::Error in_words(base::Error error, const Request& request) {
  if (error.code == Code::kAlreadyExists)
    error.text =
        fmt::format("Database sync limit already exists in namespace \"{}\".", request.namespace_);
  if (error.code == Code::kNotFound)
    error.text =
        fmt::format("Database sync limit not found in namespace \"{}\".", request.namespace_);
  return error;
}

// --- the list

Value client_value(std::string_view key) {
  Value out;
  const size_t slash = key.find('/', key.find('/') + 1);
  out["workflow"] = key.substr(0, slash);
  if (slash != key.npos) out["nodeId"] = key.substr(slash + 1);
  return out;
}

text::List client_list(const std::vector<std::string>& keys) {
  text::List out;
  for (const std::string& key : keys) out.push_back(client_value(key));
  return out;
}

Value report_value(const kube::LockReport& report) {
  Value out;
  out["name"] = report.name;
  out["limit"] = report.limit;
  out["holders"] = client_list(report.holders);
  out["waiters"] = client_list(report.waiters);
  out["waiterCount"] = static_cast<int64_t>(report.waiter_count);
  return out;
}

class Answers {
 public:
  Answers(kube::StoreApi& api, FindLocks find_locks)
      : store_(api.store()), maps_(api), find_locks_(std::move(find_locks)) {}

  void create(Call& call) const { write(call, true); }
  void update(Call& call) const { write(call, false); }
  void get(Call& call) const;
  void remove(Call& call) const;
  void list(Call& call) const;

 private:
  void write(Call& call, bool is_new) const;

  store::Store& store_;
  const ConfigMaps maps_;
  const FindLocks find_locks_;
};

void Answers::write(Call& call, bool is_new) const {
  const auto request = read_request(call, true);
  if (!request) return call.fail(request.error());
  base::Status done;
  if (request->type == Type::kDatabase) {
    const kube::SyncLimit row{request->namespace_, request->key, request->limit};
    done = is_new ? kube::create_sync_limit(store_, row) : kube::update_sync_limit(store_, row);
    if (!done) return call.fail(in_words(done.error(), *request));
  } else {
    done = is_new ? maps_.create(*request) : maps_.update(*request);
  }
  if (!done) return call.fail(done.error());
  call.reply(to_value(*request));
}

void Answers::get(Call& call) const {
  auto request = read_request(call, false);
  if (!request) return call.fail(request.error());
  if (request->type == Type::kDatabase) {
    const auto row = kube::get_sync_limit(store_, request->namespace_, request->key);
    if (!row) return call.fail(in_words(row.error(), *request));
    request->limit = row->limit;
  } else {
    const auto limit = maps_.get(*request);
    if (!limit) return call.fail(limit.error());
    request->limit = *limit;
  }
  call.reply(to_value(*request));
}

void Answers::remove(Call& call) const {
  const auto request = read_request(call, false);
  if (!request) return call.fail(request.error());
  const base::Status done = request->type == Type::kDatabase
                                ? kube::remove_sync_limit(store_, request->namespace_, request->key)
                                : maps_.remove(*request);
  if (!done)
    return call.fail(request->type == Type::kDatabase ? in_words(done.error(), *request)
                                                      : done.error());
  call.reply_json("{}");
}

// Locks that somebody holds or waits for, and limits of the database that nobody uses now.
void Answers::list(Call& call) const {
  const std::string namespace_ = call.args.empty() ? std::string() : call.args[0];
  const auto most = call.query_number("waiters").value_or(kWaitersShown);
  std::vector<kube::LockReport> locks =
      find_locks_(namespace_, static_cast<size_t>(std::max<int64_t>(most, 0)));
  std::set<std::string> known;
  for (const kube::LockReport& lock : locks) known.insert(lock.name);
  const auto rows = kube::list_sync_limits(store_, namespace_);
  if (!rows) return call.fail(rows.error());
  for (const kube::SyncLimit& row : *rows) {
    const std::string name = row.namespace_ + "/Database/" + row.key;
    if (!known.contains(name)) locks.push_back({name, row.limit, {}, {}, 0});
  }
  std::ranges::sort(locks, {}, &kube::LockReport::name);
  text::List items;
  for (const kube::LockReport& lock : locks) items.push_back(report_value(lock));
  Value out;
  out["items"] = std::move(items);
  call.reply(out);
}

}  // namespace

std::vector<Route> sync_routes(kube::StoreApi& api, FindLocks find_locks) {
  const auto answers = std::make_shared<Answers>(api, std::move(find_locks));
  const auto row = [&](std::string_view method, std::string pattern,
                       void (Answers::*answer)(Call&) const) {
    return Route{method, std::move(pattern),
                 [answers, answer](Call& call) { ((*answers).*answer)(call); }};
  };
  const std::string all = "/api/v1/sync/{namespace}", one = all + "/{key}";
  return {row("GET", "/api/v1/sync", &Answers::list), row("GET", all, &Answers::list),
          row("POST", all, &Answers::create),         row("GET", one, &Answers::get),
          row("PUT", one, &Answers::update),          row("DELETE", one, &Answers::remove)};
}

}  // namespace server
