/*
 * What must happen in Redis as one step.
 * `head` also counts the records: a server that evicts keys takes the records first, since nobody reads
 * them between two starts, and an empty directory would then look like one that was never filled.
 */

/**
 * KEYS: head, records, changes. ARGV: an epoch for a new store, or nothing where one is expected.
 * Gives epoch, revision, the last change's mark, the deed and how many records there are, or nothing when the store
 * is damaged or not there.
 */
export const PREPARE = `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'records', 'mark', 'deed')
if head[1] and head[2] then
  if (tonumber(head[3]) or 0) > 0 and redis.call('EXISTS', KEYS[2]) == 0 then return {} end
  return { head[1], head[2], head[4] or '', head[5] or '', head[3] or '0' }
end
if ARGV[1] == '' or redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3]) > 0 then return {} end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'revision', '0', 'records', '0')
return { ARGV[1], '0', '' }
`

/**
 * KEYS: head, records, changes. ARGV: epoch, revision, target, 1 when deleted, sealed, how many changes to keep, and
 * the change's mark: by it a follower knows the change it has applied from another that was given the same number.
 * XADD stands first: a script is not undone when a later command fails, and this one can.
 */
export const COMMIT = `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'records')
if head[1] ~= ARGV[1] then return 'replaced' end
if (tonumber(head[3]) or 0) > 0 and redis.call('EXISTS', KEYS[2]) == 0 then return 'replaced' end
if tonumber(head[2]) ~= tonumber(ARGV[2]) - 1 then return 'moved' end
redis.call('XADD', KEYS[3], 'MAXLEN', '=', ARGV[6], ARGV[2] .. '-0',
  'target', ARGV[3], 'deleted', ARGV[4], 'mark', ARGV[7], 'sealed', ARGV[5])
if ARGV[4] == '1' then
  redis.call('HDEL', KEYS[2], ARGV[3])
else
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[2] .. ' ' .. ARGV[5])
end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'mark', ARGV[7], 'records', redis.call('HLEN', KEYS[2]))
return 'committed'
`

/**
 * KEYS: head, records, changes. ARGV: the last applied revision.
 * Gives epoch, revision, the id of the next change if there is one, the deed if there is one, and the mark of the
 * last applied change, if the store still has it; or nothing when the records are gone.
 */
export const LOOK = `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'deed', 'mark', 'records')
if (tonumber(head[5]) or 0) > 0 and redis.call('EXISTS', KEYS[2]) == 0 then return {} end
local after = redis.call('XRANGE', KEYS[3], ARGV[1] .. '-1', '+', 'COUNT', 1)
local mark = false
if head[2] == ARGV[1] then mark = head[4] end
for _, entry in ipairs(redis.call('XRANGE', KEYS[3], ARGV[1] .. '-0', ARGV[1] .. '-0')) do
  for i = 1, #entry[2], 2 do if entry[2][i] == 'mark' then mark = entry[2][i + 1] end end
end
return { head[1], head[2], after[1] and after[1][1] or false, head[3], mark }
`

/** KEYS: records. ARGV: in threes a target, its value, and the value to put in its place if it is still that. */
export const RESEAL_RECORDS = `
for i = 1, #ARGV, 3 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
  end
end
return 'done'
`

/**
 * KEYS: a copy of the stream in the making, and the stream. ARGV: how long an abandoned copy stays, in ms; the
 * revision up to which it should have everything; then in pairs an id and its new seal. What it has already, from a
 * try that was broken off, is passed over. `gone`: it is not that far, as another rotation has used it up.
 */
export const COPY_CHANGES = `
local found = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local last = found and tonumber(string.match(found[1], '^%d+')) or 0
if last < tonumber(ARGV[2]) then return 'gone' end
for i = 3, #ARGV, 2 do
  local entry = redis.call('XRANGE', KEYS[2], ARGV[i], ARGV[i])[1]
  local revision = tonumber(string.match(ARGV[i], '^%d+'))
  if entry and last < revision then
    local fields = entry[2]
    for f = 1, #fields, 2 do if fields[f] == 'sealed' then fields[f + 1] = ARGV[i + 1] end end
    redis.call('XADD', KEYS[1], ARGV[i], unpack(fields))
    last = revision
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 'done'
`

/**
 * KEYS: head, changes, the copy. ARGV: epoch, the last revision that was copied, how many more may be copied here.
 * Puts the copy in the stream's place, with what was committed since: else it would never be done while others keep
 * writing. `behind`: that is too much for one step. `gone`: the copy is not what it should be.
 */
export const SWAP_CHANGES = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 'replaced' end
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
if not last or last[1] ~= ARGV[2] .. '-0' then return 'gone' end
local since = redis.call('XRANGE', KEYS[2], '(' .. ARGV[2] .. '-0', '+', 'COUNT', ARGV[3] + 1)
if #since > tonumber(ARGV[3]) then return 'behind' end
for _, entry in ipairs(since) do redis.call('XADD', KEYS[3], entry[1], unpack(entry[2])) end
redis.call('PERSIST', KEYS[3])
redis.call('RENAME', KEYS[3], KEYS[2])
return 'done'
`

/**
 * KEYS: head, records, changes, the new records. ARGV: the epoch that was found, the one that was lost, the new
 * one, its revision, how many records there are, the deed. A store of the lost life that has gone on by itself, to
 * the same number or beyond, holds changes that would be lost: it counts as occupied, unless its records are gone.
 */
export const RESEED = `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'records', 'revision')
if (head[1] or '') ~= ARGV[1] then return 'occupied' end
if head[1] and head[1] ~= ARGV[2] and (tonumber(head[2]) or 0) > 0 then return 'occupied' end
local isWhole = (tonumber(head[2]) or 0) == 0 or redis.call('EXISTS', KEYS[2]) == 1
if head[1] == ARGV[2] and isWhole and (tonumber(head[3]) or 0) >= tonumber(ARGV[4]) then return 'occupied' end
if ARGV[5] ~= '0' and redis.call('EXISTS', KEYS[4]) == 0 then return redis.error_reply('the records are gone') end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
if ARGV[5] ~= '0' then
  redis.call('RENAME', KEYS[4], KEYS[2])
  redis.call('PERSIST', KEYS[2])
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[3], 'revision', ARGV[4], 'records', ARGV[5], 'deed', ARGV[6])
return 'reseeded'
`

/** KEYS: replicas. ARGV: a replica's id, what it says, how long to remember it, in ms. */
export const ANNOUNCE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now) .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 'done'
`

/** KEYS: head, replicas. Gives the store's revision, its clock in ms, and the replicas as a flat list. */
export const REPLICAS = `
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
return { redis.call('HGET', KEYS[1], 'revision'), now, redis.call('HGETALL', KEYS[2]) }
`
