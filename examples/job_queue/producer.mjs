// Makes jobs and waits until they are done: node producer.mjs DOMAIN COUNT

import { keyword, open, queue } from 'yin-vm';

const [path, count] = [process.argv[2], Number(process.argv[3] ?? 10)];
if (!path || !Number.isInteger(count)) {
  console.error('usage: node producer.mjs DOMAIN [COUNT]');
  process.exit(2);
}
const [waiting, taken, done, closed] = ['waiting', 'taken', 'done', 'closed'].map((name) => keyword(name));

const domain = open(path);
const jobs = domain.atom('jobs', new Map([[waiting, queue()], [taken, {}], [done, {}], [closed, false]]));

for (let i = 0; i < count; ++i) {
  jobs.swap((state) => state.set(waiting, state.get(waiting).push([i, (i + 1) * 1000])));
}
console.log(`${count} jobs are waiting`);

const isDone = (state) => state.get(done).size >= count;
if (!isDone(jobs.deref())) {
  for await (const { after } of jobs.watch()) {
    console.log(`${after.get(done).size} of ${count} done, ${after.get(taken).size} being done`);
    if (isDone(after)) break;
  }
}
jobs.swap((state) => state.set(closed, true)); // the workers leave
const results = [...jobs.deref().get(done)].sort(([a], [b]) => a - b);
for (const [job, primes] of results) console.log(`job ${job}: ${primes} primes below ${(job + 1) * 1000}`);
domain.close();
