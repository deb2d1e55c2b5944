// A live dashboard in the terminal: workers in processes of their own count what they do in atoms of one
// domain, and this program shows it whenever it changes. It asks nobody: it is told.
//
//   node examples/dashboard/dashboard.mjs [DOMAIN]     until Ctrl-C; try killing a worker meanwhile
//   node examples/dashboard/dashboard.mjs --test       so many orders, the last picture, and is it right?
//
// With the package installed, the import is 'yin-vm'.

import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { open } from '../../bindings/node/lib/node.js';

const shops = ['Berlin', 'Lagos', 'Lima', 'Osaka'];
const ordersEach = 500; // in the test
const testing = process.argv[2] === '--test';

// ---- a worker: takes orders in a shop

if (process.argv[2] === '--worker') {
  const [path, shop, count] = process.argv.slice(3);
  const domain = open(path, { mode: 'join' });
  const sales = domain.atom('sales');
  const stock = domain.atom('stock');
  const order = () => {
    const cents = 100 + Math.floor(Math.random() * 900);
    // Both or neither: the picture is never one order ahead of the stock.
    domain.transact((tx) => {
      tx.swap(sales, (all) =>
        all.update(shop, (own) => own.update('orders', (n) => n + 1).update('cents', (n) => n + cents)));
      tx.swap(stock, (n) => n - 1);
    });
  };
  for (let i = 0; i < Number(count); ++i) {
    order();
    if (count === 'Infinity') await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
  }
  domain.close();
  process.exit();
}

// ---- the dashboard

const scratch = mkdtempSync(join(tmpdir(), 'yin-dashboard-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const path = (!testing && process.argv[2]) || join(scratch, 'shops.yin');

const domain = open(path);
const sales = domain.atom('sales', Object.fromEntries(shops.map((shop) => [shop, { orders: 0, cents: 0 }])));
const stock = domain.atom('stock', 10_000);

function picture() {
  const now = domain.snapshot(); // one instant of both
  const all = now.deref(sales);
  const left = now.deref(stock);
  now.close();
  const most = Math.max(1, ...Array.from(all.values(), (shop) => shop.get('cents')));
  const lines = shops.map((name) => {
    const [orders, cents] = [all.getIn([name, 'orders']), all.getIn([name, 'cents'])];
    const bar = '#'.repeat(Math.round((30 * cents) / most));
    return `${name.padEnd(8)} ${String(orders).padStart(6)} orders ${(cents / 100).toFixed(2).padStart(10)}  ${bar}`;
  });
  return [...lines, `${'stock'.padEnd(8)} ${String(left).padStart(6)}`].join('\n');
}

function show() {
  if (process.stdout.isTTY) process.stdout.write(`\x1b[H\x1b[2J${picture()}\n`);
}

const stop = new AbortController();
const workers = shops.map((shop) =>
  fork(new URL(import.meta.url), ['--worker', path, shop, testing ? String(ordersEach) : 'Infinity']));
process.once('SIGINT', () => stop.abort());
if (testing) {
  let left = workers.length;
  for (const worker of workers) worker.once('exit', () => --left === 0 && stop.abort());
}

let changes = 0;
show();
try {
  for await (const change of sales.watch({ signal: stop.signal })) {
    changes += change.after === undefined ? 0 : 1;
    show();
  }
} catch (error) {
  if (error.name !== 'AbortError') throw error;
}
for (const worker of workers) worker.kill();

console.log(picture());
if (testing) {
  const orders = Array.from(sales.deref().values(), (shop) => shop.get('orders'));
  const right = orders.every((n) => n === ordersEach) && stock.deref() === 10_000 - shops.length * ordersEach && changes > 0;
  console.log(right ? 'every order is there' : `orders are missing: ${orders}`);
  process.exitCode = right ? 0 : 1;
}
domain.close();
