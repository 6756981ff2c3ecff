-- Records of numbers, read and updated: the sun and four planets, 200,000 steps.
local sqrt = math.sqrt
local SUN = 4 * math.pi ^ 2 -- mass of the sun in units where its gravitational constant is 1
local YEAR = 365.24 -- days

local function body(position, velocity, mass)
  return {
    x = position[1], y = position[2], z = position[3],
    vx = velocity[1] * YEAR, vy = velocity[2] * YEAR, vz = velocity[3] * YEAR,
    mass = mass * SUN,
  }
end

local function solar_system()
  local bodies = {
    body({ 0, 0, 0 }, { 0, 0, 0 }, 1),
    body({ 4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01 },
      { 1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05 }, 9.54791938424326609e-04),
    body({ 8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01 },
      { -2.76742510726411230e-03, 4.99852801234917238e-03, 2.30417297573763929e-05 }, 2.85885980666130812e-04),
    body({ 1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01 },
      { 2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05 }, 4.36624404335156298e-05),
    body({ 1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01 },
      { 2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05 }, 5.15138902046611451e-05),
  }
  local px, py, pz = 0, 0, 0
  for _, b in ipairs(bodies) do
    px, py, pz = px + b.vx * b.mass, py + b.vy * b.mass, pz + b.vz * b.mass
  end
  local sun = bodies[1]
  sun.vx, sun.vy, sun.vz = -px / SUN, -py / SUN, -pz / SUN
  return bodies
end

local function advance(bodies, dt)
  local n = #bodies
  for i = 1, n do
    local a = bodies[i]
    local x, y, z, mass = a.x, a.y, a.z, a.mass
    local vx, vy, vz = a.vx, a.vy, a.vz
    for j = i + 1, n do
      local b = bodies[j]
      local dx, dy, dz = x - b.x, y - b.y, z - b.z
      local square = dx * dx + dy * dy + dz * dz
      local pull = dt / (square * sqrt(square))
      local towards_b = b.mass * pull
      vx, vy, vz = vx - dx * towards_b, vy - dy * towards_b, vz - dz * towards_b
      local towards_a = mass * pull
      b.vx = b.vx + dx * towards_a
      b.vy = b.vy + dy * towards_a
      b.vz = b.vz + dz * towards_a
    end
    a.vx, a.vy, a.vz = vx, vy, vz
  end
  for i = 1, n do
    local a = bodies[i]
    a.x = a.x + dt * a.vx
    a.y = a.y + dt * a.vy
    a.z = a.z + dt * a.vz
  end
end

local function energy(bodies)
  local total = 0
  for i, a in ipairs(bodies) do
    total = total + 0.5 * a.mass * (a.vx ^ 2 + a.vy ^ 2 + a.vz ^ 2)
    for j = i + 1, #bodies do
      local b = bodies[j]
      total = total - a.mass * b.mass / sqrt((a.x - b.x) ^ 2 + (a.y - b.y) ^ 2 + (a.z - b.z) ^ 2)
    end
  end
  return total
end

return function()
  return function()
    local bodies = solar_system()
    for _ = 1, 200000 do advance(bodies, 0.01) end
    return energy(bodies)
  end
end
