// template_guard.h — templateReferencing: Secure: workflows whose WorkflowTemplate has changed
// while they run. Internal to control/. One thread.
//
// Nothing is watched unless it is asked for.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "control/run.h"
#include "kube/store_api.h"

namespace control {

// As Argo words it.
inline constexpr std::string_view kSpecChanged =
    "WorkflowSpec may not change during execution when the controller is set "
    "`templateReferencing: Secure`";

class TemplateGuard {
 public:
  explicit TemplateGuard(kube::StoreApi& api) : api_(api) {}

  // Which runs are to be looked at since the last call; null: none. After it was off, all are.
  using Concerns = std::function<bool(const Run& run)>;
  base::Result<Concerns> gather(bool is_on);
  // Whether this run may not go on.
  base::Result<bool> has_changed(const Run& run) const;
  std::vector<int> fds() const;

 private:
  kube::StoreApi& api_;
  std::unique_ptr<store::Watch> templates_, cluster_templates_;
};

}  // namespace control
