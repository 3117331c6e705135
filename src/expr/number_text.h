// number_text.h — floats as Go prints them, and conversions that are undefined in C++ but not in
// Go.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace expr {

// fmt's %v: the shortest digits that read back, "1e+06" from a million on and "1e-05" below 1e-4.
std::string go_float(double value);
// encoding/json's form: exponents only below 1e-6 and from 1e21 on, "1e-7". Finite values only.
std::string json_float(double value);
// A float's whole part; what does not fit becomes the smallest int64, as on amd64.
int64_t to_int64(double value);
// Whether each underscore stands between two digits, or behind a prefix as 0x.
bool separates_digits(std::string_view text);
// Go's strconv.ParseFloat: "1", "1e3", "0x1p-2", "Inf", "NaN", "1_0". False: no number.
bool parse_float(std::string_view text, double& out);

}  // namespace expr
