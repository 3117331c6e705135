// status.h — rows as clients see them: Argo's NodeStatus as JSON, one node at a time.
//
// Works from the rows alone (of a running or a long finished workflow), so that a status of a
// million nodes streams. Children are kept on the child; two passes over the rows assemble them.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/value.h"

namespace engine {

class StatusReader {
 public:
  // First pass: give every row, in order of NodeId.
  base::Status add(std::string_view row);
  // Second pass: appends the JSON object of one node (id, name, …, children, outboundNodes).
  // `row` must have been added. The node's id, the key in status.nodes, is appended to `id`.
  base::Status write(std::string_view row, std::string& id, std::string& json) const;
  // All at once for small ones: {"<id>": {…}, …}.
  static base::Result<std::string> nodes_json(const std::vector<std::string_view>& rows);

  // Without links: children, outboundNodes and the sums of what holds pods are left out; then rows
  // may be written as soon as they are added.
  explicit StatusReader(bool with_links = true);
  ~StatusReader();

 private:
  struct Links;
  std::unique_ptr<Links> links_;
};

}  // namespace engine
