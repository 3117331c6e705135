// queue_place.h — the place of a workflow that waits because too many others run, put in front of
// its message.
#pragma once
#include <vector>

#include "cli/session.h"
#include "text/value.h"

namespace cli {

// Asks the server only when one of them waits; what cannot be found out is left as it is.
void add_queue_places(Session& session, const std::vector<text::Value*>& workflows);

}  // namespace cli
