// go_text.h — values as Go's encoding/json and fmt print them, where Argo shows such text to users.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "text/value.h"

namespace engine {

// json.Marshal: compact, with <, > and & escaped; the keys of the outermost map sorted.
std::string go_json(const text::Value& value, bool sort_keys);
// The same for a string.
void append_go_json_string(std::string& out, std::string_view text);
// fmt.Sprintf(format, number), for the verbs of whole numbers.
std::string go_format(std::string_view format, int64_t number);

}  // namespace engine
