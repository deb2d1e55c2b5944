const sunMass = 4 * 3.141592653589793 * 3.141592653589793
const year = 365.24

const planet = (x, y, z, vx, vy, vz, mass) =>
  ({ x, y, z, vx: vx * year, vy: vy * year, vz: vz * year, mass: mass * sunMass })

const bodies = [
  planet(0, 0, 0, 0, 0, 0, 1),
  planet(4.841431442464721, -1.1603200440274284, -0.10362204447112311,
    0.001660076642744037, 0.007699011184197404, -0.0000690460016972063, 0.0009547919384243266),
  planet(8.34336671824458, 4.124798564124305, -0.4035234171143214,
    -0.002767425107268624, 0.004998528012349172, 0.000023041729757376393, 0.0002858859806661308),
  planet(12.894369562139131, -15.111151401698631, -0.22330757889265573,
    0.002964601375647616, 0.0023784717395948095, -0.000029658956854023756, 0.00004366244043351563),
  planet(15.379697114850917, -25.919314609987964, 0.17925877295037118,
    0.0026806777249038932, 0.001628241700382423, -0.00009515922545197159, 0.00005151389020466115)
]

let px = 0, py = 0, pz = 0
for (const b of bodies) {
  px += b.vx * b.mass
  py += b.vy * b.mass
  pz += b.vz * b.mass
}
bodies[0].vx = -px / sunMass
bodies[0].vy = -py / sunMass
bodies[0].vz = -pz / sunMass

const advance = () => {
  for (let i = 0; i < 4; i++) {
    const a = bodies[i]
    for (let j = i + 1; j < 5; j++) {
      const b = bodies[j]
      const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z
      const squared = dx * dx + dy * dy + dz * dz
      const size = 0.01 / (squared * Math.sqrt(squared))
      const ma = a.mass * size, mb = b.mass * size
      a.vx -= dx * mb
      a.vy -= dy * mb
      a.vz -= dz * mb
      b.vx += dx * ma
      b.vy += dy * ma
      b.vz += dz * ma
    }
  }
  for (const b of bodies) {
    b.x += 0.01 * b.vx
    b.y += 0.01 * b.vy
    b.z += 0.01 * b.vz
  }
}

const energy = () => {
  let sum = 0
  for (let i = 0; i < 5; i++) {
    const a = bodies[i]
    sum += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for (let j = i + 1; j < 5; j++) {
      const b = bodies[j]
      const dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z
      sum -= a.mass * b.mass / Math.sqrt(dx * dx + dy * dy + dz * dz)
    }
  }
  return sum
}

const n = Number(process.argv[2])
console.log(energy().toFixed(9))
for (let i = 0; i < n; i++) advance()
console.log(energy().toFixed(9))
