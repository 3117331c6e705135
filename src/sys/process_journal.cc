#include "sys/process_journal.h"

#include <charconv>

#include "base/hash.h"

namespace sys {
namespace {

constexpr size_t kSumSize = 8;
constexpr std::string_view kKinds = "OBSEFR";

void append_hex(std::string& out, uint32_t number) {
  char digits[kSumSize];
  for (size_t i = kSumSize; i-- > 0; number >>= 4) digits[i] = "0123456789abcdef"[number & 15];
  out.append(digits, kSumSize);
}

// "<sum> <kind> <attempt> <text>"
bool parse_entry(std::string_view line, JournalEntry& entry) {
  if (line.size() < kSumSize + 4 || line[kSumSize] != ' ') return false;
  uint32_t sum = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + kSumSize, sum, 16);
  const std::string_view body = line.substr(kSumSize + 1);
  if (error != std::errc() || end != line.data() + kSumSize || sum != base::fnv1a32(body))
    return false;
  if (kKinds.find(body[0]) == std::string_view::npos || body[1] != ' ') return false;
  const size_t space = body.find(' ', 2);
  if (space == std::string_view::npos) return false;
  entry.kind = static_cast<JournalEntry::Kind>(body[0]);
  entry.attempt = body.substr(2, space - 2);
  entry.text = body.substr(space + 1);
  return true;
}

}  // namespace

void append_entry(std::string& out, JournalEntry::Kind kind, std::string_view attempt,
                  std::string_view text) {
  const size_t begin = out.size();
  out.append(kSumSize, '0').append(1, ' ');
  const size_t body = out.size();
  out.append(1, static_cast<char>(kind)).append(1, ' ').append(attempt).append(1, ' ');
  for (const char c : text) out += c == '\n' ? ' ' : c;
  std::string sum;
  append_hex(sum, base::fnv1a32(std::string_view(out).substr(body)));
  out.replace(begin, kSumSize, sum);
  out += '\n';
}

size_t read_entries(std::string_view bytes, const std::function<void(JournalEntry)>& take) {
  size_t taken = 0;
  for (;;) {
    const size_t end = bytes.find('\n', taken);
    JournalEntry entry;
    if (end == std::string_view::npos || !parse_entry(bytes.substr(taken, end - taken), entry))
      return taken;
    take(std::move(entry));
    taken = end + 1;
  }
}

void append_request(std::string& out, ProcessRequest::Kind kind, std::string_view text) {
  out.append(1, static_cast<char>(kind)).append(std::to_string(text.size())).append(1, '\n');
  out.append(text);
}

std::optional<ProcessRequest> take_request(std::string& bytes, size_t& at) {
  const size_t end = bytes.find('\n', at);
  if (end == std::string::npos) return std::nullopt;
  size_t size = 0;
  std::from_chars(bytes.data() + at + 1, bytes.data() + end, size);
  if (bytes.size() - end - 1 < size) return std::nullopt;
  ProcessRequest out{static_cast<ProcessRequest::Kind>(bytes[at]), bytes.substr(end + 1, size)};
  at = end + 1 + size;
  return out;
}

}  // namespace sys
