// Values that JavaScript has no type for, as small immutable objects; and how lists, queues and sorted
// collections are asked for when a value is stored.

import { wrongType } from './errors.js';

const inspect = Symbol.for('nodejs.util.inspect.custom');

/** Shows as EDN writes it. */
class Scalar {
  toJSON() {
    return this.toString();
  }
  [inspect](depth, options) {
    return options.stylize(this.toString(), 'symbol');
  }
}

function split(name) {
  const at = name.indexOf('/');
  return at > 0 && name.length > at + 1 ? [name.slice(0, at), name.slice(at + 1)] : [null, name];
}

class Named extends Scalar {
  #name;
  constructor(name) {
    super();
    this.#name = name;
  }
  /** `namespace/name`, or the name alone. */
  get fullName() {
    return this.#name;
  }
  get namespace() {
    return split(this.#name)[0];
  }
  get name() {
    return split(this.#name)[1];
  }
  hashCode() {
    let hash = 0;
    for (let i = 0; i < this.#name.length; ++i) hash = (hash * 31 + this.#name.charCodeAt(i)) | 0;
    return hash;
  }
}

function checkName(name, what) {
  if (typeof name !== 'string' || name === '') throw wrongType(`${what}: a name, as a string`);
  return name;
}

const keywords = new Map();

/** One object for each name: `===` compares. */
export class Keyword extends Named {
  toString() {
    return `:${this.fullName}`;
  }
  toJSON() {
    return this.fullName;
  }
  equals(other) {
    return this === other;
  }
}

/** `keyword('name')`, `keyword('namespace', 'name')`; a colon before it is left away. */
export function keyword(namespace, name) {
  let full = checkName(namespace, 'keyword');
  if (name !== undefined) full = `${full}/${checkName(name, 'keyword')}`;
  if (full.charCodeAt(0) === 58) full = checkName(full.slice(1), 'keyword');
  let made = keywords.get(full);
  if (made === undefined) keywords.set(full, (made = new Keyword(full)));
  return made;
}

export class YinSymbol extends Named {
  toString() {
    return this.fullName;
  }
  equals(other) {
    return other instanceof YinSymbol && other.fullName === this.fullName;
  }
}

export const symbol = (namespace, name) =>
  new YinSymbol(name === undefined ? checkName(namespace, 'symbol') : `${namespace}/${checkName(name, 'symbol')}`);

/** A number that shall be a double of the domain even if it is whole. */
export class Double extends Scalar {
  constructor(value) {
    super();
    if (typeof value !== 'number') throw wrongType('double: a number');
    this.value = value;
    Object.freeze(this);
  }
  valueOf() {
    return this.value;
  }
  toString() {
    return Number.isInteger(this.value) ? `${this.value}.0` : String(this.value);
  }
  toJSON() {
    return this.value;
  }
}

export class Ratio extends Scalar {
  constructor(numerator, denominator) {
    super();
    this.numerator = BigInt(numerator);
    this.denominator = BigInt(denominator);
    if (this.denominator === 0n) throw new RangeError('ratio: divided by zero');
    Object.freeze(this);
  }
  valueOf() {
    return Number(this.numerator) / Number(this.denominator);
  }
  toString() {
    return `${this.numerator}/${this.denominator}`;
  }
  equals(other) {
    return other instanceof Ratio && other.numerator * this.denominator === this.numerator * other.denominator;
  }
  hashCode() {
    return Number(BigInt.asIntN(32, this.numerator * 31n + this.denominator));
  }
}

export class Character extends Scalar {
  constructor(character) {
    super();
    this.codePoint = typeof character === 'number' ? character : checkName(character, 'character').codePointAt(0);
    Object.freeze(this);
  }
  toString() {
    return `\\${String.fromCodePoint(this.codePoint)}`;
  }
  toJSON() {
    return String.fromCodePoint(this.codePoint);
  }
  equals(other) {
    return other instanceof Character && other.codePoint === this.codePoint;
  }
  hashCode() {
    return this.codePoint;
  }
}

const uuidText = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export class UUID extends Scalar {
  #text;
  /** Of its text; `crypto.randomUUID()` gives one. */
  constructor(text) {
    super();
    this.#text = String(text).toLowerCase();
    if (!uuidText.test(this.#text)) throw wrongType(`uuid: ${text}`);
  }
  static fromBytes(bytes) {
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return new UUID(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'));
  }
  get bytes() {
    return Uint8Array.from(this.#text.replaceAll('-', '').match(/../g), (hex) => parseInt(hex, 16));
  }
  toString() {
    return this.#text;
  }
  equals(other) {
    return other instanceof UUID && other.#text === this.#text;
  }
  hashCode() {
    return parseInt(this.#text.slice(0, 8), 16) | 0;
  }
  [inspect](depth, options) {
    return options.stylize(`#uuid "${this.#text}"`, 'symbol');
  }
}

/** `#tag value` of EDN, of a tag that has no type of its own. */
export class TaggedLiteral {
  constructor(tag, value) {
    this.tag = typeof tag === 'string' ? symbol(tag) : tag;
    this.value = value;
    if (!(this.tag instanceof YinSymbol)) throw wrongType('taggedLiteral: the tag is a symbol');
    Object.freeze(this);
  }
  toJSON() {
    return { tag: this.tag.fullName, value: this.value };
  }
}

/** A collection that is to be made, of a kind that no type of JavaScript stands for. */
export class Literal {
  constructor(kind, items) {
    this.kind = kind;
    this.items = items;
    Object.freeze(this);
  }
}
