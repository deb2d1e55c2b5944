// c++ -std=c++17 counter.cc $(pkg-config --cflags --libs yin) -o counter
#include <iostream>
#include <yin.hpp>

int main(int argc, char** argv) {
  const yin::Domain domain(argc > 1 ? argv[1] : "");
  yin::Pin pin(domain);
  const yin::Atom counter = pin.atom("counter", pin.of(0));
  counter.swap(pin, [](yin::Pin& p, yin::Word now) { return p.of(p.to_int(now) + 1); });
  std::cout << pin.print(counter.deref(pin)) << '\n';
}
