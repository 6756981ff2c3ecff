-- A loop over floating-point numbers: a sawtooth is advanced and summed.
local function sawtooth(steps)
  local height, area = 0.0, 0.0
  for _ = 1, steps do
    height = height + 0.37
    if height > 100.0 then height = height - 100.0 end
    area = area + height
  end
  return area
end

return function()
  return function() return sawtooth(20000000) end
end
