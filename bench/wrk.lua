-- The load, for wrk: POSTs one body under many aliases and with many tokens, in turn.
-- Arguments: the file with the tokens (one a line), the file with the body, how many aliases, and the first of them.

local function lines(path)
  local found = {}
  for line in io.lines(path) do found[#found + 1] = line end
  return found
end

local before, after, tokens, aliases, first
local turn = 0

function init(args)
  tokens = lines(args[1])
  aliases = tonumber(args[3])
  first = tonumber(args[4])
  local file = io.open(args[2], "rb")
  local body = file:read("*a")
  file:close()
  before = "POST /channels/line-"
  after = {}
  for i, token in ipairs(tokens) do
    after[i] = "/api/v1/sendTemplateMessage?whatsappNumber=5511988887777 HTTP/1.1\r\nHost: gateway\r\n"
      .. "Authorization: Bearer " .. token .. "\r\nContent-Type: application/json\r\n"
      .. "Content-Length: " .. #body .. "\r\n\r\n" .. body
  end
end

-- A step that shares no divisor with 100,000, so that every alias has its turn and neighbours are far apart.
function request()
  turn = turn + 1
  return before .. (first + turn * 7919 % aliases) .. after[turn % #tokens + 1]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
