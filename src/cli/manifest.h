// manifest.h — the files that a user names: paths, directories, http(s) addresses, "-" for stdin.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/session.h"
#include "text/value.h"

namespace cli {

struct Manifest {
  std::string file;                    // for messages
  std::string source;                  // whole text
  std::vector<text::Value> documents;  // items of a "List" one by one
};

// Everything, in order; a directory gives its *.yaml, *.yml and *.json, also of the directories
// below, by name. What is no YAML is reported with its place, all of it, before this fails.
base::Result<std::vector<Manifest>> read_manifests(Session& session,
                                                   const std::vector<std::string>& names);
// The files alone, unread: their names for messages, and their texts.
struct NamedText {
  std::string file, source;
};
base::Result<std::vector<NamedText>> read_texts(Session& session,
                                                const std::vector<std::string>& names);
// One file, address or "-", its documents as they stand. What is no YAML is reported with its place
// before this fails.
base::Result<Manifest> read_documents(Session& session, const std::string& name);
// The text of one file, address or "-".
base::Result<std::string> read_text(Session& session, const std::string& name);

}  // namespace cli
