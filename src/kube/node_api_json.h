// node_api_json.h — NodeApi's values as JSON, for both ends of the agent's socket.
#pragma once
#include "kube/node_api.h"
#include "text/value.h"

namespace kube {

text::Value to_json_value(const ImageInfo& image);
ImageInfo parse_image(const text::Value& value);
text::Value to_json_value(const DoctorFinding& finding);
DoctorFinding parse_finding(const text::Value& value);
text::Value to_json_value(const ExecRequest& request);
ExecRequest parse_exec(std::string pod_uid, const text::Value& value);

}  // namespace kube
