// node_facts.h — what this machine is, as its Node tells it.
#pragma once
#include <string>

#include "server/node_object.h"

namespace apps {

// `folder`: whose file system counts as the disk.
server::NodeFacts node_facts(const std::string& folder, const std::string& version);

}  // namespace apps
