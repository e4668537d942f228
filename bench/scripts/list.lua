-- Lists 20 versions of a function, of FUNCTIONS ones in turn, each the STEP-th after the last.
local functions = tonumber(os.getenv("FUNCTIONS"))
local step = tonumber(os.getenv("STEP"))
local project = os.getenv("PROJECT")
local headers = { ["X-Auth-Token"] = os.getenv("TOKEN") }
local requests = {}
local turn = 0

function init()
  for number = 0, functions - 1 do
    local path = "/v2/" .. project .. "/fgs/functions/urn:fss:bench-1:" .. project
      .. ":function:default:f" .. number * step .. "/versions?marker=0&maxitems=20"
    requests[number] = wrk.format("GET", path, headers)
  end
end

function request()
  turn = (turn + 1) % functions
  return requests[turn]
end
