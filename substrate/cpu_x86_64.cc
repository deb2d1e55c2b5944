#include "substrate/cpu.h"

namespace yin::substrate {

Status check_cpu() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
      __builtin_cpu_supports("popcnt"))
    return {};
  return unimplemented(
      "this build is for x86-64-v3 processors (AVX2, BMI2, POPCNT) and this one is older; build "
      "with "
      "cmake -DYIN_ARCH_FLAGS=-march=native");
}

void relax_cpu() { __builtin_ia32_pause(); }

}  // namespace yin::substrate
