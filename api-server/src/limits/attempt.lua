-- Counts one attempt against several windows, all or none. KEYS: the windows. ARGV: length of a window in
-- milliseconds, then the most attempts of each.
-- Answers { milliseconds to wait }, 0 when the attempt may be made.
for i, key in ipairs(KEYS) do
    if tonumber(redis.call('GET', key) or 0) >= tonumber(ARGV[i + 1]) then
        return { math.max(redis.call('PTTL', key), 1) }
    end
end
for _, key in ipairs(KEYS) do
    if redis.call('INCR', key) == 1 then
        redis.call('PEXPIRE', key, ARGV[1])
    end
end
return { 0 }
