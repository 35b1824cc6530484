/*
 * What must happen in Redis as one step. KEYS of all three: head, records, changes.
 * `head` also counts the records: a server that evicts keys takes the records first, since nobody reads
 * them between two starts, and an empty directory would then look like one that was never filled.
 */

/** ARGV: an epoch for a new store. Gives epoch and revision, or nothing when the store is damaged. */
export const PREPARE = `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'records')
if head[1] and head[2] then
  if (tonumber(head[3]) or 0) > 0 and redis.call('EXISTS', KEYS[2]) == 0 then return {} end
  return { head[1], head[2] }
end
if redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3]) > 0 then return {} end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'revision', '0', 'records', '0')
return { ARGV[1], '0' }
`

/**
 * ARGV: epoch, revision, target, 1 when deleted, sealed, how many changes to keep.
 * XADD stands first: a script is not undone when a later command fails, and this one can.
 */
export const COMMIT = `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'records')
if head[1] ~= ARGV[1] then return 'replaced' end
if (tonumber(head[3]) or 0) > 0 and redis.call('EXISTS', KEYS[2]) == 0 then return 'replaced' end
if tonumber(head[2]) ~= tonumber(ARGV[2]) - 1 then return 'moved' end
redis.call('XADD', KEYS[3], 'MAXLEN', '=', ARGV[6], ARGV[2] .. '-0',
  'target', ARGV[3], 'deleted', ARGV[4], 'sealed', ARGV[5])
if ARGV[4] == '1' then
  redis.call('HDEL', KEYS[2], ARGV[3])
else
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[2] .. ' ' .. ARGV[5])
end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'records', redis.call('HLEN', KEYS[2]))
return 'committed'
`

/** ARGV: the last applied revision. Gives epoch, revision, and the id of the next change, if there is one. */
export const LOOK = `
local head = redis.call('HMGET', KEYS[1], 'epoch', 'revision')
local after = redis.call('XRANGE', KEYS[3], ARGV[1] .. '-1', '+', 'COUNT', 1)
return { head[1], head[2], after[1] and after[1][1] or false }
`
