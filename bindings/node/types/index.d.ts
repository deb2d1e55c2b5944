/**
 * Immutable values and atoms in memory that threads and processes share.
 *
 * Views are lazy: nothing is copied until it is asked for. Equality of keys and items is by value.
 */

/** What an error's `code` may be. */
export type YinErrorCode =
  | 'ERR_YIN_INVALID_ARGUMENT' | 'ERR_YIN_NOT_FOUND' | 'ERR_YIN_ALREADY_EXISTS' | 'ERR_YIN_PERMISSION'
  | 'ERR_YIN_NO_SPACE' | 'ERR_YIN_DAMAGED' | 'ERR_YIN_UNAVAILABLE' | 'ERR_YIN_FORMAT' | 'ERR_YIN_INTERNAL'
  | 'ERR_YIN_CLOSED' | 'ERR_YIN_WRONG_TYPE' | 'ERR_YIN_CONFLICT' | 'ERR_YIN_ABORTED'
  | 'ERR_YIN_OUT_OF_RANGE' | 'ERR_YIN_TIMEOUT' | 'ERR_YIN_END' | 'ERR_YIN_RELEASED'
  | 'ERR_YIN_REENTRANT' | 'ERR_YIN_AGENT' | 'ERR_YIN_NO_ADDON'
  | 'ERR_YIN_NOT_ISOLATED';

export class YinError extends Error {
  constructor(message: string, code: YinErrorCode);
  readonly code: YinErrorCode;
}

// ---- values --------------------------------------------------------------------------------------

/** What can be stored. Integers that are safe are integers of the domain, other numbers doubles. */
export type Storable =
  | null | boolean | number | string | bigint | Date | Uint8Array | ArrayBuffer
  | Keyword | YinSymbol | Double | Ratio | Character | UUID | TaggedLiteral | Literal
  | View | Reference
  | readonly Storable[]
  | ReadonlyMap<any, any>
  | ReadonlySet<any>
  | { readonly [key: string]: any };

/**
 * The type that a value of type T has when it comes back: objects as maps, arrays as vectors.
 * The types of what is in a map of several types are joined.
 */
export type Stored<T> =
  T extends null | boolean | number | string | bigint | Date | Uint8Array ? T
  : T extends View | Reference ? T
  : T extends Keyword | YinSymbol | Ratio | Character | UUID | TaggedLiteral ? T
  : T extends Double ? number
  : T extends ArrayBuffer ? Uint8Array
  : T extends ReadonlyMap<infer K, infer V> ? YinMap<Stored<K>, Stored<V>>
  : T extends ReadonlySet<infer V> ? YinSet<Stored<V>>
  : T extends readonly (infer V)[] ? YinVector<Stored<V>>
  : T extends Literal<infer V> ? V
  : T extends object ? YinMap<string, Stored<T[keyof T]>>
  : unknown;

declare class Named {
  /** `namespace/name`, or the name alone. */
  readonly fullName: string;
  readonly namespace: string | null;
  readonly name: string;
  equals(other: unknown): boolean;
  hashCode(): number;
  toString(): string;
  toJSON(): string;
}
/** One object for each name: `===` compares. */
export class Keyword extends Named {
  private constructor();
  private readonly isKeyword: true;
}
export class YinSymbol extends Named {
  private constructor();
  private readonly isSymbol: true;
}
export function keyword(name: string): Keyword;
export function keyword(namespace: string, name: string): Keyword;
export function symbol(name: string): YinSymbol;
export function symbol(namespace: string, name: string): YinSymbol;

/** Asks for a double even if the number is whole. */
export class Double {
  constructor(value: number);
  readonly value: number;
  valueOf(): number;
}
export class Ratio {
  constructor(numerator: bigint | number | string, denominator: bigint | number | string);
  readonly numerator: bigint;
  readonly denominator: bigint;
  valueOf(): number;
  equals(other: unknown): boolean;
  hashCode(): number;
}
export class Character {
  constructor(character: string | number);
  readonly codePoint: number;
  equals(other: unknown): boolean;
  hashCode(): number;
}
export class UUID {
  constructor(text: string);
  static fromBytes(bytes: Uint8Array): UUID;
  readonly bytes: Uint8Array;
  equals(other: unknown): boolean;
  hashCode(): number;
}
export class TaggedLiteral<T = any> {
  constructor(tag: string | YinSymbol, value: T);
  readonly tag: YinSymbol;
  readonly value: T;
}
/** A collection to be made, of a kind that no type of JavaScript stands for. */
export interface Literal<V = any> {
  readonly kind: number;
  readonly items: readonly unknown[];
  readonly __view?: V;
}
type Entries<K, V> = Iterable<readonly [K, V]>;
export function list<T>(items?: Iterable<T>): Literal<YinList<Stored<T>>>;
export function queue<T>(items?: Iterable<T>): Literal<YinQueue<Stored<T>>>;
export function sortedSet<T>(items?: Iterable<T>): Literal<YinSortedSet<Stored<T>>>;
export function sortedMap<K, V>(entries: Entries<K, V>): Literal<YinSortedMap<Stored<K>, Stored<V>>>;
export function sortedMap<V>(entries?: { readonly [key: string]: V }): Literal<YinSortedMap<string, Stored<V>>>;
export function intMap<V>(entries?: Entries<number, V>): Literal<YinIntMap<Stored<V>>>;

