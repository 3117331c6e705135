// sprig's semantic versions.
#include <array>

#include "expr/builtins.h"
#include "expr/sprig.h"
#include "expr/version.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

// The hidden fields of a version's Struct: its text, its original text. The rest is parsed again.
constexpr size_t kOriginal = 1;

std::span<const Function> pointer_methods();
std::span<const Function> value_methods();
constexpr StructType kPointer{.name = "*semver.Version",
                              .package = "github.com/Masterminds/semver/v3",
                              .fields = {},
                              .methods = pointer_methods,
                              .stringer = true};
constexpr StructType kValue{.name = "semver.Version",
                            .package = "github.com/Masterminds/semver/v3",
                            .fields = {},
                            .methods = value_methods,
                            .stringer = true};

Value value_of(const Version& version, const StructType& type) {
  return std::make_shared<const Struct>(
      Struct{&type, {Value(version.text()), Value(version.original)}});
}
Version version_of(const Value& value) {
  const Struct& body = value.as_struct();
  Version out = parse_version(body.text()).value_or(Version{});
  out.original = body.fields[kOriginal].as_string();
  return out;
}

Result semver(CallContext&, Arguments a) {
  auto version = parse_version(a[0].as_string());
  if (!version) return tl::unexpected(version.error());
  return value_of(*version, kPointer);
}
Result semver_compare(CallContext&, Arguments a) {
  // A wrong constraint is told before a wrong version.
  const auto version = parse_version(a[1].as_string());
  auto holds = satisfies(a[0].as_string(), version.value_or(Version{}));
  if (!holds) return tl::unexpected(holds.error());
  if (!version) return tl::unexpected(version.error());
  return *holds;
}

Result unsigned_value(uint64_t value) { return Int{static_cast<int64_t>(value), IntType::kUint64}; }
Result major(CallContext&, Arguments a) { return unsigned_value(version_of(a[0]).major); }
Result minor(CallContext&, Arguments a) { return unsigned_value(version_of(a[0]).minor); }
Result patch(CallContext&, Arguments a) { return unsigned_value(version_of(a[0]).patch); }
Result prerelease(CallContext&, Arguments a) { return version_of(a[0]).prerelease; }
Result metadata(CallContext&, Arguments a) { return version_of(a[0]).metadata; }
Result text(CallContext&, Arguments a) { return a[0].as_struct().text(); }
Result original(CallContext&, Arguments a) { return a[0].as_struct().fields[kOriginal]; }
Result bytes(CallContext&, Arguments a) { return bytes_value(a[0].as_struct().text()); }
Result json_bytes(CallContext&, Arguments a) {
  return bytes_value("\"" + a[0].as_struct().text() + "\"");
}

Result changed(Version version) {
  const bool v = version.original.starts_with('v');
  version.original = (v ? "v" : "") + version.text();
  return value_of(version, kValue);
}
Result increased(Arguments a, uint64_t Version::*part) {
  Version version = version_of(a[0]);
  // A prerelease comes before the release of the same numbers, which is the next patch then.
  const bool stays = part == &Version::patch && !version.prerelease.empty();
  version.prerelease.clear();
  version.metadata.clear();
  if (!stays && version.*part == UINT64_MAX) return call_error("version increment would overflow");
  if (!stays) ++(version.*part);
  if (part != &Version::patch) version.patch = 0;
  if (part == &Version::major) version.minor = 0;
  return changed(std::move(version));
}
Result next_major(CallContext&, Arguments a) { return increased(a, &Version::major); }
Result next_minor(CallContext&, Arguments a) { return increased(a, &Version::minor); }
Result next_patch(CallContext&, Arguments a) { return increased(a, &Version::patch); }

Result with_text(Arguments a, std::string Version::*part, base::Status (*check)(std::string_view)) {
  Version version = version_of(a[0]);
  if (!a[1].as_string().empty()) {
    if (auto status = check(a[1].as_string()); !status) return tl::unexpected(status.error());
  }
  version.*part = a[1].as_string();
  return changed(std::move(version));
}
Result with_prerelease(CallContext&, Arguments a) {
  return with_text(a, &Version::prerelease, check_prerelease);
}
Result with_metadata(CallContext&, Arguments a) {
  return with_text(a, &Version::metadata, check_metadata);
}

int order(Arguments a) { return compare(version_of(a[0]), version_of(a[1])); }
Result compared(CallContext&, Arguments a) { return order(a); }
Result is_less(CallContext&, Arguments a) { return order(a) < 0; }
Result is_at_most(CallContext&, Arguments a) { return order(a) <= 0; }
Result is_greater(CallContext&, Arguments a) { return order(a) > 0; }
Result is_at_least(CallContext&, Arguments a) { return order(a) >= 0; }
Result is_equal(CallContext&, Arguments a) { return order(a) == 0; }

// Those of a value come first: a pointer has them too.
constexpr std::array<Function, 14> kMethods = {{{"Major", "", 'a', major},
                                                {"Minor", "", 'a', minor},
                                                {"Patch", "", 'a', patch},
                                                {"Prerelease", "", 'a', prerelease},
                                                {"Metadata", "", 'a', metadata},
                                                {"String", "", 'a', text},
                                                {"IncMajor", "", 'a', next_major},
                                                {"IncMinor", "", 'a', next_minor},
                                                {"IncPatch", "", 'a', next_patch},
                                                {"SetPrerelease", "?s", 'a', with_prerelease},
                                                {"SetMetadata", "?s", 'a', with_metadata},
                                                {"MarshalText", "", 'a', bytes},
                                                {"MarshalJSON", "", 'a', json_bytes},
                                                {"Value", "", 'a', text}}};
constexpr std::array<Function, 7> kPointerMethods = {{{"Original", "", 'a', original},
                                                      {"Compare", "?v", 'a', compared},
                                                      {"LessThan", "?v", 'a', is_less},
                                                      {"LessThanEqual", "?v", 'a', is_at_most},
                                                      {"GreaterThan", "?v", 'a', is_greater},
                                                      {"GreaterThanEqual", "?v", 'a', is_at_least},
                                                      {"Equal", "?v", 'a', is_equal}}};
constexpr auto kAllMethods = [] {
  std::array<Function, kMethods.size() + kPointerMethods.size()> all{};
  for (size_t i = 0; i < kMethods.size(); ++i) all[i] = kMethods[i];
  for (size_t i = 0; i < kPointerMethods.size(); ++i) all[kMethods.size() + i] = kPointerMethods[i];
  return all;
}();
std::span<const Function> pointer_methods() { return kAllMethods; }
std::span<const Function> value_methods() { return kMethods; }

constexpr Function kTable[] = {
    {"semver", "?s", 'a', semver},
    {"semverCompare", "?ss", 'a', semver_compare},
};

}  // namespace

bool is_version_pointer(const Value& value) {
  return value.is(Value::Kind::kStruct) && value.as_struct().type == &kPointer;
}

std::span<const Function> sprig_versions() { return kTable; }

}  // namespace expr
