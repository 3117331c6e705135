// field_set.h — a set of fields of an object, as managedFields keep it (fieldsV1).
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/value.h"

namespace kube {

// A tree of path elements, written as in fieldsV1: "f:name" is a member, `k:{"name":"x"}` the
// element of a list with these keys, `v:"x"` a scalar of a list. A plain value.
class FieldSet {
 public:
  // kInvalid: no fieldsV1.
  static base::Result<FieldSet> parse(const text::Value& fields_v1);
  text::Value to_fields_v1() const;

  // Made when absent.
  FieldSet& at(std::string_view element);
  const FieldSet* find(std::string_view element) const;
  void insert() { is_member_ = true; }
  bool is_member() const { return is_member_; }
  using Below = std::map<std::string, FieldSet, std::less<>>;
  const Below& below() const { return below_; }
  bool empty() const { return !is_member_ && below_.empty(); }

  void unite(const FieldSet& other);
  void remove(const FieldSet& other);
  FieldSet common(const FieldSet& other) const;
  // Without the element and all below it.
  void cut(std::string_view element) { below_.erase(std::string(element)); }
  void clear() { *this = FieldSet(); }

  // Each member as Kubernetes shows paths: `.spec.containers[name="x"].image`.
  std::vector<std::string> paths() const;

  friend bool operator==(const FieldSet& a, const FieldSet& b) = default;

 private:
  void append_paths(const std::string& prefix, std::vector<std::string>& out) const;

  bool is_member_ = false;
  Below below_;  // none of them empty
};

}  // namespace kube
