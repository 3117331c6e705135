#include "engine/strftime.h"

#include <algorithm>

namespace engine {
namespace {

constexpr StrftimeLetter kLetters[] = {
    {'B', "January"}, {'b', "Jan"}, {'m', "01"},    {'A', "Monday"}, {'a', "Mon"},  {'d', "02"},
    {'H', "15"},      {'I', "03"},  {'M', "04"},    {'S', "05"},     {'Y', "2006"}, {'y', "06"},
    {'p', "PM"},      {'Z', "MST"}, {'z', "-0700"}, {'L', ".000"},
};

}  // namespace

std::span<const StrftimeLetter> strftime_letters() { return kLetters; }

std::string strftime(std::string_view format, const expr::Instant& time) {
  std::string out;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out += format[i];
      continue;
    }
    const char letter = format[++i];
    const auto* known = std::find_if(std::begin(kLetters), std::end(kLetters),
                                     [&](const StrftimeLetter& l) { return l.letter == letter; });
    if (known != std::end(kLetters))
      out += expr::format_time(time, known->layout);
    else
      out.append(letter == '%' ? "" : "%") += letter;
  }
  return out;
}

}  // namespace engine
