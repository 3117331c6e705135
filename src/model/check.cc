#include "model/check.h"

namespace model {

void check_fields(const text::Value&, std::string_view, std::string_view, std::string_view,
                  Strictness, base::Diagnostics&) {}
void check_treatments(const text::Value&, std::string_view, std::string_view, std::string_view,
                      bool, base::Diagnostics&) {}

}  // namespace model
