// libFuzzer over the recovery of damaged copies, from a checkpoint and its redo log: see
// open_target.h. Files go where TMPDIR says; memory is best.
//
//   cmake --preset fuzz && cmake --build --preset fuzz
//   TMPDIR=/dev/shm build/fuzz/recover_fuzz -max_len=200 CORPUS tests/corpus/copy

#include <cstddef>
#include <cstdint>

#include "fuzz/open_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static yin::fuzz::OpenTarget target(yin::fuzz::Opened::kAsACopy);
  target.run({data, size});
  return 0;
}
