// libFuzzer over the Clojure reader, macros and lowering: see reader_target.h.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   build/fuzz/clojure_fuzz -dict=fuzz/clojure.dict CORPUS tests/corpus/clojure

#include <cstddef>
#include <cstdint>

#include "fuzz/reader_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static yin::fuzz::ReaderTarget target(yin::fuzz::Language::kClojure);
  target.run({reinterpret_cast<const char*>(data), size});
  return 0;
}
