const entry = new URL('./entry.mjs', import.meta.url).href;
const runner = new URL('./runner.mjs', import.meta.url).href;

export async function resolve(specifier, context, next) {
  if (specifier === 'node:test' && context.parentURL !== runner) return { url: runner, shortCircuit: true };
  const found = await next(specifier, context);
  return found.url.endsWith('/bindings/node/lib/node.js') ? { url: entry, shortCircuit: true } : found;
}
