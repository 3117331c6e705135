// paint.h — colours and the icons of phases, as Argo shows them.
#pragma once
#include <string>
#include <string_view>

namespace cli {

struct Paint {
  bool color = false;
  bool utf8 = true;

  enum Ansi {
    kBold = 1,
    kUnderline = 4,
    kRed = 31,
    kGreen,
    kYellow,
    kBlue,
    kMagenta,
    kCyan,
    kWhite,
    kDefault = 39
  };

  std::string ink(std::string_view text, Ansi ansi) const;
  // "✔" of "Succeeded"; the word itself without UTF-8; empty for a phase that has no icon.
  std::string phase(std::string_view phase) const;
  std::string suspend() const;                              // an active suspend node
  std::string condition(std::string_view condition) const;  // "✖" of MetricsError, …
  // Always the same colour for the same name: a pod's lines in the logs.
  std::string by_name(std::string_view text, std::string_view name) const;
};

}  // namespace cli
