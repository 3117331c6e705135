// kube_client.h — a cluster without an Argo server: Argo's REST, answered by the cluster's
// Kubernetes API.
//
// The commands speak with it as with a server. It does what a server would do: finds @latest, makes
// workflows of templates, looks through stored templates, edits nodes, merges the logs of pods. As
// with Argo the archive needs a server; so do retry and memoized resubmit (a server knows how nodes
// hang together), limits of locks in a database, and nodes that are stored beside their workflow.
// They are refused by name. What is no Argo request goes through as it is.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "cli/request_path.h"
#include "sys/clock.h"
#include "sys/http.h"
#include "text/value.h"

namespace cli {

class KubeClient final : public sys::HttpClient {
 public:
  using Connect = std::function<base::Result<std::unique_ptr<sys::HttpClient>>()>;
  // `connect` makes further connections: logs are read of many pods at once.
  KubeClient(std::unique_ptr<sys::HttpClient> inner, Connect connect, sys::Clock& clock)
      : inner_(std::move(inner)), connect_(std::move(connect)), clock_(clock) {}

  base::Result<sys::HttpResponse> send(const sys::HttpRequest& request) override;
  base::Result<sys::HttpResponse> stream(
      const sys::HttpRequest& request,
      const std::function<bool(std::string_view)>& on_bytes) override;
  void cancel() override { inner_->cancel(); }

 private:
  struct Target;
  using Change = std::function<base::Status(text::Value& workflow)>;

  base::Result<text::Value> answer(const sys::HttpRequest& request, const RequestPath& path);
  base::Result<text::Value> answer_kind(const sys::HttpRequest& request, const Target& target,
                                        const RequestPath& path);
  base::Result<text::Value> list(const Target& target, const RequestPath& path);
  base::Result<text::Value> create(const Target& target, const text::Value& body);
  base::Result<text::Value> submit(const Target& target, const text::Value& body);
  base::Result<text::Value> lint(const Target& target, text::Value object, bool to_run);
  base::Result<text::Value> remove(const Target& target, bool force);
  base::Result<text::Value> operate(const Target& target, const text::Value& body);
  base::Result<text::Value> resubmit(const Target& target, const text::Value& body);
  base::Result<text::Value> sync(const sys::HttpRequest& request, const RequestPath& path);
  base::Result<text::Value> change(const Target& target, const Change& change);
  base::Result<text::Value> patch(const Target& target, const text::Value& patch);
  base::Result<std::string> real_name(const Target& target);

  base::Result<text::Value> ask(const std::string& method, const std::string& path,
                                const text::Value* body = nullptr,
                                std::string_view type = "application/json");

  const std::unique_ptr<sys::HttpClient> inner_;
  const Connect connect_;
  sys::Clock& clock_;
};

}  // namespace cli
