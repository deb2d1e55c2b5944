import math
import sys

SUN_MASS = 4 * 3.141592653589793 * 3.141592653589793
YEAR = 365.24

class Body:
    def __init__(self, x, y, z, vx, vy, vz, mass):
        self.x, self.y, self.z = x, y, z
        self.vx, self.vy, self.vz = vx * YEAR, vy * YEAR, vz * YEAR
        self.mass = mass * SUN_MASS

BODIES = [
    Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1),
    Body(4.841431442464721, -1.1603200440274284, -0.10362204447112311,
         0.001660076642744037, 0.007699011184197404, -0.0000690460016972063, 0.0009547919384243266),
    Body(8.34336671824458, 4.124798564124305, -0.4035234171143214,
         -0.002767425107268624, 0.004998528012349172, 0.000023041729757376393, 0.0002858859806661308),
    Body(12.894369562139131, -15.111151401698631, -0.22330757889265573,
         0.002964601375647616, 0.0023784717395948095, -0.000029658956854023756, 0.00004366244043351563),
    Body(15.379697114850917, -25.919314609987964, 0.17925877295037118,
         0.0026806777249038932, 0.001628241700382423, -0.00009515922545197159, 0.00005151389020466115),
]

def put_to_rest(bodies):
    px = py = pz = 0.0
    for b in bodies:
        px, py, pz = px + b.vx * b.mass, py + b.vy * b.mass, pz + b.vz * b.mass
    sun = bodies[0]
    sun.vx, sun.vy, sun.vz = -px / SUN_MASS, -py / SUN_MASS, -pz / SUN_MASS

def advance(bodies):
    for i in range(4):
        a = bodies[i]
        for j in range(i + 1, 5):
            b = bodies[j]
            dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
            squared = dx * dx + dy * dy + dz * dz
            size = 0.01 / (squared * math.sqrt(squared))
            ma, mb = a.mass * size, b.mass * size
            a.vx, a.vy, a.vz = a.vx - dx * mb, a.vy - dy * mb, a.vz - dz * mb
            b.vx, b.vy, b.vz = b.vx + dx * ma, b.vy + dy * ma, b.vz + dz * ma
    for b in bodies:
        b.x, b.y, b.z = b.x + 0.01 * b.vx, b.y + 0.01 * b.vy, b.z + 0.01 * b.vz

def energy(bodies):
    total = 0.0
    for i in range(5):
        a = bodies[i]
        total += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
        for j in range(i + 1, 5):
            b = bodies[j]
            dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
            total -= a.mass * b.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    return total

put_to_rest(BODIES)
print(f"{energy(BODIES):.9f}")
for _ in range(int(sys.argv[1])):
    advance(BODIES)
print(f"{energy(BODIES):.9f}")
