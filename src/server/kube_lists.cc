#include "server/kube_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "kube/fields.h"
#include "server/watch_pump.h"
#include "server/workflow_view.h"
#include "text/json.h"

namespace server {
namespace {

using base::Code;
using text::Value;

constexpr uint64_t kStreamedPage = 500;

base::Status forbid(std::string_view what) {
  return base::fail(Code::kInvalid, fmt::format("resourceVersionMatch: Forbidden: {}", what));
}

base::Status check_match(std::string_view match, std::string_view revision, const Call& call) {
  const bool goes_on = !call.query("continue").empty();
  if (goes_on && !revision.empty() && revision != "0")
    return base::fail(Code::kInvalid,
                      "specifying resource version is not allowed when using continue");
  if (match.empty()) return {};
  if (match != "Exact" && match != "NotOlderThan")
    return base::fail(Code::kInvalid,
                      fmt::format("resourceVersionMatch: Unsupported value: \"{}\": supported "
                                  "values: \"Exact\", \"NotOlderThan\"",
                                  match));
  if (goes_on) return forbid("resourceVersionMatch is forbidden when continue is provided");
  if (revision.empty())
    return forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
  if (match == "Exact" && revision == "0")
    return forbid("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
  return {};
}

// Nothing of this kind has changed since.
bool is_unchanged(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
                  uint64_t revision, uint64_t present) {
  if (revision == present) return true;
  auto watch = api.store().watch(kind.resource(), kind.namespaced ? namespace_ : "", revision);
  if (!watch) return false;
  uint64_t seen = revision;
  const auto changes = (*watch)->next(0, &seen);
  return changes && changes->empty();
}

// A page's token says the revision of the first page: "17.TOKEN".
bool split_token(const std::string& token, uint64_t& revision, std::string& rest) {
  const size_t dot = token.find('.');
  if (dot == std::string::npos) return false;
  const auto [end, error] = std::from_chars(token.data(), token.data() + dot, revision);
  rest = token.substr(dot + 1);
  return error == std::errc() && end == token.data() + dot && !rest.empty();
}

void put_nodes(kube::StoreApi& api, Value& workflow) {
  auto nodes = small_nodes_json(api, std::string(workflow.string_at("metadata", "uid")));
  if (!nodes) return;
  if (!*nodes) {
    workflow["status"]["offloadNodeStatusVersion"] =
        fmt::format("rows:{}", workflow.string_at("metadata", "resourceVersion"));
  } else if (**nodes != "{}") {
    if (auto parsed = text::parse_json(**nodes)) workflow["status"]["nodes"] = std::move(*parsed);
  }
}

// The bytes as they are stored, without reading them, page by page: memory is that of a page. What
// changes meanwhile comes after the revision of the first page. A store that fails in the middle
// leaves the list cut off, which no client takes for a whole one.
void answer_stored(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
                   const View& view, const Call& call) {
  store::ListQuery query;
  query.resource = kind.resource();
  query.limit = kStreamedPage;
  if (kind.namespaced) query.namespace_ = namespace_;
  bool is_open = false;
  while (true) {
    auto page = api.store().list(query);
    if (!page && !is_open) return call.fail(page.error());
    if (!page) return;
    ListWriter out(kind, view);
    for (const store::Object& object : page->objects) out.add_json(kube::StoreApi::to_json(object));
    query.continue_token = page->continue_token;
    const bool is_last = query.continue_token.empty();
    const ListMeta meta{std::to_string(page->revision), ""};
    if (is_last && !is_open) return call.reply_json(out.finish(meta));
    if (!is_open) call.out.begin(200, {{"Content-Type", "application/json"}});
    const bool is_taken = call.out.write(is_open ? "," + out.take_items() : out.take_head(meta));
    is_open = true;
    if (!is_taken) return;
    if (is_last) break;
  }
  call.out.write("]}");
  call.out.end();
}

base::Result<std::string> list_page(kube::StoreApi& api, const kube::Kind& kind,
                                    const std::string& namespace_, const View& view,
                                    kube::ListOptions options, uint64_t revision) {
  if (!options.continue_token.empty()) {
    std::string rest;
    if (!split_token(options.continue_token, revision, rest))
      return base::fail(Code::kInvalid, "continue key is not valid: it is none of ours");
    options.continue_token = std::move(rest);
  }
  auto found = api.list(kind, namespace_, options);
  if (!found) return base::fail(found.error());
  ListMeta meta;
  meta.resource_version = revision != 0 ? std::to_string(revision) : found->resource_version;
  if (!found->continue_token.empty())
    meta.continue_token = fmt::format("{}.{}", meta.resource_version, found->continue_token);
  const bool has_nodes = kind.plural == "workflows" && view.shows_objects();
  ListWriter out(kind, view);
  for (Value& item : found->items) {
    if (has_nodes) put_nodes(api, item);
    out.add(item);
    item = {};
  }
  return out.finish(meta);
}

}  // namespace

base::Status check_field_selector(const kube::Kind& kind, const Call& call) {
  const std::string_view given = call.query("fieldSelector");
  if (given.empty()) return {};
  auto fields = text::Selector::parse_fields(given);
  if (!fields) return base::fail(fields.error());
  for (const text::Requirement& wanted : fields->requirements())
    if (!kube::is_selectable(kind, wanted.key))
      return base::fail(
          Code::kInvalid,
          fmt::format("Unable to find \"{}, Resource={}\" that match label selector \"{}\", field "
                      "selector \"{}\": field label not supported: {}",
                      kind.group.empty() ? "/" + std::string(kind.version) : kind.api_version(),
                      kind.plural, call.query("labelSelector"), given, wanted.key));
  return {};
}

kube::ListOptions list_options(const Call& call) {
  kube::ListOptions out;
  out.label_selector = call.query("labelSelector");
  out.field_selector = call.query("fieldSelector");
  out.continue_token = call.query("continue");
  out.limit = static_cast<uint64_t>(std::max<int64_t>(0, call.query_number("limit").value_or(0)));
  return out;
}

void answer_list(kube::StoreApi& api, const kube::Kind& kind, const std::string& namespace_,
                 const View& view, Call& call) {
  const std::string_view match = call.query("resourceVersionMatch");
  const std::string_view asked = call.query("resourceVersion");
  if (auto good = check_match(match, asked, call); !good) return call.fail(good.error());
  const auto revision = read_revision(asked);
  if (!revision) return call.fail(revision.error());
  const uint64_t present = api.store().revision();
  if (*revision > present) return refuse_future(*revision, present, call);
  const bool is_exact = match == "Exact";
  const auto too_old = [&] {
    call.fail({Code::kGone,
               fmt::format("The resourceVersion for the provided list is too old: {}", *revision)});
  };
  if (is_exact && !is_unchanged(api, kind, namespace_, *revision, present)) return too_old();
  kube::ListOptions options = list_options(call);
  const bool is_all = options.label_selector.empty() && options.field_selector.empty() &&
                      options.limit == 0 && options.continue_token.empty();
  // A workflow is shown with its nodes, which are rows of their own.
  if (is_all && !is_exact && view.is_plain() && kind.plural != "workflows" && !is_converted(kind))
    return answer_stored(api, kind, namespace_, view, call);
  auto text = list_page(api, kind, namespace_, view, std::move(options), is_exact ? *revision : 0);
  if (!text) return call.fail(text.error());
  // Changed while it was made?
  if (is_exact && !is_unchanged(api, kind, namespace_, *revision, api.store().revision()))
    return too_old();
  call.reply_json(std::move(*text));
}

// base::Code has none for 504.
void refuse_future(uint64_t wanted, uint64_t present, const Call& call) {
  call.reply_json(
      fmt::format(
          R"({{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure",)"
          R"("message":"Timeout: Too large resource version: {}, current: {}","reason":"Timeout",)"
          R"("details":{{"causes":[{{"reason":"ResourceVersionTooLarge",)"
          R"("message":"Too large resource version"}}],"retryAfterSeconds":1}},"code":504}})",
          wanted, present),
      504);
}

}  // namespace server
