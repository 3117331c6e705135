// stored_objects.h — what `argo template`, `argo cluster-template` and `argo cron` have in common:
// objects that are stored to be run later.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "cli/session.h"
#include "text/value.h"

namespace cli {

// The kind of objects that a command is about.
struct StoredKind {
  std::string_view kind;    // "WorkflowTemplate"
  std::string_view words;   // "workflow template", for messages
  std::string_view path;    // of the REST API: "workflow-templates"
  std::string_view member;  // of a request's body
  bool namespaced;
  // For people: one object, and a table of some.
  std::string (*shown)(Session& session, const text::Value& object);
  std::string (*table)(Session& session, const std::vector<text::Value>& objects);
};

// Changes an object of a file before it is sent.
using Change = std::function<void(text::Value& object)>;

// The objects of that kind in the given files, each checked before the first is sent.
base::Result<int> create_stored(Session& session, const StoredKind& kind,
                                const Change& change = {});
base::Result<int> update_stored(Session& session, const StoredKind& kind,
                                const Change& change = {});
base::Result<int> get_stored(Session& session, const StoredKind& kind);
base::Result<int> list_stored(Session& session, const StoredKind& kind);
// The named ones, or with --all those of the namespace.
base::Result<int> delete_stored(Session& session, const StoredKind& kind);

// The path of one object, or (without a name) of all; `action`: "suspend".
std::string stored_path(const Session& session, const StoredKind& kind, std::string_view name = {},
                        std::string_view action = {});

// "Created:" and its like, as Argo's commands lay them out.
std::string field_line(size_t width, std::string_view name, std::string_view value);
// metadata.creationTimestamp, as "Sat Nov 21 07:00:00 +0000 (5 seconds ago)".
std::string created_text(Session& session, const text::Value& object);

}  // namespace cli
