// libFuzzer over opening and verifying damaged domains: see open_target.h. Files go where TMPDIR
// says; memory is best.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   TMPDIR=/dev/shm build/fuzz/open_fuzz -max_len=200 CORPUS tests/corpus/domain

#include <cstddef>
#include <cstdint>

#include "fuzz/open_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static yin::fuzz::OpenTarget target(yin::fuzz::Opened::kInPlace);
  target.run({data, size});
  return 0;
}
