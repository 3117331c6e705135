// router.h — which function answers which method and path. One row a route.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/call.h"

namespace server {

struct Route {
  std::string_view method;
  std::string pattern;  // "/api/v1/workflows/{namespace}/{name}/log"
  std::function<void(Call&)> answer;
};

class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  // Answers, with Call::args filled; false when no pattern fits the path. A path that fits under
  // another method is answered with 405.
  bool dispatch(Call& call) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace server
