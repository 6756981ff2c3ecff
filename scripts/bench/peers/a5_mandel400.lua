-- Arithmetic and branches: iteration counts of the Mandelbrot set on 400 x 400 points.
local function escape(cx, cy, limit)
  local x, y = 0.0, 0.0
  for count = 0, limit - 1 do
    local x2, y2 = x * x, y * y
    if x2 + y2 > 4.0 then return count end
    y = 2.0 * x * y + cy
    x = x2 - y2 + cx
  end
  return limit
end

local function iterations(size, limit)
  local total = 0
  for row = 0, size - 1 do
    local cy = -1.5 + 3.0 * row / size
    for column = 0, size - 1 do
      total = total + escape(-2.0 + 3.0 * column / size, cy, limit)
    end
  end
  return total
end

return function()
  return function() return iterations(400, 200) end
end
