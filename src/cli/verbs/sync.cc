// argo sync
#include "cli/table.h"
#include "cli/verb.h"
#include "text/json.h"

namespace cli {
namespace {

using text::Value;

constexpr std::string_view kTypes = "database|configmap";
constexpr Flag kSetFlags[] = {
    {"cm-name", 0, "NAME", "the ConfigMap (required if the type is configmap)"},
    {"limit", 0, "NUMBER", "so many may hold the semaphore at a time"},
    {"type", 0, "TYPE", "where the limit is kept", kTypes},
};
constexpr Flag kNameFlags[] = {
    {"cm-name", 0, "NAME", "the ConfigMap (required if the type is configmap)"},
    {"type", 0, "TYPE", "where the limit is kept", kTypes},
};
constexpr Flag kListFlags[] = {
    {"all-namespaces", 'A', "", "of all namespaces"},
    {"output", 'o', "FORMAT", "format of the output", "name|json"},
};

template <const auto& Rows>
std::span<const Flag> rows() {
  return Rows;
}

// One limit: the command line as a request.
struct Wanted {
  std::string key, cm_name;
  bool in_database = false;
};

base::Result<Wanted> wanted_of(const Session& session) {
  Wanted out{session.flags.arguments.front(), session.flags.get("cm-name"),
             session.flags.get("type") == "database"};
  if (!session.flags.has("type"))
    return base::fail(base::Code::kInvalid, "--type must be either 'database' or 'configmap'");
  if (!out.in_database && out.cm_name.empty())
    return base::fail(base::Code::kInvalid, "--cm-name is required when type is configmap");
  return out;
}

std::string path_of(const Session& session, const Wanted& wanted) {
  return api_path({"sync", session.name_space, wanted.key}) +
         Query()
             .add("type", wanted.in_database ? "DATABASE" : "CONFIGMAP")
             .add("cmName", wanted.cm_name)
             .text();
}

base::Error failed(std::string_view what, base::Error error) {
  error.text = fmt::format("failed to {} sync limit: {}", what, error.text);
  return error;
}

void print_limit(Session& session, const Value& limit) {
  const Value* type = limit.find("type");
  const bool in_database = type != nullptr && type->to_any_string() == "1";
  session.print("Key: {}\n", limit.string_at("key"));
  session.print("Type: {}\n", in_database ? "database" : "configmap");
  if (!in_database) session.print("ConfigMap Name: {}\n", limit.string_at("cmName"));
  session.print("Namespace: {}\n", limit.string_at("namespace"));
  const Value* number = limit.find("limit");
  session.print("Limit: {}\n", number == nullptr ? "0" : number->to_any_string());
}

base::Result<int> set(Session& session, bool is_new) {
  const auto wanted = wanted_of(session);
  if (!wanted) return base::fail(wanted.error());
  if (!session.flags.has("limit")) return base::fail(base::Code::kInvalid, "--limit is missing");
  const auto limit = session.flags.whole("limit", 0);
  if (!limit) return base::fail(limit.error());
  Value body;
  body["type"] = wanted->in_database ? 1 : 0;
  body["namespace"] = session.name_space;
  if (!wanted->cm_name.empty()) body["cmName"] = wanted->cm_name;
  body["key"] = wanted->key;
  body["limit"] = *limit;
  const auto answer =
      is_new ? session.api.post(api_path({"sync", session.name_space}), body)
             : session.api.put(api_path({"sync", session.name_space, wanted->key}), body);
  if (!answer) return base::fail(failed(is_new ? "create" : "update", answer.error()));
  session.print("Sync limit {}\n", is_new ? "created" : "updated");
  print_limit(session, *answer);
  return 0;
}
base::Result<int> create(Session& session) { return set(session, true); }
base::Result<int> update(Session& session) { return set(session, false); }

base::Result<int> get(Session& session) {
  const auto wanted = wanted_of(session);
  if (!wanted) return base::fail(wanted.error());
  const auto answer = session.api.get(path_of(session, *wanted));
  if (!answer) return base::fail(failed("get", answer.error()));
  print_limit(session, *answer);
  return 0;
}

base::Result<int> remove(Session& session) {
  const auto wanted = wanted_of(session);
  if (!wanted) return base::fail(wanted.error());
  const auto answer = session.api.remove(path_of(session, *wanted));
  if (!answer) return base::fail(failed("delete", answer.error()));
  session.print("Sync limit deleted\n");
  return 0;
}

// "argo/my-wf", "argo/my-wf my-wf-123".
std::string client_text(const Value& client) {
  std::string out(client.string_at("workflow"));
  if (const std::string_view node = client.string_at("nodeId"); !node.empty())
    out += " " + std::string(node);
  return out;
}

size_t size_of(const Value& item, std::string_view member) {
  const Value* list = item.find(member);
  return list != nullptr && list->is_list() ? list->as_list().size() : 0;
}

// A line a client: the holders, then the foremost waiters in their order.
std::string client_lines(const Value& item) {
  std::string out;
  for (const auto& [member, word] : {std::pair("holders", "held by"), {"waiters", "then"}}) {
    if (size_of(item, member) == 0) continue;
    for (const Value& client : item.find(member)->as_list())
      out += fmt::format("  {} {}\n", word, client_text(client));
  }
  const Value* waiting = item.find("waiterCount");
  const size_t shown = size_of(item, "waiters");
  const auto all = waiting == nullptr ? std::nullopt : waiting->to_int();
  if (all && static_cast<size_t>(*all) > shown)
    out += fmt::format("  and {} more\n", static_cast<size_t>(*all) - shown);
  return out;
}

base::Result<int> list(Session& session) {
  const std::string path = session.flags.on("all-namespaces")
                               ? api_path({"sync"})
                               : api_path({"sync", session.name_space});
  const auto answer = session.api.get(path);
  if (!answer) return base::fail(answer.error());
  const std::string output = session.flags.get("output");
  if (output == "json") {
    session.around.out(text::to_json_pretty(*answer, 4) + "\n");
    return 0;
  }
  const Value* items = answer->find("items");
  if (items == nullptr || !items->is_list() || items->as_list().empty()) {
    if (output != "name") session.print("No locks are held or waited for\n");
    return 0;
  }
  std::vector<std::string> below{""};
  Table table(3);
  table.add({"LOCK", "LIMIT", "HELD", "WAITING"});
  for (const Value& item : items->as_list()) {
    if (output == "name") {
      session.print("{}\n", item.string_at("name"));
      continue;
    }
    const auto number = [&](std::string_view member) {
      const Value* value = item.find(member);
      return value == nullptr ? std::string("0") : value->to_any_string();
    };
    table.add({std::string(item.string_at("name")), number("limit"),
               std::to_string(size_of(item, "holders")), number("waiterCount")});
    below.push_back(client_lines(item));
  }
  if (output == "name") return 0;
  const std::string text = table.text();
  size_t at = 0;
  for (const std::string& lines : below) {  // behind each row of the table
    const size_t end = text.find('\n', at) + 1;
    session.around.out(text.substr(at, end - at) + lines);
    at = end;
  }
  return 0;
}

constexpr Verb kActions[] = {
    {"sync create", "KEY", "create a sync limit", rows<kSetFlags>, 1, 1, create},
    {"sync delete", "KEY", "delete a sync limit", rows<kNameFlags>, 1, 1, remove},
    {"sync get", "KEY", "get a sync limit", rows<kNameFlags>, 1, 1, get},
    {"sync list", "", "list locks, who holds them and who waits", rows<kListFlags>, 0, 0, list},
    {"sync update", "KEY", "update a sync limit", rows<kSetFlags>, 1, 1, update},
};

}  // namespace

std::span<const Verb> sync_actions() { return kActions; }

}  // namespace cli
