const adder = k => x => x + k

const n = Number(process.argv[2])
let sum = 0
for (let i = 0; i < n; i++) sum = adder(i)(sum)
console.log(sum)
