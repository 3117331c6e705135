// operators.h — what the operators of the language do with values.
#pragma once
#include "base/error.h"
#include "expr/ast.h"
#include "expr/function.h"

namespace expr {

// Every binary operator but those that may leave out their right side (&&, ||, ??). The errors
// have no place; the caller adds it.
base::Result<Value> apply(Operator op, const Value& left, const Value& right, Budget& budget);
base::Result<Value> negate(const Value& value);

// Go's a < b for numbers, texts, times and lengths of time.
base::Result<bool> less(const Value& a, const Value& b);

// The value of a map's key or null; nil is the zero value of the keys. Errors: what is no key of
// it.
base::Result<const Value*> find_key(const Map& map, const Value& key);

// base[key], base.key; methods of times too.
base::Result<Value> fetch(const Value& base, const Value& key);
base::Result<Value> slice(const Value& base, const Value* from, const Value* to, Budget& budget);

}  // namespace expr
