-- One decision of a token bucket. KEYS[1]: the bucket. ARGV: burst, tokens a second.
-- Answers { milliseconds to wait }, 0 when the request may pass.
local burst, pace = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(state[1] or burst) or burst
local at = tonumber(state[2] or now) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * pace / 1000)
local wait = 0
if tokens >= 1 then
    tokens = tokens - 1
else
    wait = math.ceil((1 - tokens) * 1000 / pace)
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / pace) + 1000)
return { wait }
