-- Publishes versions of FUNCTIONS functions in turn, each the STEP-th after the last, under names that
-- begin with ROUND.
local functions = tonumber(os.getenv("FUNCTIONS"))
local step = tonumber(os.getenv("STEP"))
local project = os.getenv("PROJECT")
local round = os.getenv("ROUND")
local headers = {
  ["X-Auth-Token"] = os.getenv("TOKEN"),
  ["Content-Type"] = "application/json",
}
local count = 0

function request()
  count = count + 1
  local path = "/v2/" .. project .. "/fgs/functions/urn:fss:bench-1:" .. project
    .. ":function:default:f" .. (count % functions) * step .. "/versions"
  local body = '{"version":"' .. round .. "-" .. count .. '","description":"Published under load"}'
  return wrk.format("POST", path, headers, body)
end
