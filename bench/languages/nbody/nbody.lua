local pi = 3.141592653589793
local sun_mass = 4 * pi * pi
local year = 365.24

local function planet(x, y, z, vx, vy, vz, mass)
  return {x = x, y = y, z = z, vx = vx * year, vy = vy * year, vz = vz * year, mass = mass * sun_mass}
end

local bodies = {
  {x = 0.0, y = 0.0, z = 0.0, vx = 0.0, vy = 0.0, vz = 0.0, mass = sun_mass},
  planet(4.841431442464721, -1.1603200440274284, -0.10362204447112311,
         0.001660076642744037, 0.007699011184197404, -0.0000690460016972063, 0.0009547919384243266),
  planet(8.34336671824458, 4.124798564124305, -0.4035234171143214,
         -0.002767425107268624, 0.004998528012349172, 0.000023041729757376393, 0.0002858859806661308),
  planet(12.894369562139131, -15.111151401698631, -0.22330757889265573,
         0.002964601375647616, 0.0023784717395948095, -0.000029658956854023756, 0.00004366244043351563),
  planet(15.379697114850917, -25.919314609987964, 0.17925877295037118,
         0.0026806777249038932, 0.001628241700382423, -0.00009515922545197159, 0.00005151389020466115),
}

local px, py, pz = 0.0, 0.0, 0.0
for _, b in ipairs(bodies) do
  px, py, pz = px + b.vx * b.mass, py + b.vy * b.mass, pz + b.vz * b.mass
end
local sun = bodies[1]
sun.vx, sun.vy, sun.vz = -px / sun_mass, -py / sun_mass, -pz / sun_mass

local function advance()
  for i = 1, 4 do
    local a = bodies[i]
    for j = i + 1, 5 do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      local squared = dx * dx + dy * dy + dz * dz
      local size = 0.01 / (squared * math.sqrt(squared))
      local ma, mb = a.mass * size, b.mass * size
      a.vx, a.vy, a.vz = a.vx - dx * mb, a.vy - dy * mb, a.vz - dz * mb
      b.vx, b.vy, b.vz = b.vx + dx * ma, b.vy + dy * ma, b.vz + dz * ma
    end
  end
  for i = 1, 5 do
    local b = bodies[i]
    b.x, b.y, b.z = b.x + 0.01 * b.vx, b.y + 0.01 * b.vy, b.z + 0.01 * b.vz
  end
end

local function energy()
  local sum = 0.0
  for i = 1, 5 do
    local a = bodies[i]
    sum = sum + 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
    for j = i + 1, 5 do
      local b = bodies[j]
      local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
      sum = sum - a.mass * b.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    end
  end
  return sum
end

print(string.format("%.9f", energy()))
for _ = 1, tonumber(arg[1]) do advance() end
print(string.format("%.9f", energy()))
