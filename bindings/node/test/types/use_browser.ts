// What the browser's declarations allow, and what they refuse.

import { type Handle, YinMap, join, leave, load, open, scope, version } from 'yin-vm/browser';

async function use(bytes: ArrayBuffer): Promise<void> {
  const domain = await open('name', { capacity: 32 << 20, memory: 256 << 20, wasm: '/yin.wasm', keeper: false });
  const handle: Handle = domain.handle;
  const joined = await join(handle);
  const counter = joined.atom('counter', 0);
  const now: number = counter.swap((n) => n + 1);
  const saved: Uint8Array = (await load(bytes, { name: 'file' })).save();
  const kept: number = scope(() => counter.deref() + now + saved.length);
  const map = domain.value({ a: 1 });
  map instanceof YinMap;
  leave();
  const text: string = version();
  // @ts-expect-error: a memory's size is a number
  await open({ memory: '256 MiB' });
  // @ts-expect-error: a domain is joined by its handle
  await join('name');
  // @ts-expect-error: opening takes a while
  open().atom('counter');
  void [kept, text];
}
void use;
