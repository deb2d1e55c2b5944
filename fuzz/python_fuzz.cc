// libFuzzer over the Python reader and lowering: see python_target.h.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   build/fuzz/python_fuzz CORPUS tests/conformance/python

#include <cstddef>
#include <cstdint>

#include "fuzz/python_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static yin::fuzz::PythonTarget target;
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
