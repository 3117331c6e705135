// path.h — where a value stands in its object: "spec.templates[0].container.command".
//
// A Path is a chain of links on the caller's stack; it becomes text only when somebody asks. It
// borrows its parent and its key: both must outlive it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "text/value.h"

namespace model {

class Path {
 public:
  Path() = default;
  // The beginning of a path that stands in a larger object; "" is the object itself.
  explicit Path(std::string_view start) : key_(start) {}
  Path(const Path& parent, std::string_view key) : parent_(&parent), key_(key) {}
  Path(const Path& parent, size_t index) : parent_(&parent), index_(index), is_index_(true) {}

  bool is_root() const { return !parent_ && key_.empty(); }
  // The last key on the way ("command" in "…command[2]"), for messages.
  std::string_view key() const;
  std::string to_string() const;

 private:
  void append_to(std::string& out) const;

  const Path* parent_ = nullptr;
  std::string_view key_;
  size_t index_ = 0;
  bool is_index_ = false;
};

// The value at a path that to_string() gave, or null. The place of a missing last member is that
// of the value which should hold it: see place_at.
const text::Value* find_at(const text::Value& root, std::string_view path);
// The place of the key or list entry at the path; of the nearest thing around it that is there.
text::Place place_at(const text::Value& root, std::string_view path);

}  // namespace model
