/*
 * What must happen in Redis as one step. Each record is a hash of its own:
 *   state   claimed, sending or kept
 *   token   of the one who claimed it
 *   head, body   the fingerprint; body is empty for a form that was not read yet
 *   until   sending: when the lease ends, ms of Redis's own clock
 *   told    set when somebody was told that the outcome is unknown
 *   sealed  kept: the outcome
 * A claim goes away by itself when its lease is over; the rest when it was kept long enough.
 */

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/** KEYS: record. ARGV: token, head, body, lease in ms. Gives the state, and what is known of the first request. */
export const CLAIM = `${NOW}
local found = redis.call('HMGET', KEYS[1], 'state', 'head', 'body', 'until', 'sealed')
if not found[1] then
  redis.call('HSET', KEYS[1], 'state', 'claimed', 'token', ARGV[1], 'head', ARGV[2], 'body', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return { 'claimed' }
end
if found[1] == 'kept' then return { 'kept', found[2], found[3], found[5] } end
if found[1] == 'sending' and tonumber(found[4]) <= now then
  redis.call('HSET', KEYS[1], 'told', '1')
  return { 'unknown', found[2], found[3] }
end
return { 'running', found[2], found[3] }
`

/** KEYS: record. ARGV: token, lease, how long to keep, all in ms. */
export const SEND = `${NOW}
local found = redis.call('HMGET', KEYS[1], 'state', 'token', 'told')
if found[2] ~= ARGV[1] or found[1] == 'kept' or found[3] then return 0 end
redis.call('HSET', KEYS[1], 'state', 'sending', 'until', string.format('%.0f', now + ARGV[2]))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`

/** KEYS: record. ARGV: token, lease in ms. */
export const RENEW = `${NOW}
local found = redis.call('HMGET', KEYS[1], 'state', 'token')
if found[2] ~= ARGV[1] then return 0 end
if found[1] == 'claimed' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if found[1] == 'sending' then
  redis.call('HSET', KEYS[1], 'until', string.format('%.0f', now + ARGV[2]))
end
return 1
`

/** KEYS: record. ARGV: token, head, body, sealed, how long to keep, in ms. A record that got lost is made anew. */
export const KEEP = `
local found = redis.call('HMGET', KEYS[1], 'state', 'token')
if found[1] and (found[2] ~= ARGV[1] or found[1] == 'claimed') then return 0 end
redis.call('HSET', KEYS[1], 'state', 'kept', 'token', ARGV[1], 'head', ARGV[2], 'body', ARGV[3], 'sealed', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
`

/** KEYS: record. ARGV: token. */
export const RELEASE = `
local found = redis.call('HMGET', KEYS[1], 'state', 'token', 'told')
if found[2] ~= ARGV[1] or found[1] == 'kept' or found[3] then return 0 end
redis.call('DEL', KEYS[1])
return 1
`
