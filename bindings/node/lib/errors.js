// Errors: a YinError, or for wrong types and indexes the language's own kind of error; each has a `code`.

const codes = [
  'OK', 'INVALID_ARGUMENT', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION', 'NO_SPACE', 'DAMAGED',
  'UNAVAILABLE', 'FORMAT', 'INTERNAL', 'CLOSED', 'WRONG_TYPE', 'CONFLICT', 'ABORTED', 'OUT_OF_RANGE',
  'TIMEOUT', 'END',
];

export class YinError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}
Object.defineProperty(YinError.prototype, 'name', { value: 'YinError', configurable: true, writable: true });

const withCode = (error, code) => Object.defineProperty(error, 'code', { value: code, enumerable: true });

export const wrongType = (message) => withCode(new TypeError(message), 'ERR_YIN_WRONG_TYPE');
export const outOfRange = (message) => withCode(new RangeError(message), 'ERR_YIN_OUT_OF_RANGE');

/** The error for a status of the C interface. */
export function errorOf(status, message) {
  const code = codes[status] ?? 'INTERNAL';
  if (code === 'WRONG_TYPE') return wrongType(message);
  if (code === 'OUT_OF_RANGE') return outOfRange(message);
  return new YinError(message, `ERR_YIN_${code}`);
}
