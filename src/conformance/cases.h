// cases.h — reading a suite's files, and comparing values by what they mean.
#pragma once
#include <string>

#include "base/error.h"
#include "conformance/suite.h"
#include "text/value.h"

namespace conformance {

// The cases of folder/file: a JSON list of objects. Errors: kNotFound, kInvalid.
base::Result<text::List> read_cases(const std::string& folder, const std::string& file);
// The names of the folder's .json files, sorted.
base::Result<std::vector<std::string>> json_files(const std::string& folder);

// Equal as JSON: numbers by value, maps in any order.
bool same_json(const text::Value& a, const text::Value& b);

// Whether the recorded answer carries one of the marks for which any sound answer passes.
bool any_answer_passes(const text::Value& expect);

// Reports the comparison of two texts.
void report_texts(const Report& report, std::string id, std::string expected, std::string got);

}  // namespace conformance
