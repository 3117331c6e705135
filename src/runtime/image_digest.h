// image_digest.h — SHA-256 as images spell it: "sha256:" and 64 hex digits.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

struct evp_md_ctx_st;

namespace runtime {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  std::string finish();  // once

 private:
  evp_md_ctx_st* context_;
};

std::string sha256_of(std::string_view bytes);
base::Result<std::string> sha256_of_file(const std::string& path);

}  // namespace runtime
