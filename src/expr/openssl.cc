#include "expr/openssl.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cstring>

namespace expr {
namespace {

// A provider of one algorithm: a generator of random bytes that is a stream of its seed. OpenSSL
// asks it instead of the machine for every bit of chance.
constexpr char kStream[] = "ARGON-STREAM";
constexpr char kSeed[] = "argon-seed";

struct Stream {
  uint64_t state = 0;
  int phase = EVP_RAND_STATE_UNINITIALISED;

  unsigned char next() {  // splitmix64, its top byte
    uint64_t x = state += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return static_cast<unsigned char>((x ^ (x >> 31)) >> 56);
  }
};

Stream* of(void* context) { return static_cast<Stream*>(context); }

void* stream_new(void*, void*, const OSSL_DISPATCH*) { return new Stream; }
void stream_free(void* context) { delete of(context); }
int stream_start(void* context, unsigned int, int, const unsigned char*, size_t,
                 const OSSL_PARAM*) {
  of(context)->phase = EVP_RAND_STATE_READY;
  return 1;
}
int stream_stop(void* context) {
  of(context)->phase = EVP_RAND_STATE_UNINITIALISED;
  return 1;
}
int stream_generate(void* context, unsigned char* out, size_t size, unsigned int, int,
                    const unsigned char*, size_t) {
  for (size_t i = 0; i < size; ++i) out[i] = of(context)->next();
  return 1;
}
int stream_lock(void*) { return 1; }
const OSSL_PARAM* stream_gettable(void*, void*) {
  static const OSSL_PARAM kParameters[] = {OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, nullptr),
                                           OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, nullptr),
                                           OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, nullptr),
                                           OSSL_PARAM_END};
  return kParameters;
}
int stream_get(void* context, OSSL_PARAM* parameters) {
  if (OSSL_PARAM* p = OSSL_PARAM_locate(parameters, OSSL_RAND_PARAM_STATE);
      p && !OSSL_PARAM_set_int(p, of(context)->phase))
    return 0;
  if (OSSL_PARAM* p = OSSL_PARAM_locate(parameters, OSSL_RAND_PARAM_STRENGTH);
      p && !OSSL_PARAM_set_uint(p, 256))
    return 0;
  if (OSSL_PARAM* p = OSSL_PARAM_locate(parameters, OSSL_RAND_PARAM_MAX_REQUEST);
      p && !OSSL_PARAM_set_size_t(p, size_t{1} << 20))
    return 0;
  return 1;
}
const OSSL_PARAM* stream_settable(void*, void*) {
  static const OSSL_PARAM kParameters[] = {OSSL_PARAM_uint64(kSeed, nullptr), OSSL_PARAM_END};
  return kParameters;
}
int stream_set(void* context, const OSSL_PARAM* parameters) {
  const OSSL_PARAM* p = OSSL_PARAM_locate_const(parameters, kSeed);
  return !p || OSSL_PARAM_get_uint64(p, &of(context)->state);
}

// OpenSSL takes functions of any type as void (*)(void).
template <class F>
OSSL_DISPATCH row(int id, F* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
  static const OSSL_DISPATCH kFunctions[] = {
      row(OSSL_FUNC_RAND_NEWCTX, stream_new),
      row(OSSL_FUNC_RAND_FREECTX, stream_free),
      row(OSSL_FUNC_RAND_INSTANTIATE, stream_start),
      row(OSSL_FUNC_RAND_UNINSTANTIATE, stream_stop),
      row(OSSL_FUNC_RAND_GENERATE, stream_generate),
      row(OSSL_FUNC_RAND_ENABLE_LOCKING, stream_lock),
      row(OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, stream_gettable),
      row(OSSL_FUNC_RAND_GET_CTX_PARAMS, stream_get),
      row(OSSL_FUNC_RAND_SETTABLE_CTX_PARAMS, stream_settable),
      row(OSSL_FUNC_RAND_SET_CTX_PARAMS, stream_set),
      {0, nullptr}};
  static const OSSL_ALGORITHM kAlgorithms[] = {
      {kStream, "provider=argon", kFunctions, "a stream of its seed"},
      {nullptr, nullptr, nullptr, nullptr}};
  *no_cache = 0;
  return operation == OSSL_OP_RAND ? kAlgorithms : nullptr;
}

int start_provider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out,
                   void** context) {
  static const OSSL_DISPATCH kProvider[] = {row(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
                                            {0, nullptr}};
  static char present;  // the context must not be null
  *context = &present;
  *out = kProvider;
  return 1;
}

bool set_seed(EVP_RAND_CTX* generator, uint64_t seed) {
  if (!generator) return false;
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_uint64(kSeed, &seed),
                                   OSSL_PARAM_construct_end()};
  return EVP_RAND_CTX_set_params(generator, parameters) == 1;
}

}  // namespace

std::unique_ptr<SeededContext> make_seeded_context(uint64_t seed) {
  auto out = std::make_unique<SeededContext>();
  out->context.reset(OSSL_LIB_CTX_new());
  OSSL_LIB_CTX* context = out->context.get();
  if (!context || OSSL_PROVIDER_add_builtin(context, "argon", start_provider) != 1 ||
      RAND_set_DRBG_type(context, kStream, nullptr, nullptr, nullptr) != 1)
    return nullptr;
  out->algorithms.reset(OSSL_PROVIDER_load(context, "default"));
  out->stream.reset(OSSL_PROVIDER_load(context, "argon"));
  if (!out->algorithms || !out->stream || !set_seed(RAND_get0_private(context), seed) ||
      !set_seed(RAND_get0_public(context), ~seed))
    return nullptr;
  return out;
}

}  // namespace expr
