#include "expr/word_case.h"

#include <vector>

#include "expr/unicode.h"
#include "text/utf8.h"

namespace expr {
namespace {

enum class Kind : uint8_t { kNumber, kCapital, kLetters, kConnector, kPunctuation, kOther, kEnd };

struct Word {
  Kind kind = Kind::kEnd;
  std::vector<uint32_t> runes;
};

bool is_connector(uint32_t code) { return code == '-' || code == '_' || is_space(code); }
// Letters of scripts that have no words of letters (Chinese, Japanese, Korean) are others.
bool is_alphabetic(uint32_t code) { return is_letter(code) && code < 0x3400; }

Kind kind_of(uint32_t code) {
  if (is_connector(code)) return Kind::kConnector;
  if (is_punctuation(code)) return Kind::kPunctuation;
  if (is_upper(code)) return Kind::kCapital;
  if (is_alphabetic(code)) return Kind::kLetters;
  return is_number(code) ? Kind::kNumber : Kind::kOther;
}

std::vector<uint32_t> runes_of(std::string_view text) {
  std::vector<uint32_t> out;
  for (size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    out.push_back(rune.code);
    at += rune.size;
  }
  return out;
}

// Runs of one kind; a capital takes the small letters behind it, of several capitals the last one.
std::vector<Word> words_of(const std::vector<uint32_t>& runes) {
  std::vector<Word> words;
  for (size_t at = 0; at < runes.size();) {
    const Kind kind = kind_of(runes[at]);
    size_t end = at + 1;
    const auto is = [&](Kind k) { return end < runes.size() && kind_of(runes[end]) == k; };
    if (kind == Kind::kCapital && is(Kind::kCapital)) {
      while (is(Kind::kCapital)) ++end;
      if (is(Kind::kLetters)) --end;
    } else if (kind == Kind::kCapital) {
      while (is(Kind::kLetters)) ++end;
    } else {
      while (is(kind)) ++end;
    }
    words.push_back({kind,
                     {runes.begin() + static_cast<ptrdiff_t>(at),
                      runes.begin() + static_cast<ptrdiff_t>(end)}});
    at = end;
  }
  return words;
}

class Joiner {
 public:
  Joiner(std::vector<Word> words, char joint) : words_(std::move(words)), joint_(joint) {}

  std::string join() {
    while (at_ + 1 < words_.size()) {
      const Kind kind = kind_at(at_);
      put();
      if (kind == Kind::kNumber)
        behind_number();
      else if (kind != Kind::kConnector && kind != Kind::kPunctuation)
        behind_letters();
    }
    if (at_ < words_.size()) put();
    return std::move(out_);
  }

 private:
  Kind kind_at(size_t at) const { return at < words_.size() ? words_[at].kind : Kind::kEnd; }
  bool at_word() const {
    const Kind kind = kind_at(at_);
    return kind != Kind::kEnd && kind != Kind::kConnector && kind != Kind::kPunctuation;
  }
  void put() {
    const Word& word = words_[at_++];
    const bool changes = word.kind == Kind::kCapital || word.kind == Kind::kConnector;
    for (const uint32_t code : word.runes) {
      if (changes && is_connector(code))
        out_ += joint_;
      else
        text::append_utf8(out_, changes && is_upper(code) ? to_lower(code) : code);
    }
  }
  // Small letters and numbers belong to the number before them: "2m3s".
  void behind_number() {
    while (kind_at(at_) == Kind::kLetters || kind_at(at_) == Kind::kNumber) put();
    if (at_word()) out_ += joint_;
  }
  void behind_letters() {
    if (kind_at(at_) != Kind::kNumber) {
      if (at_word()) out_ += joint_;
      return;
    }
    if (at_ + 1 == words_.size()) return;
    // A number belongs to the word before it, unless small letters follow: "Bld4", "http_2xx".
    if (kind_at(at_ + 1) != Kind::kLetters) {
      put();
      if (at_word()) out_ += joint_;
      return;
    }
    out_ += joint_;
    put();
    behind_number();
  }

  std::vector<Word> words_;
  char joint_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string words_joined(std::string_view text, char joint) {
  return Joiner(words_of(runes_of(text)), joint).join();
}

std::string pascal_case(std::string_view text) {
  const std::vector<uint32_t> runes = runes_of(text);
  std::string out;
  size_t at = 0;
  for (; at < runes.size() && is_connector(runes[at]); ++at) text::append_utf8(out, runes[at]);
  bool first = true, capital = false;
  for (; at < runes.size(); ++at) {
    const uint32_t code = runes[at];
    if (is_connector(code)) {
      // Of several the last one goes; one at the end stays.
      if (at + 1 == runes.size() || is_connector(runes[at + 1])) text::append_utf8(out, code);
      first = true;
      continue;
    }
    if (first) capital = is_upper(code);
    const bool lowered = !first && capital && is_upper(code);
    if (!first && !is_upper(code)) capital = false;
    text::append_utf8(out, first ? to_upper(code) : lowered ? to_lower(code) : code);
    first = false;
  }
  return out;
}

}  // namespace expr