// ---- views ---------------------------------------------------------------------------------------

/** An immutable value of a domain. */
export class View {
  protected constructor();
  readonly domain: Domain;
  /** By value; of what is no view, as if it were stored. */
  equals(other: unknown): boolean;
  hashCode(): number;
  meta(): YinMap | null;
  withMeta(meta: Storable): this;
  /** The same value, which does not keep what it was found in; what is held for long gets there by itself. */
  keep(): this;
  /** Lets go of the value, for all who hold this view or one that was found in it. Of a found view: does nothing. */
  [Symbol.dispose](): void;
  /** EDN. */
  toString(): string;
}

/** A value that JavaScript has no type for. */
export class YinValue extends View {
  readonly kind: string;
}

/** [key, before, after]; undefined: it is not there. */
export type Difference<K, V> = [key: K, before: V | undefined, after: V | undefined];

export interface Range<K> {
  from?: K;
  to?: K;
  withoutFrom?: boolean;
  withTo?: boolean;
  descending?: boolean;
}

type Key<K> = K | (K extends View ? Storable : never);

export class YinMap<K = any, V = any> extends View implements Iterable<[K, V]> {
  readonly size: number;
  get(key: Key<K>): V | undefined;
  get<D>(key: Key<K>, otherwise: D): V | D;
  has(key: Key<K>): boolean;
  getIn(path: Iterable<unknown>, otherwise?: unknown): any;
  set(key: Key<K>, value: Storable): YinMap<K, V>;
  setIn(path: Iterable<unknown>, value: Storable): YinMap<K, V>;
  update(key: Key<K>, change: (value: V) => Storable): YinMap<K, V>;
  update<D>(key: Key<K>, change: (value: V | D) => Storable, otherwise: D): YinMap<K, V>;
  updateIn(path: Iterable<unknown>, change: (value: any) => Storable, otherwise?: unknown): YinMap<K, V>;
  delete(key: Key<K>): YinMap<K, V>;
  /** Many at once. */
  setAll(entries: Entries<any, any> | { readonly [key: string]: any }): YinMap<K, V>;
  deleteAll(keys: Iterable<Key<K>>): YinMap<K, V>;
  merge(...others: (YinMap<any, any> | ReadonlyMap<any, any> | { readonly [key: string]: any })[]): YinMap<K, V>;
  keys(): IterableIterator<K>;
  values(): IterableIterator<V>;
  entries(): IterableIterator<[K, V]>;
  [Symbol.iterator](): IterableIterator<[K, V]>;
  forEach(visit: (value: V, key: K, map: this) => void, thisArgument?: unknown): void;
  diff(after: YinMap<K, V>): Difference<K, V>[];
  /** A copy: a plain object if all keys are strings, else a Map. */
  toJS(): any;
  toJSON(): { [key: string]: unknown };
}
export class YinSortedMap<K = any, V = any> extends YinMap<K, V> {
  range(range?: Range<K>): IterableIterator<[K, V]>;
  keyAt(rank: number): K | undefined;
}
export class YinIntMap<V = any> extends YinMap<number, V> {
  range(range?: Range<number>): IterableIterator<[number, V]>;
}

export class YinSet<T = any> extends View implements Iterable<T> {
  readonly size: number;
  has(item: Key<T>): boolean;
  add(item: Storable): YinSet<T>;
  delete(item: Key<T>): YinSet<T>;
  addAll(items: Iterable<Storable>): YinSet<T>;
  deleteAll(items: Iterable<Key<T>>): YinSet<T>;
  union(other: Iterable<Storable>): YinSet<T>;
  intersection(other: { has(item: any): boolean }): YinSet<T>;
  difference(other: Iterable<Storable>): YinSet<T>;
  isSubsetOf(other: { has(item: any): boolean }): boolean;
  keys(): IterableIterator<T>;
  values(): IterableIterator<T>;
  entries(): IterableIterator<[T, T]>;
  [Symbol.iterator](): IterableIterator<T>;
  forEach(visit: (item: T, same: T, set: this) => void, thisArgument?: unknown): void;
  diff(after: YinSet<T>): Difference<T, T>[];
  toJS(): Set<any>;
  toJSON(): unknown[];
}
export class YinSortedSet<T = any> extends YinSet<T> {
  range(range?: Range<T>): IterableIterator<T>;
  itemAt(rank: number): T | undefined;
}

