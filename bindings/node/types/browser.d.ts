// yin-vm/browser: the Node binding's types, over shared memory that pages and their workers join.

import type { Domain } from './index.js';

export * from './index.js';

/** What is posted to a worker, which join()s by it. */
export interface Handle {
  readonly yin: 'domain';
  readonly name: string;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly door: number;
  readonly id: string;
}

/** A domain in this thread's memory. It is there until the last thread that opened it has closed it. */
export interface BrowserDomain extends Domain {
  readonly handle: Handle;
  /** All of it as it is now: a file that opens natively, and that load() takes. */
  save(): Uint8Array;
}

export interface MemoryOptions {
  /** Bytes that all domains and threads of the memory share, from the thread's first open() on; 256 MiB. */
  memory?: number;
  /** Where yin.wasm is, if it is not beside the package's code; or the module itself. */
  wasm?: string | URL | WebAssembly.Module;
  /** false: no worker that collects; calls do so now and then. */
  keeper?: boolean;
}

export interface BrowserOpenOptions extends MemoryOptions {
  mode?: 'create-or-join' | 'create' | 'join';
  /** Of a new domain, in bytes; what the memory has room for. */
  capacity?: number;
}

/**
 * Opens the domain of that name in this thread's memory; both are made if need be. ERR_YIN_NOT_ISOLATED: the
 * page has no shared memory, and which header it lacks.
 */
export function open(name?: string, options?: BrowserOpenOptions): Promise<BrowserDomain>;
export function open(options: BrowserOpenOptions): Promise<BrowserDomain>;
/** A domain from the bytes of a file, which are verified. */
export function load(
  bytes: Uint8Array | ArrayBuffer,
  options?: MemoryOptions & { name?: string },
): Promise<BrowserDomain>;
/** Joins the domain whose handle another thread has posted. */
export function join(handle: Handle): Promise<BrowserDomain>;
/**
 * Runs a function and lets go of the views that were made meanwhile, but for the one it returns: for long loops, since
 * the engine tells of views that nobody has any more only between tasks.
 */
export function scope<T>(act: () => T): T;
/** Leaves the memory, closing what is open: for a worker that ends. */
export function leave(): void;
/** The library's version, once a domain is open. */
export function version(): string;
