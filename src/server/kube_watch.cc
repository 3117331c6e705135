#include "server/kube_watch.h"

#include <fmt/format.h>

#include "server/kube_lists.h"

namespace server {
namespace {

base::Status check_initial_events(const Call& call) {
  const std::string_view match = call.query("resourceVersionMatch");
  const std::string_view initial = call.query("sendInitialEvents");
  if (initial.empty() && !match.empty())
    return base::fail(base::Code::kInvalid,
                      "resourceVersionMatch is forbidden for watch unless sendInitialEvents is "
                      "provided");
  if (initial.empty()) return {};
  if (initial != "true" && initial != "false" && initial != "1" && initial != "0")
    return base::fail(base::Code::kInvalid,
                      fmt::format("sendInitialEvents: \"{}\" is neither true nor false", initial));
  if (match != "NotOlderThan")
    return base::fail(base::Code::kInvalid,
                      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  return {};
}

}  // namespace

void watch_kind(kube::StoreApi& api, WatchPump& pump, const kube::Kind& kind,
                const std::string& namespace_, const kube::ListOptions& options, const View& view,
                Call& call) {
  if (auto good = check_initial_events(call); !good) return call.fail(good.error());
  const auto revision = read_revision(call.query("resourceVersion"));
  if (!revision) return call.fail(revision.error());
  const uint64_t present = api.store().revision();
  if (*revision > present) return refuse_future(*revision, present, call);
  const bool asks_initial = !call.query("sendInitialEvents").empty();
  const bool wants_initial = asks_initial ? call.query_flag("sendInitialEvents") : *revision == 0;
  WatchRequest request;
  request.kind = &kind;
  request.namespace_ = namespace_;
  request.select = options;
  request.view = view;
  request.select.limit = 0;
  request.select.continue_token.clear();
  request.revision = wants_initial ? 0 : *revision != 0 ? *revision : present;
  request.bookmarks = call.query_flag("allowWatchBookmarks");
  request.marks_initial_end = asks_initial && wants_initial && request.bookmarks;
  request.timeout_seconds = call.query_number("timeoutSeconds");
  auto added = pump.add(std::move(request), [&] {
    return call.out.detach(200, {{"Content-Type", "application/json"}});
  });
  if (!added) call.fail(added.error());
}

}  // namespace server
