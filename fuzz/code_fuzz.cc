// libFuzzer over code that comes from elsewhere: see code_target.h.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   build/fuzz/code_fuzz -max_len=36 CORPUS tests/corpus/code

#include <cstddef>
#include <cstdint>

#include "fuzz/code_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static yin::fuzz::CodeTarget target;
  target.run({data, size});
  return 0;
}
