// The functions that are written in jq itself.
#include <cassert>
#include <map>
#include <utility>

#include "expr/jq_eval.h"

namespace expr {
namespace {

// Each on its own: name, parameters, body. A body may call what stands above it.
constexpr std::string_view kPrelude = R"jq(
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def add(f): [f] | add;
def in(xs): . as $key | xs | has($key);
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def finites: select(isfinite);
def normals: select(isnormal);
def recurse(f; condition): recurse(f | select(condition));
def from_entries:
  reduce .[] as $entry ({};
    . + {($entry | .key // .Key // .name // .Name):
         ($entry | if has("value") then .value else .Value end)});
def with_entries(f): to_entries | map(f) | from_entries;
def sort_by(f): _sort_by(map([f]));
def group_by(f): _group_by(map([f]));
def unique_by(f): _unique_by(map([f]));
def min_by(f): _min_by(map([f]));
def max_by(f): _max_by(map([f]));
def first: .[0];
def last: .[-1];
def skip($count; f):
  if $count < 0 then error("skip needs a number of at least 0")
  else foreach f as $item (-$count; . + 1; if . > 0 then $item else empty end) end;
def nth($index): .[$index];
def nth($index; f):
  if $index < 0 then error("nth needs a number of at least 0") else first(skip($index; f)) end;
def any(f; condition): isempty(first(f | condition | select(.))) | not;
def any(condition): any(.[]; condition);
def any: any(.);
def all(f; condition): isempty(first(f | condition | select(not)));
def all(condition): all(.[]; condition);
def all: all(.);
def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0);
def del(f): delpaths([path(f)]);
def pick(f):
  . as $whole | reduce path(f) as $path (null; setpath($path; $whole | getpath($path)));
def walk(f):
  def inner: if type == "array" then map(inner) elif type == "object" then map_values(inner)
             else . end | f;
  inner;
def combinations:
  if length == 0 then [] else .[0][] as $first | [$first] + (.[1:] | combinations) end;
def combinations($count): . as $of | [range($count) | $of] | combinations;
def match($pattern; $flags): _match($pattern; $flags; false) | .[];
def match($pattern): match($pattern; null);
def test($pattern; $flags): _match($pattern; $flags; true);
def test($pattern): test($pattern; null);
def _named: reduce (.captures[] | select(.name)) as $one ({}; . + {($one.name): $one.string});
def capture($pattern; $flags): match($pattern; $flags) | _named;
def capture($pattern): capture($pattern; null);
def scan($pattern; $flags):
  match($pattern; ($flags // "") + "g")
  | if .captures == [] then .string else [.captures[].string] end;
def scan($pattern): scan($pattern; null);
def splits($pattern; $flags):
  . as $text
  | [[_match($pattern; ($flags // "") + "g"; false)[] | [.offset, .offset + .length]][], null]
  | foreach .[] as $at ([0, null];
      [($at[1] // 0), $text[.[0]:$at[0]]]; .[1]);
def splits($pattern): splits($pattern; null);
def split($pattern; $flags): [splits($pattern; $flags)];
def sub($pattern; replacement; $flags):
  . as $text
  | [_match($pattern; $flags; false)[]] as $found
  | def pieces($index; $from):
      if $index == ($found | length) then $text[$from:]
      else $found[$index] as $one
        | ($one | _named | replacement) as $new
        | $text[$from:$one.offset] + $new
          + pieces($index + 1; $one.offset + $one.length)
      end;
    pieces(0; 0);
def sub($pattern; replacement): sub($pattern; replacement; null);
def gsub($pattern; replacement; $flags): sub($pattern; replacement; ($flags // "") + "g");
def gsub($pattern; replacement): gsub($pattern; replacement; null);
def tostream:
  path(def deep: (.[]? | deep), .; deep) as $path
  | getpath($path)
  | reduce path(.[]?) as $last ([$path, .]; [$path + $last]);
def inputs: empty;
def halt_error: error;
def IN(source): any(source == .; .);
def IN(source; set): any(source == set; .);
def INDEX(source; key): reduce source as $row ({}; . + {($row | key | tostring): $row});
def INDEX(key): INDEX(.[]; key);
def debug(message): .;
.)jq";

// Definitions by name and number of arguments. Those of one name know the ones above them.
class Prelude {
 public:
  Prelude() {
    auto parsed = parse_jq(kPrelude, JqNames::kNative);
    assert(parsed && "the prelude is jq");
    root_ = std::move(*parsed);
    for (const JqNode* at = root_.get(); at->kind == JqNode::Kind::kDefine;
         at = at->children[0].get())
      known_[{at->definition->name, at->definition->parameters.size()}] = at->definition.get();
  }
  const JqDefinition* find(std::string_view name, size_t arguments) const {
    const auto found = known_.find({name, arguments});
    return found == known_.end() ? nullptr : found->second;
  }

 private:
  JqNodePtr root_;
  std::map<std::pair<std::string_view, size_t>, const JqDefinition*> known_;
};

}  // namespace

const JqDefinition* find_jq_definition(std::string_view name, size_t arguments) {
  static const Prelude prelude;
  return prelude.find(name, arguments);
}

}  // namespace expr
