//! What Redis does as one step. KEYS[1] is the lease, KEYS[2] the last token; ARGV[1] names the node.
//!
//! A lease is the text `node:token`. Tokens only rise: they are at least the microseconds of Redis's own clock, so that they go on
//! rising when it starts empty.

/// Takes the lease where it is free, or has this node's name from a term that it has given up. ARGV[2]: milliseconds. Answers the
/// token, and nothing where another node holds it.
pub const TAKE: &str = "
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1] + 1) ~= ARGV[1] .. ':' then return false end
local now = redis.call('TIME')
local token = math.max(now[1] * 1000000 + now[2], tonumber(redis.call('GET', KEYS[2]) or '0') + 1)
local text = string.format('%.0f', token)
redis.call('SET', KEYS[2], text)
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. text, 'PX', ARGV[2])
return text
";

/// Renews the lease of a term. ARGV[2]: milliseconds; ARGV[3]: the token. A Redis that started empty meanwhile gives it back: nobody else
/// takes it of a Redis that young. Answers 1, or 0 where it is another's.
pub const RENEW: &str = "
local mine = ARGV[1] .. ':' .. ARGV[3]
local held = redis.call('GET', KEYS[1])
if held and held ~= mine then return 0 end
if not held and tonumber(redis.call('GET', KEYS[2]) or '0') > tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], mine, 'PX', ARGV[2])
return 1
";

/// Releases the lease of a term. ARGV[2]: the token. ARGV[3]: where to say that it is free, and what.
pub const RELEASE: &str = "
if redis.call('GET', KEYS[1]) ~= ARGV[1] .. ':' .. ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
";

/// Publishes what the holder of a term says. ARGV[2]: the token; ARGV[3], ARGV[4]: where and what. Answers 1, or 0 where the term is over.
pub const SAY: &str = "
if redis.call('GET', KEYS[1]) ~= ARGV[1] .. ':' .. ARGV[2] then return 0 end
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1
";
