import { PLAN } from './plan-script.ts'

/**
 * `bucket.ts` inside Redis, step by step, on the clock of the server; the whole bucket is one value.
 *
 * KEYS: the bucket. ARGV: max, windowMs, graceMs, the prefix of this replica's ids, what to do, and:
 * `ask` id, channel, weight, caller, waitMs · `claim` id · `leave` id · `back` id · `block` forMs ·
 * `tell` any number of id, channel, weight, caller, agoMs.
 * Gives verdict (or ''), its start and how many starts are left; then id and start of each of this replica's
 * waiters. Starts are in ms from now.
 */
export const BUCKET = `
local max, window, grace, prefix, op = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local packed = redis.call('GET', KEYS[1])
local b = packed and cmsgpack.unpack(packed)
  or { starts = {}, waiting = {}, tags = { now = 0, channels = {}, callers = {} }, blocked = 0, missed = {} }
local tags = b.tags

-- The clock of the server was set back: all that is known moves along, or nobody could start for as long.
local lead = math.max(0, (b.last or now) - now)
b.last = now
if lead > 0 then
  b.blocked = b.blocked - lead
  for _, start in ipairs(b.starts) do start.at = start.at - lead end
  for _, one in ipairs(b.waiting) do one.start, one.latest = one.start - lead, one.latest - lead end
end
${PLAN}
local function starts_since(moment)
  local count = 0
  for _, start in ipairs(b.starts) do if start.at > moment - window then count = count + 1 end end
  return count
end

local function grant(who, at)
  charge(tags, who)
  local place = #b.starts
  while place > 0 and b.starts[place].at > at do place = place - 1 end
  table.insert(b.starts, place + 1, { id = who.id, at = at, channel = who.channel, weight = who.weight })
end

local function record(id, channel, weight, caller, at)
  if at + window + grace <= now then return end
  for _, start in ipairs(b.starts) do if start.id == id then return end end
  grant({ id = id, channel = channel, weight = tonumber(weight), caller = caller }, at)
end

local function may_go_at_once(who)
  if b.blocked > now then return false end
  local due = 0
  for _, one in ipairs(b.waiting) do if one.start <= now then due = due + 1 end end
  if starts_since(now) + due >= max then return false end
  if #b.waiting == 0 then return true end
  local weights, used, all = {}, 0, 0
  for _, start in ipairs(b.starts) do
    weights[start.channel] = start.weight
    if start.channel == who.channel and start.at > now - window then used = used + 1 end
  end
  for _, one in ipairs(b.waiting) do
    if one.channel == who.channel then return false end
    weights[one.channel] = one.weight
  end
  weights[who.channel] = who.weight
  for _, weight in pairs(weights) do all = all + weight end
  return used + 1 <= (max * who.weight) / all
end

local function without(id)
  local left, found = {}, nil
  for _, one in ipairs(b.waiting) do if one.id == id then found = one else table.insert(left, one) end end
  return left, found
end

local function replica_of(id) return string.match(id, '^[^:]*') end

-- A replica that has let a turn go by and was not heard of since is gone, and so are all that wait there.
local function forget_the_dead()
  b.missed[replica_of(prefix)] = nil
  for _, one in ipairs(b.waiting) do
    local replica = replica_of(one.id)
    if one.start + grace < now and replica ~= replica_of(prefix) then
      b.missed[replica] = math.min(b.missed[replica] or one.start, one.start)
    end
  end
  if next(b.missed) == nil then return end
  local waiting = {}
  for _, one in ipairs(b.waiting) do
    local missed = b.missed[replica_of(one.id)]
    if not missed or missed + 5 * grace >= now then table.insert(waiting, one) end
  end
  for replica, missed in pairs(b.missed) do if missed + 5 * grace < now then b.missed[replica] = nil end end
  if #waiting < #b.waiting then replan(waiting) end
end

local function forget_old()
  local starts, waiting, waits = {}, {}, {}
  for _, start in ipairs(b.starts) do if start.at + window + grace > now then table.insert(starts, start) end end
  b.starts = starts
  forget_the_dead()
  for _, one in ipairs(b.waiting) do
    if one.start + grace >= now then table.insert(waiting, one) waits[one.channel] = true end
  end
  b.waiting = waiting
  for channel, ends in pairs(tags.channels) do
    if ends <= tags.now and not waits[channel] then tags.channels[channel] = nil tags.callers[channel] = nil end
  end
end

local function ask(id, channel, weight, caller, wait)
  local who = { id = id, channel = channel, weight = tonumber(weight), caller = caller }
  if may_go_at_once(who) then
    grant(who, now)
    replan(b.waiting)
    return 'go', now
  end
  who.latest = now + tonumber(wait)
  local waiting = b.waiting
  waiting[#waiting + 1] = who
  local plan = planned(waiting)
  local start = plan[#plan]
  if start > who.latest then waiting[#waiting] = nil return 'late', start end
  for place, one in ipairs(waiting) do one.start = plan[place] end
  return 'wait', start
end

local function claim(id)
  local left, one = without(id)
  if not one then return '', now end
  local due, start = 0, one.start
  for _, other in ipairs(left) do if other.start <= start then due = due + 1 end end
  if start <= now and b.blocked <= now and starts_since(start) + due < max then
    b.waiting = left
    grant(one, start)
    return 'go', start
  end
  one.start = nil
  replan(b.waiting)
  if one.start <= one.latest then return 'wait', one.start end
  replan(left)
  return 'late', one.start
end

forget_old()
local verdict, start = '', now
if op == 'ask' then verdict, start = ask(ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10])
elseif op == 'claim' then verdict, start = claim(ARGV[6])
elseif op == 'leave' then replan((without(ARGV[6])))
elseif op == 'back' then
  local used = {}
  for _, one in ipairs(b.starts) do if one.id ~= ARGV[6] then table.insert(used, one) end end
  b.starts = used
  replan(b.waiting)
elseif op == 'tell' then
  for i = 6, #ARGV, 5 do record(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], now - tonumber(ARGV[i + 4])) end
  replan(b.waiting)
elseif op == 'block' then
  b.blocked = math.max(b.blocked, now + tonumber(ARGV[6]))
  for _, one in ipairs(b.waiting) do one.start = math.max(one.start, b.blocked) end
  replan(b.waiting)
end

local last = math.max(now, b.blocked)
local answer = { verdict, start - now, math.max(0, max - starts_since(now)) }
for _, one in ipairs(b.waiting) do
  last = math.max(last, one.start)
  if string.sub(one.id, 1, #prefix) == prefix then
    table.insert(answer, one.id)
    table.insert(answer, one.start - now)
  end
end
redis.call('SET', KEYS[1], cmsgpack.pack(b), 'PX', math.ceil(last - now + window + grace))
return answer
`
