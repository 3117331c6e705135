// pod_builder.h — the Pod object that runs a node, laid out as Argo lays it out.
//
// Container "main" from the node's substituted template; labels, annotations and owner as Argo's
// clients look for them; everything of the template and of the workflow's spec that concerns pods
// is passed through. One builder serves all nodes of a workflow and keeps only text fragments.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "text/value.h"

namespace control {

// What the engine says of the node.
struct PodRequest {
  std::string name, uid, node_id, node_name;
  std::string_view template_json;  // engine::State::pod_template()
  std::string_view boundary_json;  // engine::State::boundary_placement()
  base::Time now;
  std::optional<base::Time> deadline;
  bool wants_result = false, is_on_exit = false;
  std::vector<std::string_view> avoided_hosts = {};  // of a retry with nodeAntiAffinity
};

struct BuiltPod {
  std::string json;
  std::vector<std::pair<std::string, std::string>> labels;
};

class PodBuilder {
 public:
  // `workflow`: the whole object, with metadata.name, namespace and uid.
  explicit PodBuilder(const text::Value& workflow);

  // kInvalid: the user's mistake (a volume that is not there); the node becomes Error.
  base::Result<BuiltPod> build(const PodRequest& request) const;

 private:
  struct Draft;
  base::Status add_containers(const text::Value& tmpl, const PodRequest& request,
                              Draft& draft) const;
  base::Status add_volumes(const text::Value& tmpl, const PodRequest& request, Draft& draft) const;
  void add_metadata(const text::Value& tmpl, const PodRequest& request, Draft& draft) const;
  text::Value affinity(const text::Value* own) const;
  text::Value with_aliases(std::string_view field, const text::Value& own) const;
  void add_placement(const text::Value& tmpl, const PodRequest& request, Draft& draft) const;

  std::string workflow_, namespace_, owner_json_;
  std::string runtime_;   // of the annotation kube::kRuntime
  text::Value volumes_;   // spec.volumes
  text::Value metadata_;  // spec.podMetadata
  // Pod field -> JSON: what the workflow's spec says for all pods.
  std::vector<std::pair<std::string, std::string>> spec_;
};

}  // namespace control
