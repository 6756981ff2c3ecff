-- Runs one workload on request. usage: lua5.4 server.lua WORKLOAD
-- A request is two lines: at `prepare` garbage is collected and `ready` answered, at `go` the workload runs once and
-- one JSON line with its check values is answered. Whoever asks takes the time from `go` to the answer: Lua has no
-- wall clock finer than a second.
-- A workload is a file that returns a function of no arguments; that one makes the inputs and returns the function
-- that does the work and returns its check values.

local folder = arg[0]:match("^(.*)/[^/]*$") or "."
local workload = arg[1]
local work = dofile(folder .. "/" .. workload .. ".lua")()

local function json(value)
  if type(value) == "table" then
    local texts = {}
    for i, item in ipairs(value) do texts[i] = json(item) end
    return "[" .. table.concat(texts, ", ") .. "]"
  end
  return math.type(value) == "integer" and string.format("%d", value) or string.format("%.17g", value)
end

io.stdout:setvbuf("line")
work() -- warm-up
for request in io.lines() do
  if request == "prepare" then
    collectgarbage()
    print("ready")
  elseif request == "go" then
    print(string.format('{"workload": "%s", "check": %s}', workload, json(work())))
  end
end
