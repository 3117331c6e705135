// api.h — the verbs of a Kubernetes API server on JSON objects, wherever they are served.
//
// Bodies: StoreApi (in process, over store::Store) and HttpApi (over a socket to an API server,
// ours or a cluster's). Control, the node agent and tests use this interface and nothing below it.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/value.h"

namespace kube {

struct CustomKind;

// A row of the table of kinds (kube/kinds.h), or what a CustomResourceDefinition has made
// (kube/kind_registry.h). It lives as long as the table or the registry: compare by address.
struct Kind {
  std::string_view group, version, plural, singular, kind;
  bool namespaced = false;
  bool has_status = false;      // a status subresource of its own: update() leaves the status alone
  bool has_scale = false;       // a scale subresource, see kube/scale.h
  bool has_generation = false;  // metadata.generation counts the changes of the spec
  bool is_idle = false;         // kept as it is; nothing here acts on it
  std::vector<std::string_view> short_names, categories;
  // Of a CustomResourceDefinition; null: built in.
  std::shared_ptr<const CustomKind> custom = nullptr;

  std::string api_version() const;  // "argoproj.io/v1alpha1", "v1"
  bool is_of(std::string_view api_version) const;
  std::string resource() const;  // the store's: "workflows.argoproj.io", "pods"
};

struct ObjectRef {
  const Kind* kind = nullptr;
  std::string namespace_, name;
};

// Fields of field selectors: metadata.name, metadata.namespace, status.phase, spec.nodeName,
// involvedObject.*, and any other path of scalars.
struct ListOptions {
  std::string label_selector, field_selector, continue_token;
  uint64_t limit = 0;
};
struct ObjectList {
  std::vector<text::Value> items;
  std::string resource_version, continue_token;
};

// kApply needs a field manager: kube/client_writes.h does it.
enum class PatchType : uint8_t { kJson, kMerge, kStrategic, kApply };
// "application/merge-patch+json"
std::string_view content_type(PatchType type);
struct DeleteOptions {
  std::string propagation;  // "Background" (default), "Foreground", "Orphan"
  std::optional<std::string> uid, resource_version;
  std::optional<int64_t> grace_period_seconds;
  bool dry_run = false;
};

// What a node agent says of an object: the status as a whole, and annotations to be set.
struct StatusUpdate {
  ObjectRef ref;
  std::string uid;  // kNotFound when the object is another one
  text::Value status;
  std::vector<std::pair<std::string, std::string>> annotations;
};

struct WatchEvent {
  enum class Type : uint8_t { kAdded, kModified, kDeleted, kBookmark } type;
  text::Value object;
};
class Watch {
 public:
  virtual ~Watch() = default;
  // Waits at most `timeout_ms` (-1: for ever); empty when nothing came. kGone: list again. When a
  // selector is in force, an object that enters the selection is kAdded and one that leaves it
  // kDeleted. From an API server that closed the stream: kUnavailable, watch again from bookmark().
  virtual base::Result<std::vector<WatchEvent>> next(int timeout_ms) = 0;
  // Where a new watch should go on: the revision up to which everything has been given.
  virtual std::string bookmark() const = 0;
  virtual int fd() const = 0;  // readable when next() would not wait
  virtual void cancel() = 0;   // wakes next(); from any thread
};

// Any thread. Objects come back with every field they were given, and with resourceVersion.
class Api {
 public:
  virtual ~Api() = default;
  virtual base::Result<text::Value> get(const ObjectRef& ref) = 0;
  virtual base::Result<ObjectList> list(const Kind& kind, std::string_view namespace_,
                                        const ListOptions& options) = 0;
  // Fills uid, creationTimestamp, name from generateName; runs admission.
  virtual base::Result<text::Value> create(const Kind& kind, std::string_view namespace_,
                                           text::Value object, bool dry_run) = 0;
  // Needs metadata.resourceVersion (and uid) to be current when it is given; kConflict else. Leaves
  // the status of kinds with a status subresource (Kind::has_status) as it is.
  virtual base::Result<text::Value> update(const ObjectRef& ref, text::Value object) = 0;
  // Takes status, and of metadata labels, annotations and finalizers; the rest stays.
  virtual base::Result<text::Value> update_status(const ObjectRef& ref, text::Value object) = 0;
  // Several at once, whoever else writes them meanwhile; the answers in their order, without the
  // objects. One may fail without the others.
  virtual std::vector<base::Status> update_statuses(const std::vector<StatusUpdate>& updates);
  // Retried inside when somebody else writes meanwhile, unless the patch names a resourceVersion.
  virtual base::Result<text::Value> patch(const ObjectRef& ref, PatchType type,
                                          const text::Value& patch) = 0;
  // patch() of a status subresource.
  virtual base::Result<text::Value> patch_status(const ObjectRef& ref, PatchType type,
                                                 const text::Value& patch) = 0;
  // With finalizers, or a grace period for a pod that runs, it sets deletionTimestamp only; the
  // object goes when the last finalizer does (a pod: when it is removed with grace period 0).
  virtual base::Status remove(const ObjectRef& ref, const DeleteOptions& options) = 0;
  // Changes after `resource_version`; "" or "0": first everything that is there, as kAdded.
  virtual base::Result<std::unique_ptr<Watch>> watch(const Kind& kind, std::string_view namespace_,
                                                     const ListOptions& options,
                                                     std::string_view resource_version) = 0;
};

// By plural, singular, kind or short name, any case, "plural.group" too; null when unknown.
const Kind* find_kind(std::string_view word);
const Kind* find_kind(std::string_view api_version, std::string_view kind);

}  // namespace kube
