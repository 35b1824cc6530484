/** The part of `bucket-script.ts` that says in which order, and when, those start who wait: `turns.ts` in Lua. */
export const PLAN = `
local function begin_of(t, channel) return math.max(t.now, t.channels[channel] or 0) end

local function charge(t, who)
  t.now = begin_of(t, who.channel)
  t.channels[who.channel] = t.now + 1 / who.weight
  local callers = t.callers[who.channel]
  if not callers then callers = { now = 0, ends = {} } t.callers[who.channel] = callers end
  callers.now = math.max(callers.now, callers.ends[who.caller] or 0)
  callers.ends[who.caller] = callers.now + 1
end

local function sort(places, begins)
  local level = true
  for i = 2, #places do level = level and begins[places[i - 1]] <= begins[places[i]] and places[i - 1] < places[i] end
  if level then return end
  table.sort(places, function(one, other)
    return begins[one] < begins[other] or (begins[one] == begins[other] and one < other)
  end)
end

local function begins_among_callers(waiting)
  local following, begins = {}, {}
  for place, one in ipairs(waiting) do
    local own = tags.callers[one.channel]
    local of_channel = following[one.channel] or {}
    following[one.channel] = of_channel
    local begin = of_channel[one.caller] or (own and math.max(own.now, own.ends[one.caller] or 0) or 0)
    of_channel[one.caller] = begin + 1
    begins[place] = begin
  end
  return begins
end

local function in_turn(waiting)
  local among_callers, places, begins, order = begins_among_callers(waiting), {}, {}, {}
  for place, one in ipairs(waiting) do
    local own = places[one.channel]
    if own then own[#own + 1] = place else places[one.channel] = { place } end
    order[place] = place
  end
  for channel, own in pairs(places) do
    local begin = begin_of(tags, channel)
    sort(own, among_callers)
    for _, place in ipairs(own) do
      begins[place] = begin
      begin = begin + 1 / waiting[place].weight
    end
  end
  sort(order, begins)
  return order
end

local function planned(waiting)
  local taken, plan = {}, {}
  for i, start in ipairs(b.starts) do taken[i] = start.at end
  for place, one in ipairs(waiting) do
    if one.start and one.start <= now then taken[#taken + 1] = one.start plan[place] = one.start end
  end
  table.sort(taken)
  local count, free = #taken, math.max(now, b.blocked)
  for _, place in ipairs(in_turn(waiting)) do
    if not plan[place] then
      local start = free
      if count > 0 then start = math.max(start, taken[count] + window / max) end
      if count >= max then start = math.max(start, taken[count - max + 1] + window) end
      count = count + 1
      taken[count] = math.ceil(start)
      plan[place] = taken[count]
    end
  end
  return plan
end

local function replan(waiting)
  for place, start in ipairs(planned(waiting)) do waiting[place].start = start end
  b.waiting = waiting
end
`
