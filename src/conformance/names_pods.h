// names_pods.h — the cases of the suite names about pods, results and texts, one function a file.
#pragma once
#include "conformance/suite.h"
#include "text/value.h"

namespace conformance {

void run_podname(const Report& report, const text::Value& test);
void run_podstatus(const Report& report, const text::Value& test);
void run_resultref(const Report& report, const text::Value& test);
void run_stepname(const Report& report, const text::Value& test);
void run_strftime(const Report& report, const text::Value& test);

}  // namespace conformance
