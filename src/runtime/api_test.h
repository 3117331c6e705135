// api_test.h — an API server in a map, for the agent's tests: pods and config in, statuses out.
#pragma once
#include <sys/eventfd.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "kube/api.h"
#include "sys/fd.h"

namespace runtime {

class MapApi final : public kube::Api {
 public:
  base::Result<text::Value> get(const kube::ObjectRef& ref) override {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key(*ref.kind, ref.namespace_, ref.name));
    if (found == objects_.end()) return missing(ref);
    return found->second;
  }
  base::Result<kube::ObjectList> list(const kube::Kind& kind, std::string_view,
                                      const kube::ListOptions&) override {
    const std::lock_guard lock(mutex_);
    kube::ObjectList out;
    for (const auto& [name, object] : objects_)
      if (name.starts_with(std::string(kind.plural) + "|")) out.items.push_back(object);
    out.resource_version = std::to_string(revision_);
    return out;
  }
  base::Result<text::Value> create(const kube::Kind& kind, std::string_view space,
                                   text::Value object, bool) override {
    const std::lock_guard lock(mutex_);
    text::Value& metadata = object["metadata"];
    if (metadata.string_at("name").empty())
      metadata["name"] =
          std::string(metadata.string_at("generateName")) + std::to_string(revision_ + 1);
    metadata["namespace"] = space;
    if (metadata.string_at("uid").empty())
      metadata["uid"] = "uid-" + std::string(metadata.string_at("name"));
    return put(kind, std::move(object), kube::WatchEvent::Type::kAdded);
  }
  base::Result<text::Value> update(const kube::ObjectRef& ref, text::Value object) override {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key(*ref.kind, ref.namespace_, ref.name));
    if (found == objects_.end()) return missing(ref);
    if (const text::Value* status = found->second.find("status")) object["status"] = *status;
    return put(*ref.kind, std::move(object), kube::WatchEvent::Type::kModified);
  }
  base::Result<text::Value> update_status(const kube::ObjectRef& ref, text::Value object) override {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key(*ref.kind, ref.namespace_, ref.name));
    if (found == objects_.end()) return missing(ref);
    const auto version = object.string_at("metadata", "resourceVersion");
    if (!version.empty() && version != found->second.string_at("metadata", "resourceVersion"))
      return base::fail(base::Code::kConflict, "changed");
    ++status_writes;
    text::Value copy = found->second;
    copy["status"] = object["status"];
    if (const text::Value* notes = object.find_path("metadata", "annotations"))
      copy["metadata"]["annotations"] = *notes;
    return put(*ref.kind, std::move(copy), kube::WatchEvent::Type::kModified);
  }
  base::Result<text::Value> patch(const kube::ObjectRef&, kube::PatchType,
                                  const text::Value&) override {
    return base::fail(base::Code::kUnsupported, "patch");
  }
  base::Result<text::Value> patch_status(const kube::ObjectRef&, kube::PatchType,
                                         const text::Value&) override {
    return base::fail(base::Code::kUnsupported, "patch");
  }
  base::Status remove(const kube::ObjectRef& ref, const kube::DeleteOptions&) override {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key(*ref.kind, ref.namespace_, ref.name));
    if (found == objects_.end()) return base::fail(missing(ref).value());
    tell({kube::WatchEvent::Type::kDeleted, found->second});
    objects_.erase(found);
    return {};
  }
  base::Result<std::unique_ptr<kube::Watch>> watch(const kube::Kind& kind, std::string_view,
                                                   const kube::ListOptions&,
                                                   std::string_view revision) override {
    const std::lock_guard lock(mutex_);
    return std::make_unique<MapWatch>(*this, kind, std::stoull(std::string(revision)));
  }

  // Waits until the pod is as wanted; the last state when that never came.
  text::Value wait_for(const std::string& name,
                       const std::function<bool(const text::Value&)>& holds, int seconds = 30) {
    std::unique_lock lock(mutex_);
    const std::string at = "pods|default|" + name;
    changed_.wait_for(lock, std::chrono::seconds(seconds),
                      [&] { return objects_.contains(at) && holds(objects_.at(at)); });
    return objects_.contains(at) ? objects_.at(at) : text::Value();
  }

  int status_writes = 0;

 private:
  struct Logged {
    uint64_t revision;
    std::string plural;
    kube::WatchEvent event;
  };
  class MapWatch final : public kube::Watch {
   public:
    MapWatch(MapApi& api, const kube::Kind& kind, uint64_t revision)
        : api_(api), kind_(kind), revision_(revision) {}
    base::Result<std::vector<kube::WatchEvent>> next(int) override {
      std::unique_lock lock(api_.mutex_);
      std::vector<kube::WatchEvent> out;
      api_.changed_.wait(lock, [&] { return cancelled_ || api_.revision_ > revision_; });
      for (const Logged& one : api_.log_)
        if (one.revision > revision_ && one.plural == kind_.plural) out.push_back(one.event);
      revision_ = api_.revision_;
      if (cancelled_) return base::fail(base::Code::kUnavailable, "cancelled");
      return out;
    }
    std::string bookmark() const override { return std::to_string(revision_); }
    int fd() const override { return -1; }
    void cancel() override {
      const std::lock_guard lock(api_.mutex_);
      cancelled_ = true;
      api_.changed_.notify_all();
    }

   private:
    MapApi& api_;
    const kube::Kind& kind_;
    uint64_t revision_;
    bool cancelled_ = false;
  };

  static std::string key(const kube::Kind& kind, std::string_view space, std::string_view name) {
    return std::string(kind.plural) + "|" + std::string(space) + "|" + std::string(name);
  }
  static tl::unexpected<base::Error> missing(const kube::ObjectRef& ref) {
    return base::fail(base::Code::kNotFound, ref.name + " not found");
  }
  base::Result<text::Value> put(const kube::Kind& kind, text::Value object,
                                kube::WatchEvent::Type type) {
    object["metadata"]["resourceVersion"] = std::to_string(revision_ + 1);
    const std::string at =
        key(kind, object.string_at("metadata", "namespace"), object.string_at("metadata", "name"));
    if (type == kube::WatchEvent::Type::kAdded && objects_.contains(at))
      return base::fail(base::Code::kAlreadyExists, at);
    objects_[at] = object;
    tell({type, object}, std::string(kind.plural));
    return object;
  }
  void tell(kube::WatchEvent event, std::string plural = "pods") {
    log_.push_back({++revision_, std::move(plural), std::move(event)});
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, text::Value> objects_;
  std::deque<Logged> log_;
  uint64_t revision_ = 1;
};

}  // namespace runtime
