const n = Number(process.argv[2])
let text = ''
for (let i = 0; i < n; i++) text += String(i % 1000)
console.log(text.length)
