// libFuzzer over the reader of programs as data and lowering: see reader_target.h.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   build/fuzz/datoms_fuzz -dict=fuzz/datoms.dict CORPUS tests/corpus/datoms

#include <cstddef>
#include <cstdint>

#include "fuzz/reader_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static yin::fuzz::ReaderTarget target(yin::fuzz::Language::kDatoms);
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
