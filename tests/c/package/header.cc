#include <yin.h>

#include <yin.hpp>

int main() {
  const yin::Domain domain("");
  yin::Pin pin(domain);
  const yin::Atom atom = pin.atom("a", pin.read("{:a [1]}"));
  try {
    atom.swap(pin, [](yin::Pin&, yin::Word) -> yin::Word { throw 7; });
    return 1;
  } catch (int) {
  }
  try {
    (void)pin.to_int(atom.deref(pin));
    return 2;
  } catch (const yin::Error& e) {
    if (e.status() != YIN_WRONG_TYPE) return 3;
  }
  const yin::Word after = atom.swap(pin, [](const yin::Pin& p, yin::Word now) {
    return p.assoc(now, p.keyword("b"), p.of("some text of some length"));
  });
  yin::Handle handle(pin, after);
  yin::Handle moved = std::move(handle);
  int entries = 0;
  pin.each(moved.word(), [&](yin::Word, yin::Word) { ++entries; });
  const bool same = atom.compare_and_set(pin, pin.read("{:a (1) :b \"some text of some length\"}"),
                                         pin.collection(YIN_VECTOR, {pin.of(1), pin.of(2.5)}));
  return entries == 2 && same && handle.word() == YIN_WORD_ABSENT &&
                 pin.print(atom.deref(pin)) == "[1 2.5]"
             ? 0
             : 4;
}
