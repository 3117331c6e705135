// log_session.h — what a container says from now on, as kubectl attach shows it: from its log, so
// that whoever attaches slows nobody down.
#pragma once
#include <functional>
#include <memory>

#include "kube/node_api.h"

namespace runtime {

// `follow` hands out the lines, each with the mark of its stream, until the container has ended or
// `is_over` says so. It is called in a thread of the session's own.
using FollowLog =
    std::function<base::Status(const std::function<bool(std::string_view line)>& on_line,
                               const std::function<bool()>& is_over)>;
std::unique_ptr<kube::PodSession> make_log_session(FollowLog follow);

}  // namespace runtime
