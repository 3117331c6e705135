// quantity.h — Kubernetes quantities ("500m", "1Gi") and Go's durations ("1h30m", or seconds "30").
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace text {

// In thousandths of the unit, rounded up: cpu "500m" -> 500, memory "1Ki" -> 1024000.
base::Result<int64_t> parse_quantity_milli(std::string_view text);

// As Kubernetes writes it back: "1024Mi" -> "1Gi", "1000m" -> "1", "0.5" -> "500m". What is no
// quantity, is finer than thousandths or too large comes back as it is.
std::string canonical_quantity(std::string_view text);

// Go's time.ParseDuration: "300ms", "-1.5h", "2h45m".
base::Result<base::Duration> parse_duration(std::string_view text);
// Argo's rule for backoff, suspend and timeouts: a whole number is seconds, else a Go duration.
base::Result<base::Duration> parse_duration_or_seconds(std::string_view text);
// As Go's Duration.String(): "1h30m0s", "1.5s", "0s".
std::string to_go_string(base::Duration duration);

}  // namespace text
