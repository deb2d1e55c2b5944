#include <yin.h>

int main(void) { return yin_abi_version() == YIN_ABI_VERSION && yin_small_int(yin_from_small_int(-5)) == -5 ? 0 : 1; }
