-- Takes one attempt back. KEYS: a window that is forgotten, then one that loses this attempt alone.
redis.call('DEL', KEYS[1])
if tonumber(redis.call('GET', KEYS[2]) or 0) > 0 then
    redis.call('DECR', KEYS[2])
end
return { 0 }
