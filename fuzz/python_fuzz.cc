// libFuzzer over the Python reader and lowering: see reader_target.h.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   build/fuzz/python_fuzz CORPUS tests/conformance/python

#include <cstddef>
#include <cstdint>

#include "fuzz/reader_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static yin::fuzz::ReaderTarget target(yin::fuzz::Language::kPython);
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