declare class Sequence<T> extends View implements Iterable<T> {
  readonly size: number;
  readonly length: number;
  get(index: number): T | undefined;
  get<D>(index: number, otherwise: D): T | D;
  /** From the end if it is negative. */
  at(index: number): T | undefined;
  has(index: number): boolean;
  first(): T | undefined;
  last(): T | undefined;
  keys(): IterableIterator<number>;
  values(): IterableIterator<T>;
  entries(): IterableIterator<[number, T]>;
  [Symbol.iterator](): IterableIterator<T>;
  forEach(visit: (item: T, index: number, all: this) => void, thisArgument?: unknown): void;
  map<R>(change: (item: T, index: number, all: this) => R, thisArgument?: unknown): R[];
  filter(test: (item: T, index: number, all: this) => boolean, thisArgument?: unknown): T[];
  reduce(combine: (all: T, item: T, index: number, of: this) => T): T;
  reduce<R>(combine: (all: R, item: T, index: number, of: this) => R, initial: R): R;
  find(test: (item: T) => boolean): T | undefined;
  findIndex(test: (item: T) => boolean): number;
  some(test: (item: T) => boolean): boolean;
  every(test: (item: T) => boolean): boolean;
  indexOf(item: Key<T>): number;
  includes(item: Key<T>): boolean;
  join(separator?: string): string;
  toJS(): any[];
  toJSON(): unknown[];
}
export class YinVector<T = any> extends Sequence<T> {
  set(index: number, value: Storable): YinVector<T>;
  update(index: number, change: (value: T) => Storable): YinVector<T>;
  updateIn(path: Iterable<unknown>, change: (value: any) => Storable, otherwise?: unknown): YinVector<T>;
  setAll(entries: Iterable<readonly [number, Storable]>): YinVector<T>;
  push(...items: Storable[]): YinVector<T>;
  /** Without the last item. */
  pop(): YinVector<T>;
  slice(from?: number, to?: number): YinVector<T>;
  concat(...others: Iterable<Storable>[]): YinVector<T>;
  diff(after: YinVector<T>): Difference<number, T>[];
}
export class YinList<T = any> extends Sequence<T> {
  unshift(...items: Storable[]): YinList<T>;
  /** Without the first item. */
  shift(): YinList<T>;
}
export class YinQueue<T = any> extends Sequence<T> {
  push(...items: Storable[]): YinQueue<T>;
  /** Without the first item. */
  shift(): YinQueue<T>;
}

// ---- references ----------------------------------------------------------------------------------

/** Tells another thread or process of an atom or stream: it can be posted, and stored as text with care for `word`. */
export interface Ref {
  readonly yin: 'ref';
  readonly path: string;
  readonly kind: string;
  readonly word: bigint;
}
/** Tells another thread or process of a value, to be taken once. */
export interface Token {
  readonly yin: 'value';
  readonly path: string;
  readonly kind: string;
  readonly word: bigint;
}

/** Something with a place of its own in a domain. */
export class Reference {
  protected constructor();
  readonly domain: Domain;
  readonly kind: 'atom' | 'agent' | 'stream' | 'cursor';
  readonly ref: Ref;
  equals(other: unknown): boolean;
  hashCode(): number;
  /** Of what has no name; else `domain.delete(name)`. */
  delete(): void;
}

export type WatchMode = 'latest' | 'every';
export interface WatchOptions {
  /** 'latest': from what was told last to what is now; 'every': each commit, in order. */
  mode?: WatchMode;
  signal?: AbortSignal;
}
export interface Change<T> {
  readonly before: T;
  /** undefined: the atom was deleted. */
  readonly after: T | undefined;
}
export class Watch {
  private constructor();
  stop(): void;
  /** Lets the program end while it is there. */
  unref(): this;
  ref(): this;
  [Symbol.dispose](): void;
}

