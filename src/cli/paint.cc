#include "cli/paint.h"

#include <fmt/format.h>

namespace cli {
namespace {

struct Icon {
  std::string_view name, icon, word;
  Paint::Ansi ansi;
};

constexpr Icon kPhases[] = {
    {"Pending", "◷", "Pending", Paint::kYellow},    {"Running", "●", "Running", Paint::kCyan},
    {"Succeeded", "✔", "Succeeded", Paint::kGreen}, {"Skipped", "○", "Skipped", Paint::kDefault},
    {"Failed", "✖", "Failed", Paint::kRed},         {"Error", "⚠", "Error", Paint::kRed},
};

constexpr Icon kConditions[] = {
    {"MetricsError", "✖", "Error", Paint::kRed},
    {"SpecError", "✖", "Error", Paint::kRed},
    {"SpecWarning", "⚠", "Warning", Paint::kYellow},
};

template <size_t N>
std::string icon_of(const Paint& paint, const Icon (&rows)[N], std::string_view name) {
  for (const Icon& row : rows)
    if (row.name == name) return paint.ink(paint.utf8 ? row.icon : row.word, row.ansi);
  return {};
}

}  // namespace

std::string Paint::ink(std::string_view text, Ansi ansi) const {
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", static_cast<int>(ansi), text) : std::string(text);
}

std::string Paint::phase(std::string_view name) const { return icon_of(*this, kPhases, name); }

std::string Paint::suspend() const { return ink(utf8 ? "ǁ" : "Suspend", kCyan); }

std::string Paint::condition(std::string_view name) const {
  return icon_of(*this, kConditions, name);
}

std::string Paint::by_name(std::string_view text, std::string_view name) const {
  static constexpr Ansi kColours[] = {kGreen, kYellow, kBlue, kMagenta, kCyan, kWhite};
  size_t sum = 0;
  for (const char c : name) sum += static_cast<uint8_t>(c);
  return ink(text, kColours[sum % std::size(kColours)]);
}

}  // namespace cli
