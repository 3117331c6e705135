// instance_client.h — --instanceid: of several controllers that share their namespaces, one's work.
//
// As Argo treats it: what is made gets the label workflows.argoproj.io/controller-instanceid, lists
// and watches show only what has it, and what is named must have it. Without an ID it is the other
// way round: the label is taken off, and only what has none is seen.
#pragma once
#include <memory>
#include <string>

#include "sys/http.h"

namespace cli {

class InstanceClient final : public sys::HttpClient {
 public:
  InstanceClient(std::unique_ptr<sys::HttpClient> inner, std::string id)
      : inner_(std::move(inner)), id_(std::move(id)) {}

  base::Result<sys::HttpResponse> send(const sys::HttpRequest& request) override;
  base::Result<sys::HttpResponse> stream(
      const sys::HttpRequest& request,
      const std::function<bool(std::string_view)>& on_bytes) override;
  void cancel() override { inner_->cancel(); }

 private:
  sys::HttpRequest marked(const sys::HttpRequest& request) const;
  bool is_ours(std::string_view object) const;

  const std::unique_ptr<sys::HttpClient> inner_;
  const std::string id_;
};

}  // namespace cli
