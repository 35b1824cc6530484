/**
 * `bucket.ts` inside Redis, step by step, on the clock of the server; the whole bucket is one value.
 *
 * KEYS: the bucket. ARGV: max, windowMs, graceMs, the prefix of this replica's ids, what to do, and:
 * `ask` id, channel, weight, caller, waitMs · `claim` id · `leave` id · `back` id · `block` forMs.
 * Gives verdict (or ''), its start and how many starts are left; then id and start of each of this replica's
 * waiters. Starts are in ms from now.
 */
export const BUCKET = `
local max, window, grace, prefix, op = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local packed = redis.call('GET', KEYS[1])
local b = packed and cmsgpack.unpack(packed)
  or { starts = {}, waiting = {}, tags = { now = 0, channels = {}, callers = {} }, blocked = 0 }
local tags = b.tags

local function begin_of(t, channel) return math.max(t.now, t.channels[channel] or 0) end

local function charge(t, who)
  t.now = begin_of(t, who.channel)
  t.channels[who.channel] = t.now + 1 / who.weight
  local callers = t.callers[who.channel]
  if not callers then callers = { now = 0, ends = {} } t.callers[who.channel] = callers end
  callers.now = math.max(callers.now, callers.ends[who.caller] or 0)
  callers.ends[who.caller] = callers.now + 1
end

local function copy(value)
  if type(value) ~= 'table' then return value end
  local made = {}
  for k, v in pairs(value) do made[k] = copy(v) end
  return made
end

local function head_of(t, channel, callers)
  local own = t.callers[channel]
  local best, best_begin = math.huge, math.huge
  for caller, queue in pairs(callers) do
    local place = queue.places[queue.next]
    if place then
      local begin = own and math.max(own.now, own.ends[caller] or 0) or 0
      if begin < best_begin or (begin == best_begin and place < best) then best, best_begin = place, begin end
    end
  end
  return best
end

local function in_turn(waiting)
  local future, queues, order = copy(tags), {}, {}
  for place, one in ipairs(waiting) do
    local callers = queues[one.channel] or {}
    queues[one.channel] = callers
    callers[one.caller] = callers[one.caller] or { next = 1, places = {} }
    table.insert(callers[one.caller].places, place)
  end
  for _ = 1, #waiting do
    local best, best_begin = math.huge, math.huge
    for channel, callers in pairs(queues) do
      local place, begin = head_of(future, channel, callers), begin_of(future, channel)
      if place ~= math.huge and (begin < best_begin or (begin == best_begin and place < best)) then
        best, best_begin = place, begin
      end
    end
    local one = waiting[best]
    local queue = queues[one.channel][one.caller]
    queue.next = queue.next + 1
    charge(future, one)
    table.insert(order, best)
  end
  return order
end

local function planned(waiting)
  local taken, plan = {}, {}
  for _, start in ipairs(b.starts) do table.insert(taken, start.at) end
  for _, one in ipairs(waiting) do if one.start and one.start <= now then table.insert(taken, one.start) end end
  table.sort(taken)
  for _, place in ipairs(in_turn(waiting)) do
    local one = copy(waiting[place])
    if not (one.start and one.start <= now) then
      local start = math.max(now, b.blocked)
      if #taken > 0 then start = math.max(start, taken[#taken] + window / max) end
      if #taken >= max then start = math.max(start, taken[#taken - max + 1] + window) end
      one.start = math.ceil(start)
      table.insert(taken, one.start)
    end
    plan[place] = one
  end
  return plan
end

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

local function forget_old()
  local starts, waiting, waits = {}, {}, {}
  for _, start in ipairs(b.starts) do if start.at + window + grace > now then table.insert(starts, start) end end
  for _, one in ipairs(b.waiting) do
    if one.start + grace >= now then table.insert(waiting, one) waits[one.channel] = true end
  end
  b.starts, b.waiting = starts, waiting
  for channel, ends in pairs(copy(tags.channels)) do
    if ends <= tags.now and not waits[channel] then tags.channels[channel] = nil tags.callers[channel] = nil end
  end
end

local function ask(id, channel, weight, caller, wait)
  local who = { id = id, channel = channel, weight = tonumber(weight), caller = caller }
  if may_go_at_once(who) then
    grant(who, now)
    b.waiting = planned(b.waiting)
    return 'go', now
  end
  who.latest = now + tonumber(wait)
  local waiting = copy(b.waiting)
  table.insert(waiting, who)
  waiting = planned(waiting)
  local start = waiting[#waiting].start
  if start > who.latest then return 'late', start end
  b.waiting = waiting
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
  b.waiting = planned(b.waiting)
  local _, again = without(id)
  if again.start <= again.latest then return 'wait', again.start end
  b.waiting = planned((without(id)))
  return 'late', again.start
end

forget_old()
local verdict, start = '', now
if op == 'ask' then verdict, start = ask(ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10])
elseif op == 'claim' then verdict, start = claim(ARGV[6])
elseif op == 'leave' then b.waiting = planned((without(ARGV[6])))
elseif op == 'back' then
  local used = {}
  for _, one in ipairs(b.starts) do if one.id ~= ARGV[6] then table.insert(used, one) end end
  b.starts = used
  b.waiting = planned(b.waiting)
elseif op == 'block' then
  b.blocked = math.max(b.blocked, now + tonumber(ARGV[6]))
  for _, one in ipairs(b.waiting) do one.start = math.max(one.start, b.blocked) end
  b.waiting = planned(b.waiting)
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
