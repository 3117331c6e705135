#include "model/secret.h"

#include "text/base64.h"

namespace model {

void fold_string_data(text::Value& secret) {
  const text::Value* plain = secret.find("stringData");
  if (!plain || !plain->is_map()) return;
  const text::Value copy = *plain;
  for (const text::Member& member : copy.as_map())
    secret["data"][member.key] = text::to_base64(member.value.to_any_string());
  secret.as_map().erase("stringData");
}

}  // namespace model
