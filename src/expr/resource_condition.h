// resource_condition.h — successCondition and failureCondition of a resource template.
//
// Each is a label selector whose keys are paths into the object ("status.succeeded > 0,
// status.phase in (Running,Succeeded)"): dotted names, numbers for items of lists. Source: Argo
// docs "Kubernetes Resources"; the keys are read as gjson reads plain paths.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "text/selector.h"
#include "text/value.h"

namespace expr {

class ResourceConditions {
 public:
  // An empty text is no condition. Errors: kInvalid, naming the condition.
  static base::Result<ResourceConditions> parse(std::string_view success, std::string_view failure);

  enum class Verdict : uint8_t { kSuccess, kFailure, kKeepWaiting };
  struct Answer {
    Verdict verdict = Verdict::kKeepWaiting;
    std::string message;  // which requirement failed the object, or that none has matched
  };
  // One requirement of the failure condition that holds is a failure; all of the success condition
  // must hold for a success; without any condition every object is one.
  Answer judge(const text::Value& object) const;

 private:
  text::Selector success_, failure_;
};

// The text at a path of an object as conditions compare it, or nothing; "" for null.
std::optional<std::string> text_at_path(const text::Value& object, std::string_view path);

}  // namespace expr
