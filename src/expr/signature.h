// signature.h — what a function takes, checked before it runs (by types) and when it runs.
#pragma once
#include <span>
#include <string_view>

#include "base/error.h"
#include "expr/checker.h"
#include "expr/function.h"

namespace expr {

// The letter of a function row for a type; 'a' for what has none.
char letter_of(const Type& type);
Type type_of_letter(char letter);

// The type of the result. Errors say which argument is wrong.
base::Result<Type> check_call(const Function& function, std::span<const Type> arguments);

}  // namespace expr
