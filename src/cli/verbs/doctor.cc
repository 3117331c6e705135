// argo doctor
#include "cli/verb.h"

namespace cli {

std::span<const Flag> doctor_flags() { return {}; }

base::Result<int> run_doctor(Session& session) {
  const auto answer = session.api.get("/api/v1/agent/doctor");
  if (!answer) return base::fail(answer.error());
  const text::Value* findings = answer->find("findings");
  int code = 0;
  if (!findings || !findings->is_list()) return code;
  for (const text::Value& one : findings->as_list()) {
    const auto is = [&](std::string_view key) {
      const text::Value* value = one.find(key);
      return value && value->is_bool() && value->as_bool();
    };
    const Paint& paint = session.paint;
    const std::string icon = is("ok")      ? paint.ink("✔", Paint::kGreen)
                             : is("fatal") ? paint.ink("✖", Paint::kRed)
                                           : paint.ink("⚠", Paint::kYellow);
    session.print("{} {}", icon, one.string_at("what"));
    const std::string_view detail = one.string_at("detail");
    session.print("{}{}\n", detail.empty() ? "" : ": ", detail);
    const std::string_view advice = one.string_at("advice");
    if (!is("ok") && !advice.empty()) session.print("    {}\n", advice);
    if (!is("ok") && is("fatal")) code = 1;
  }
  return code;
}

}  // namespace cli
