// libFuzzer over the reader and the printer: see edn_target.h.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   build/fuzz/edn_fuzz -dict=fuzz/edn.dict CORPUS tests/corpus/edn

#include <cstddef>
#include <cstdint>

#include "fuzz/edn_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static yin::fuzz::EdnTarget target;
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
