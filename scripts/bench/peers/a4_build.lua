-- Strings made and joined: a text of a million short words.
local function text(words)
  local list = {}
  for k = 0, words - 1 do
    list[k + 1] = "w" .. (k * 7919 + k * k % 10007) % 5000
  end
  return table.concat(list, " ")
end

return function()
  return function() return #text(1000000) end, text
end
