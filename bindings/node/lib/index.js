// What every host has: index.js is imported after a port is in use.

export { Agent, Cursor, Server, Stream } from './agents.js';
export { Atom, Snapshot } from './atom.js';
export {
  YinIntMap, YinList, YinMap, YinQueue, YinSet, YinSortedMap, YinSortedSet, YinVector, intMap, list,
  queue, sortedMap, sortedSet,
} from './collections.js';
export { Domain, open, remove } from './domain.js';
export { YinError } from './errors.js';
export { Watch } from './events.js';
export {
  Character, Double, Keyword, Ratio, TaggedLiteral, UUID, YinSymbol, keyword, symbol,
} from './values.js';
export { Reference, View, YinValue } from './view.js';
