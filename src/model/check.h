// check.h — holds a Value against the field tables: unknown fields, wrong types, treatments.
//
// Internal to model/; others use decode.h and validate.h. Reports everything, in the order of the
// file.
#pragma once
#include <string_view>

#include "base/diagnostic.h"
#include "model/decode.h"
#include "text/value.h"

namespace model {

// Rules: unknown-field, wrong-type, bad-number. `type` is a row of the tables ("Workflow"); `path`
// is where the value stands in its object ("" for the object itself).
void check_fields(const text::Value& value, std::string_view type, std::string_view path,
                  std::string_view file, Strictness strictness, base::Diagnostics& found);

// What comes of the value: it is looked at, it shall run, or it is simulated and tested.
enum class Purpose : uint8_t { kLint, kSubmit, kRehearsal };

// Rules: refused-field (an error at submit, else a warning; in a rehearsal not for what the engine
// decides), ignored-field (a warning), required-field and unknown-word (an error at submit, else a
// warning).
void check_treatments(const text::Value& value, std::string_view type, std::string_view path,
                      std::string_view file, Purpose purpose, base::Diagnostics& found);

}  // namespace model
