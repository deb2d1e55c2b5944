// The mailbox: through which all calls go, and the port, which makes them. port.h has the layout.
//
// A port is an object with a function for each operation (`port.get(text)`: the text of the result or undefined) and
//
//   mailbox(size)              makes a mailbox of so many bytes: { buffer, offset }
//   decode(start, end, ascii)  a text in it
//   copyText(bytes)            the bytes of the last result
//   track(view, handle)        gives the handle back when the view is collected; true: much was built for views lately
//   remember(group)            an array, weakly; true: survivors() has something to look at
//   survivors(all)             those that outlived a collection of all objects, once; `all`: there was one just now
//   keepAlive(yes)
//
// Everything in lib/ but node.js works over any port.

export const ERROR = -1;
export const ABSENT = 0;
export const NIL = 1;
export const FALSE = 2;
export const TRUE = 3;
export const SMALL_INT = 4;
export const INT = 5;
export const INT64 = 6;
export const DOUBLE = 7;
export const DIGITS = 8;
export const CHARACTER = 9;
export const STRING = 10;
export const KEYWORD = 11;
export const SYMBOL = 12;
export const INSTANT = 13;
export const UUID = 14;
export const BYTES = 15;
export const TAGGED = 16;
export const COLLECTION = 17;
export const REFERENCE = 18;
export const WORD = 19;
export const LATER = 20;
export const OTHER = 21;
export const WITH_META = 22;
export const SAME = 23;

// Arguments: indexes of 32-bit integers, and of doubles.
export const FLAGS = 1;
export const END = 12;
export const EXTRA = 13;
export const NUMBER_A = 4;
export const NUMBER_B = 5;

// Results: indexes of 32-bit integers.
export const RESULT = 16;
export const AUX = 17;
export const PAYLOAD = 18;
export const HANDLE = 22;
export const SECOND = 23;
export const COUNT = 24;
export const DATA_END = 25;
export const TEXT_SIZE = 26;
export const ASCII = 27;
export const READ_WORD = 28;

export const DATA = 16; // the first cell of the data

const usualSize = 1 << 16;
const hugeSize = 1 << 24; // is not kept when it has done its work

export let port;
export let i32;
export let i64;
export let f64;
export let u8;

function take(size) {
  const { buffer, offset } = port.mailbox(size);
  i32 = new Int32Array(buffer, offset, size / 4);
  i64 = new BigInt64Array(buffer, offset, size / 8);
  f64 = new Float64Array(buffer, offset, size / 8);
  u8 = new Uint8Array(buffer, offset, size);
}

/** Called once, by the entry of each host. */
export function usePort(made) {
  port = made;
  take(usualSize);
}

/** Room for so many bytes at least; what is in it stays. */
export function grow(bytes) {
  const old = u8;
  let size = old.length;
  while (size < bytes) size *= 2;
  take(size);
  u8.set(old);
}

export function shrink() {
  if (u8.length >= hugeSize) take(usualSize);
}