export class Atom<T = any> extends Reference {
  deref(): T;
  /** Sets it to what the function makes of it, which may be called more than once: no side effects. */
  swap<A extends unknown[]>(change: (value: T, ...rest: A) => Storable, ...rest: A): T;
  swapVals<A extends unknown[]>(change: (value: T, ...rest: A) => Storable, ...rest: A): [before: T, after: T];
  reset(value: Storable): T;
  resetVals(value: Storable): [before: T, after: T];
  /** Sets it if it holds a value equal to `expected`. */
  compareAndSet(expected: Storable, value: Storable): boolean;
  watch(callback: (after: T | undefined, before: T, atom: this) => void, options?: WatchOptions): Watch;
  watch(options?: WatchOptions): AsyncIterableIterator<Change<T>> & AsyncDisposable;
}

export class Snapshot {
  private constructor();
  deref<T>(atom: Atom<T>): T;
  close(): void;
  [Symbol.dispose](): void;
}

export interface Transaction {
  deref<T>(atom: Atom<T>): T;
  reset<T>(atom: Atom<T>, value: Storable): T;
  swap<T, A extends unknown[]>(atom: Atom<T>, change: (value: T, ...rest: A) => Storable, ...rest: A): T;
}

// ---- agents, streams -----------------------------------------------------------------------------

export interface Waiting {
  signal?: AbortSignal;
}
export class Agent extends Reference {
  readonly state: 'ready' | 'waiting' | 'parked' | 'done' | 'failed';
  look(): { state: Agent['state']; value: any };
  resume(value: Storable): void;
  done(options?: Waiting): Promise<void>;
}
export class Stream<T = any> extends Reference implements AsyncIterable<T> {
  /** False: it is full. */
  tryPut(item: Storable): boolean;
  put(item: Storable, options?: Waiting): Promise<void>;
  close(): void;
  cursor(): Cursor<T>;
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}
export class Cursor<T = any> extends Reference implements AsyncIterable<T> {
  readonly stream: Stream<T>;
  /** undefined: there is none yet. */
  tryNext(): IteratorResult<T, undefined> | undefined;
  next(options?: Waiting): Promise<IteratorResult<T, undefined>>;
  [Symbol.asyncIterator](): AsyncIterator<T>;
}
export class Server {
  private constructor();
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

// ---- domains -------------------------------------------------------------------------------------

export interface OpenOptions {
  mode?: 'create-or-join' | 'create' | 'join' | 'read-only';
  /** Of a new domain, in bytes. */
  capacity?: number;
  /** When commits reach the disk: by flushed() only, soon after each, or so many milliseconds apart. */
  durability?: 'none' | 'commit' | number;
  /** false: no thread that collects; somebody else does. */
  keeper?: boolean;
}
export interface Stat {
  readonly capacityBytes: number;
  readonly committedBytes: number;
  readonly liveBytes: number;
  readonly collections: number;
  readonly holds: number;
  readonly slots: number;
  readonly workers: number;
}

export class Domain {
  private constructor();
  readonly path: string;
  readonly closed: boolean;
  readonly readOnly: boolean;
  /** Once more is once. */
  close(): void;
  [Symbol.dispose](): void;

  /** The atom of that name, made with `initial` if it is not there. */
  atom<const T = null>(name: string, initial?: T): Atom<Widened<Stored<T>>>;
  find(name: string): Reference | undefined;
  atoms(): Map<string, Reference>;
  rename(from: string, to: string): void;
  delete(name: string): void;
  transact<R>(change: (transaction: Transaction) => R): R;
  snapshot(): Snapshot;

  /** The value as it is kept. */
  value<const T>(value: T): Widened<Stored<T>>;
  read(edn: string): any;
  print(value: Storable, options?: { meta?: boolean; limit?: number }): string;
  compare(a: Storable, b: Storable): number;

  share(value: Storable): Token;
  take(token: Token, options?: { keep?: boolean }): any;
  resolve(ref: Ref): any;

  flushed(options?: { timeout?: number }): Promise<void>;
  verify(): Promise<void>;
  stat(): Stat;

  spawn(program: string, options?: { file?: string; name?: string }): Agent;
  serve(options?: { threads?: number }): Server;
  stream<T = any>(name?: string, options?: { capacity?: number }): Stream<T>;
}

/** A literal's type, as what it is one of. */
export type Widened<T> =
  T extends null ? any
  : T extends boolean ? boolean
  : T extends number ? number
  : T extends string ? string
  : T extends bigint ? bigint | number
  : T;

/** Without a path: the environment's YIN_DOMAIN, or ./yin/default.yin. '': memory of this process alone; 'shm:NAME'. */
export function open(path?: string | URL, options?: OpenOptions): Domain;
export function remove(path: string | URL): void;
export const version: string;
