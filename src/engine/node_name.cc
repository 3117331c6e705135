#include "engine/node_name.h"

#include "base/hash.h"

namespace engine {
namespace {

constexpr size_t kPodNamePrefixMax = 242;  // 253 of a name, less 10 digits and a dash

}  // namespace

std::string node_id_of(std::string_view workflow, std::string_view node_name) {
  std::string out(workflow);
  if (node_name != workflow) out += "-" + std::to_string(base::fnv1a32(node_name));
  return out;
}

std::string pod_name_prefix(std::string_view workflow, std::string_view template_name) {
  std::string out(workflow);
  if (!template_name.empty()) out.append("-").append(template_name);
  if (out.size() > kPodNamePrefixMax) out.resize(kPodNamePrefixMax);
  return out;
}

std::string pod_name_of(std::string_view workflow, std::string_view node_name,
                        std::string_view template_name) {
  if (node_name == workflow) return std::string(workflow);
  const bool is_inline = node_name.find(".inline") != std::string_view::npos;
  return pod_name_prefix(workflow, is_inline ? "" : template_name) + "-" +
         std::to_string(base::fnv1a32(node_name));
}

std::string_view step_name_in(std::string_view node_name) {
  // Attempts and items are in brackets at the end, which may hold brackets of the other kind.
  char opener = '\0';
  for (size_t i = node_name.size(); i-- > 0;) {
    const char c = node_name[i];
    if (opener != '\0') {
      if (c == opener) opener = '\0';
    } else if (c == ')') {
      opener = '(';
    } else if (c == ']') {
      opener = '[';
    } else {
      node_name = node_name.substr(0, i + 1);
      break;
    }
  }
  const size_t dot = node_name.rfind('.');
  return dot == std::string_view::npos ? node_name : node_name.substr(dot + 1);
}

}  // namespace engine
