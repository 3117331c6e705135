// Finding a function by its name, over all tables.
#include <algorithm>
#include <array>

#include "expr/builtins.h"

namespace expr {
namespace {

const Function* find_in(std::span<const Function> table, std::string_view name) {
  const auto it = std::find_if(table.begin(), table.end(),
                               [&](const Function& row) { return row.name == name; });
  return it == table.end() ? nullptr : &*it;
}

template <class... Tables>
const Function* find_in_all(std::string_view name, Tables... tables) {
  const Function* found = nullptr;
  ((found = found ? found : find_in(tables, name)), ...);
  return found;
}

// Every name that sprig has (but env and expandenv, which Argo takes away).
constexpr std::string_view kSprigNames[] = {"abbrev",
                                            "abbrevboth",
                                            "add",
                                            "add1",
                                            "add1f",
                                            "addf",
                                            "adler32sum",
                                            "ago",
                                            "all",
                                            "any",
                                            "append",
                                            "atoi",
                                            "b32dec",
                                            "b32enc",
                                            "b64dec",
                                            "b64enc",
                                            "base",
                                            "bcrypt",
                                            "biggest",
                                            "buildCustomCert",
                                            "camelcase",
                                            "cat",
                                            "ceil",
                                            "chunk",
                                            "clean",
                                            "coalesce",
                                            "compact",
                                            "concat",
                                            "contains",
                                            "date",
                                            "dateInZone",
                                            "dateModify",
                                            "date_in_zone",
                                            "date_modify",
                                            "decryptAES",
                                            "deepCopy",
                                            "deepEqual",
                                            "default",
                                            "derivePassword",
                                            "dict",
                                            "dig",
                                            "dir",
                                            "div",
                                            "divf",
                                            "duration",
                                            "durationRound",
                                            "empty",
                                            "encryptAES",
                                            "ext",
                                            "fail",
                                            "first",
                                            "float64",
                                            "floor",
                                            "fromJson",
                                            "genCA",
                                            "genCAWithKey",
                                            "genPrivateKey",
                                            "genSelfSignedCert",
                                            "genSelfSignedCertWithKey",
                                            "genSignedCert",
                                            "genSignedCertWithKey",
                                            "get",
                                            "getHostByName",
                                            "has",
                                            "hasKey",
                                            "hasPrefix",
                                            "hasSuffix",
                                            "hello",
                                            "htmlDate",
                                            "htmlDateInZone",
                                            "htpasswd",
                                            "indent",
                                            "initial",
                                            "initials",
                                            "int",
                                            "int64",
                                            "isAbs",
                                            "join",
                                            "kebabcase",
                                            "keys",
                                            "kindIs",
                                            "kindOf",
                                            "last",
                                            "list",
                                            "lower",
                                            "max",
                                            "maxf",
                                            "merge",
                                            "mergeOverwrite",
                                            "min",
                                            "minf",
                                            "mod",
                                            "mul",
                                            "mulf",
                                            "mustAppend",
                                            "mustChunk",
                                            "mustCompact",
                                            "mustDateModify",
                                            "mustDeepCopy",
                                            "mustFirst",
                                            "mustFromJson",
                                            "mustHas",
                                            "mustInitial",
                                            "mustLast",
                                            "mustMerge",
                                            "mustMergeOverwrite",
                                            "mustPrepend",
                                            "mustPush",
                                            "mustRegexFind",
                                            "mustRegexFindAll",
                                            "mustRegexMatch",
                                            "mustRegexReplaceAll",
                                            "mustRegexReplaceAllLiteral",
                                            "mustRegexSplit",
                                            "mustRest",
                                            "mustReverse",
                                            "mustSlice",
                                            "mustToDate",
                                            "mustToJson",
                                            "mustToPrettyJson",
                                            "mustToRawJson",
                                            "mustUniq",
                                            "mustWithout",
                                            "must_date_modify",
                                            "nindent",
                                            "nospace",
                                            "now",
                                            "omit",
                                            "osBase",
                                            "osClean",
                                            "osDir",
                                            "osExt",
                                            "osIsAbs",
                                            "pick",
                                            "pluck",
                                            "plural",
                                            "prepend",
                                            "push",
                                            "quote",
                                            "randAlpha",
                                            "randAlphaNum",
                                            "randAscii",
                                            "randBytes",
                                            "randInt",
                                            "randNumeric",
                                            "regexFind",
                                            "regexFindAll",
                                            "regexMatch",
                                            "regexQuoteMeta",
                                            "regexReplaceAll",
                                            "regexReplaceAllLiteral",
                                            "regexSplit",
                                            "repeat",
                                            "replace",
                                            "rest",
                                            "reverse",
                                            "round",
                                            "semver",
                                            "semverCompare",
                                            "seq",
                                            "set",
                                            "sha1sum",
                                            "sha256sum",
                                            "sha512sum",
                                            "shuffle",
                                            "slice",
                                            "snakecase",
                                            "sortAlpha",
                                            "split",
                                            "splitList",
                                            "splitn",
                                            "squote",
                                            "sub",
                                            "subf",
                                            "substr",
                                            "swapcase",
                                            "ternary",
                                            "title",
                                            "toDate",
                                            "toDecimal",
                                            "toJson",
                                            "toPrettyJson",
                                            "toRawJson",
                                            "toString",
                                            "toStrings",
                                            "trim",
                                            "trimAll",
                                            "trimPrefix",
                                            "trimSuffix",
                                            "trimall",
                                            "trunc",
                                            "tuple",
                                            "typeIs",
                                            "typeIsLike",
                                            "typeOf",
                                            "uniq",
                                            "unixEpoch",
                                            "unset",
                                            "until",
                                            "untilStep",
                                            "untitle",
                                            "upper",
                                            "urlJoin",
                                            "urlParse",
                                            "uuidv4",
                                            "values",
                                            "without",
                                            "wrap",
                                            "wrapWith"};

}  // namespace

uint64_t next_random(CallContext& context) {
  uint64_t x = context.random_state += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

const Function* find_builtin(std::string_view name) {
  return find_in_all(name, text_builtins(), number_builtins(), list_builtins(), time_builtins());
}

const Function* find_method(const Value& receiver, std::string_view name) {
  switch (receiver.kind()) {
    case Value::Kind::kTime:
      return find_in(time_methods(), name);
    case Value::Kind::kLength:
      return find_in(length_methods(), name);
    case Value::Kind::kInt:
      return receiver.is_int() ? nullptr : find_in(name_methods(), name);
    default:
      return nullptr;
  }
}

const Function* find_method_of(char receiver_type, std::string_view name) {
  switch (receiver_type) {
    case 't':
      return find_in(time_methods(), name);
    case 'd':
      return find_in(length_methods(), name);
    case 'm':
      return find_in(name_methods(), name);
    default:
      return nullptr;
  }
}

void for_each_builtin(const std::function<void(const Function&)>& use) {
  for (const auto table : {text_builtins(), number_builtins(), list_builtins(), time_builtins()})
    for (const Function& function : table) use(function);
}

const Function* find_sprig(std::string_view name) {
  return find_in_all(name, sprig_texts(), sprig_numbers(), sprig_lists(), sprig_maps(),
                     sprig_others());
}

void for_each_sprig(const std::function<void(const Function&)>& use) {
  for (const auto table :
       {sprig_texts(), sprig_numbers(), sprig_lists(), sprig_maps(), sprig_others()})
    for (const Function& function : table) use(function);
}

bool is_missing_sprig(std::string_view name) {
  return std::binary_search(std::begin(kSprigNames), std::end(kSprigNames), name) &&
         find_sprig(name) == nullptr;
}

}  // namespace expr
