#include "server/router.h"

namespace server {
namespace {

bool fits(std::string_view pattern, Call& call) {
  call.args.clear();
  size_t index = 0;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);  // '/'
    const size_t slash = pattern.find('/');
    const std::string_view segment = pattern.substr(0, slash);
    if (index == call.path.size()) return false;
    if (segment.starts_with('{'))
      call.args.push_back(call.path[index]);
    else if (segment != call.path[index])
      return false;
    ++index;
    if (slash == std::string_view::npos) break;
    pattern.remove_prefix(slash);
  }
  return index == call.path.size();
}

}  // namespace

bool Router::dispatch(Call& call) const {
  bool other_method = false;
  for (const Route& route : routes_) {
    if (!fits(route.pattern, call)) continue;
    if (route.method != call.request.method) {
      other_method = true;
      continue;
    }
    route.answer(call);
    return true;
  }
  if (!other_method) return false;
  call.out.send({405,
                 {{"Content-Type", "application/json"}},
                 R"({"code":12,"message":"Method Not Allowed","details":[]})"});
  return true;
}

}  // namespace server
