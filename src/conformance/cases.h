// cases.h — reading a suite's files, and comparing values by what they mean.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "conformance/suite.h"
#include "text/value.h"

namespace conformance {

// The whole text of a file. kNotFound.
base::Result<std::string> read_file(const std::string& path);

using RunCase = void (*)(const Report& report, const text::Value& test);
struct CaseFile {
  const char* name;
  RunCase run;
};
// Runs each case of these files of the folder, JSON lists of objects. kNotFound, kInvalid.
base::Status run_files(const std::string& folder, std::span<const CaseFile> files,
                       const Report& report);
// The same with all .json files of the folder whose names begin with `prefix`, in order of their
// names. kNotFound where there are none.
base::Status run_all_files(const std::string& folder, std::string_view prefix, RunCase run,
                           const Report& report);

std::string name_of(const text::Value& test);

// Equal as JSON: numbers by value, maps in any order.
bool same_json(const text::Value& a, const text::Value& b);

// Whether the recorded answer carries one of the marks for which any sound answer passes.
bool any_answer_passes(const text::Value& expect);

// Reports a case for which any sound answer passes, or whose recorded answer is an error. False:
// `expect` is an answer that is to be compared.
bool report_error(const Report& report, const std::string& id, const text::Value& expect,
                  bool failed, const std::string& got);

// Reports the comparison of two texts.
void report_texts(const Report& report, std::string id, std::string expected, std::string got);

}  // namespace conformance
