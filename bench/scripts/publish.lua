-- Publishes versions of the first FUNCTIONS functions in turn, under names that begin with ROUND.
local functions = tonumber(os.getenv("FUNCTIONS"))
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
    .. ":function:default:f" .. (count % functions) .. "/versions"
  local body = '{"version":"' .. round .. "-" .. count .. '","description":"Published under load"}'
  return wrk.format("POST", path, headers, body)
end
