// same_secret.h — compares secrets. Internal to server/.
#pragma once
#include <string_view>

namespace server {

// Takes as long for a wrong one as for the right one of the same length.
bool is_same_secret(std::string_view a, std::string_view b);

}  // namespace server
