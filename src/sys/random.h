// random.h — chance from outside: uids, suffixes of generateName, tokens.
#pragma once
#include <cstdint>
#include <string>

namespace sys {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(void* bytes, size_t count) = 0;

  uint64_t next();
  std::string uuid();                     // version 4
  std::string name_suffix(size_t count);  // Kubernetes' alphabet "bcdfghjklmnpqrstvwxz2456789"
  std::string hex(size_t bytes);
};

class RealRandom final : public Random {
 public:
  void fill(void* bytes, size_t count) override;
};

// splitmix64: for simulations and tests that print their seed.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void fill(void* bytes, size_t count) override;

 private:
  uint64_t state_;
};

}  // namespace sys
