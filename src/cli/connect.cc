#include "cli/connect.h"

#include <fmt/format.h>

#include "cli/instance_client.h"
#include "cli/kube_client.h"
#include "text/json.h"

namespace cli {
namespace {

// Shows each request with its status and how long it took.
class ShowingClient final : public sys::HttpClient {
 public:
  ShowingClient(std::unique_ptr<sys::HttpClient> inner, const Surroundings& around,
                const Settings& settings)
      : inner_(std::move(inner)), around_(around), settings_(settings) {}

  base::Result<sys::HttpResponse> send(const sys::HttpRequest& request) override {
    const base::Time began = around_.clock.now();
    return show(request, began, inner_->send(request));
  }
  base::Result<sys::HttpResponse> stream(
      const sys::HttpRequest& request,
      const std::function<bool(std::string_view)>& on_bytes) override {
    const base::Time began = around_.clock.now();
    return show(request, began, inner_->stream(request, on_bytes));
  }
  void cancel() override { inner_->cancel(); }

 private:
  base::Result<sys::HttpResponse> show(const sys::HttpRequest& request, base::Time began,
                                       base::Result<sys::HttpResponse> response) const {
    const base::Time now = around_.clock.now();
    const std::string outcome = response ? std::to_string(response->status) : response.error().text;
    const std::string text = fmt::format("{} {}: {} in {} ms", request.method, request.target,
                                         outcome, (now - began).ns / 1'000'000);
    around_.err(log_line(settings_, now, "debug", text));
    return response;
  }

  const std::unique_ptr<sys::HttpClient> inner_;
  const Surroundings& around_;
  const Settings& settings_;
};

}  // namespace

std::string log_line(const Settings& settings, base::Time now, std::string_view level,
                     std::string_view text) {
  if (!settings.logs_json) return fmt::format("argo: {}\n", text);
  text::Value line;
  line["time"] = base::to_rfc3339(now);
  line["level"] = level;
  line["msg"] = text;
  return text::to_json(line) + "\n";
}

base::Result<std::unique_ptr<sys::HttpClient>> connect(const Surroundings& around,
                                                       const Settings& settings) {
  auto client = around.connect(settings.endpoint);
  if (!client) return client;
  if (settings.shows_requests)
    client = std::make_unique<ShowingClient>(*std::move(client), around, settings);
  if (settings.is_kubernetes)
    client = std::make_unique<KubeClient>(
        *std::move(client), [&] { return around.connect(settings.endpoint); }, around.clock);
  // A server has an ID of its own; in a cluster, it is for us to say whose things are meant.
  if (settings.is_kubernetes || !settings.instance_id.empty())
    client = std::make_unique<InstanceClient>(*std::move(client), settings.instance_id);
  return client;
}

}  // namespace cli
