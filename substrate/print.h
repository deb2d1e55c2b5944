#pragma once

// EDN out. print() gives text that read() turns into an equal value; display() is what (str x) and println show:
// strings and characters bare. Opaque kinds print as #yin/closure "name", #yin/atom [slot generation] and so on.
// Never recurses on the C stack: depth is bounded by memory only.

#include <string>

#include "substrate/pin.h"
#include "substrate/value.h"

namespace yin::substrate {

void print_to(std::string& out, const Pin& pin, Word w);
void display_to(std::string& out, const Pin& pin, Word w);
inline std::string print(const Pin& pin, Word w) {
  std::string out;
  print_to(out, pin, w);
  return out;
}

}  // namespace yin::substrate
