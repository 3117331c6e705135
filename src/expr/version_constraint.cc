// What a version must fulfil: comparisons, ranges, "^" and "~", and the wildcards x, X and *.
#include <re2/re2.h>

#include <vector>

#include "expr/version.h"

namespace expr {
namespace {

constexpr size_t kLengthMax = 512, kAlternativesMax = 32;

// A version whose parts may be wildcards. Groups: major, .minor, .patch, -prerelease, +metadata.
constexpr std::string_view kPattern =
    R"(v?([0-9|xX*]+)(\.[0-9|xX*]+)?(\.[0-9|xX*]+)?(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)"
    R"((\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)";
constexpr std::string_view kOperators = R"((=|!=|>|<|>=|=>|<=|=<|~|~>|\^|))";

tl::unexpected<base::Error> invalid(std::string text) {
  return base::fail(base::Code::kInvalid, std::move(text));
}

struct Constraint {
  std::string op;
  Version version;
  bool any_minor = false, any_patch = false;  // from this part on they are wildcards or left out
  bool any = false;                           // some part is
};

bool is_wildcard(std::string_view part) {
  return part.empty() || part == "x" || part == "X" || part == "*" || part == ".x" ||
         part == ".X" || part == ".*";
}

// major, minor and patch of a version with wildcards.
struct Parts {
  std::string major, minor, patch, prerelease;
};

base::Result<Constraint> constraint_of(std::string op, const Parts& parts) {
  Constraint out;
  out.op = std::move(op);
  std::string text = parts.major + parts.minor + parts.patch + parts.prerelease;
  if (is_wildcard(parts.major)) {
    text = "0.0.0" + parts.prerelease;
    out.any = true;
  } else if (is_wildcard(parts.minor)) {
    text = parts.major + ".0.0" + parts.prerelease;
    out.any = out.any_minor = true;
  } else if (is_wildcard(parts.patch)) {
    text = parts.major + parts.minor + ".0" + parts.prerelease;
    out.any = out.any_patch = true;
  }
  auto version = parse_version(text);
  if (!version) return invalid("constraint parser error");
  out.version = std::move(*version);
  return out;
}

bool tilde(const Constraint& c, const Version& v) {
  const Version& at = c.version;
  if (compare(v, at) < 0) return false;
  if (at.major == 0 && at.minor == 0 && at.patch == 0 && !c.any_minor && !c.any_patch) return true;
  return v.major == at.major && (v.minor == at.minor || c.any_minor);
}

bool caret(const Constraint& c, const Version& v) {
  const Version& at = c.version;
  if (compare(v, at) < 0) return false;
  if (at.major > 0 || c.any_minor) return v.major == at.major;
  if (v.major > 0) return false;
  if (at.minor > 0 || c.any_patch) return v.minor == at.minor;
  return v.minor == 0 && at.patch == v.patch;
}

bool different(const Constraint& c, const Version& v) {
  const Version& at = c.version;
  if (!c.any) return compare(v, at) != 0;
  if (at.major != v.major) return true;
  if (c.any_minor) return false;
  if (at.minor != v.minor) return true;
  // Of "!= *" the numbers are compared as they were written: 0.0.0.
  if (!c.any_patch) return at.patch != v.patch || compare(v, at) != 0;
  return v.prerelease != at.prerelease;
}

bool greater(const Constraint& c, const Version& v) {
  if (!c.any || (!c.any_minor && !c.any_patch && v.major == c.version.major))
    return compare(v, c.version) > 0;
  if (v.major != c.version.major) return v.major > c.version.major;
  return c.any_patch && v.minor > c.version.minor;
}

bool at_most(const Constraint& c, const Version& v) {
  if (!c.any) return compare(v, c.version) <= 0;
  if (v.major > c.version.major) return false;
  return v.major != c.version.major || v.minor <= c.version.minor || c.any_minor;
}

bool fulfils(const Constraint& c, const Version& v, bool prereleases) {
  if (!v.prerelease.empty() && !prereleases) return false;
  if (c.op.empty() || c.op == "=") return c.any ? tilde(c, v) : compare(v, c.version) == 0;
  if (c.op == "!=") return different(c, v);
  if (c.op == ">") return greater(c, v);
  if (c.op == "<") return compare(v, c.version) < 0;
  if (c.op == ">=" || c.op == "=>") return compare(v, c.version) >= 0;
  if (c.op == "<=" || c.op == "=<") return at_most(c, v);
  return c.op == "^" ? caret(c, v) : tilde(c, v);
}

base::Result<bool> all_hold(const std::string& alternative, const Version& version) {
  const std::string one = std::string(kOperators) + R"(\s*)" + std::string(kPattern);
  const RE2 valid(R"(\s*(?:)" + one + R"()\s*(?:(?:\s+|,\s*)(?:)" + one + R"()\s*)*)");
  if (!RE2::FullMatch(alternative, valid)) return invalid("improper constraint: " + alternative);
  const RE2 next(one);
  std::vector<Constraint> constraints;
  re2::StringPiece rest(alternative);
  std::string op;
  Parts parts;
  bool prereleases = false;
  while (RE2::FindAndConsume(&rest, next, &op, &parts.major, &parts.minor, &parts.patch,
                             &parts.prerelease)) {
    auto constraint = constraint_of(op, parts);
    if (!constraint) return tl::unexpected(constraint.error());
    prereleases = prereleases || !constraint->version.prerelease.empty();
    constraints.push_back(std::move(*constraint));
  }
  for (const Constraint& constraint : constraints)
    if (!fulfils(constraint, version, prereleases)) return false;
  return true;
}

}  // namespace

base::Result<bool> satisfies(std::string_view constraint, const Version& version) {
  if (constraint.size() > kLengthMax)
    return invalid("constraint string is too long (max 512 bytes)");
  std::string text(constraint);
  const std::string pattern(kPattern);
  RE2::GlobalReplace(&text, RE2(R"(\s*()" + pattern + R"()\s+-\s+()" + pattern + R"()\s*)"),
                     R"(>= \1, <= \7 )");
  bool holds = false;
  size_t count = 0;
  for (size_t at = 0; at <= text.size();) {
    if (++count > kAlternativesMax) return invalid("too many constraint groups (max 32)");
    const size_t end = std::min(text.find("||", at), text.size());
    auto result = all_hold(text.substr(at, end - at), version);
    if (!result) return result;
    holds = holds || *result;
    at = end + 2;
  }
  return holds;
}

}  // namespace expr
