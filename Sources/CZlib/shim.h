#include <zlib.h>

// deflateInit2 and inflateInit2 are macros, which Swift does not import.
static inline int yarrow_deflate_init(z_streamp s, int level, int window_bits, int mem_level) {
  return deflateInit2(s, level, Z_DEFLATED, window_bits, mem_level, Z_DEFAULT_STRATEGY);
}
static inline int yarrow_inflate_init(z_streamp s, int window_bits) {
  return inflateInit2(s, window_bits);
}
