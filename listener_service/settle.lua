-- Settles one utterance: at most once, and its events never before those of the utterances before it.
--
-- The function `append` stands before this text (contract/event_log.py).
-- KEYS: session, events, channel, ledger, early, counts, latencies
-- ARGV: utterance id, JSON list of event texts, when it was heard, now (seconds), result channel
-- Answers 'gone', 'double', or the list of event texts that were released by this call.
local session, events, channel, ledger, early, counts, latencies = unpack(KEYS)
local id = tonumber(ARGV[1])

if redis.call('EXISTS', session) == 0 then return 'gone' end
local settled = tonumber(redis.call('HGET', session, 'settled') or '0')
if id <= settled or redis.call('HDEL', ledger, id) == 0 then return 'double' end
redis.call('HSET', early, id, cjson.encode({ heard = ARGV[3], texts = cjson.decode(ARGV[2]) }))

local function count(event, heard)
  local who = 'none'
  if event.speaker_id ~= cjson.null then who = string.format('%d', event.speaker_id) end
  local function add(what, n) redis.call('HINCRBYFLOAT', counts, who .. ':' .. what, n) end
  add('segments', 1)
  add('words', #event.words)
  add('speech_seconds', string.format('%.3f', event['end'] - event.start))
  add(event.sentiment.label, 1)
  if event.speaker ~= cjson.null then redis.call('HSET', counts, who .. ':speaker', event.speaker) end
  redis.call('LPUSH', latencies, string.format('%.1f', (tonumber(ARGV[4]) - tonumber(heard)) * 1000))
  redis.call('LTRIM', latencies, 0, 199)
end

local released = {}
while true do
  local waiting = redis.call('HGET', early, settled + 1)
  if not waiting then break end
  settled = settled + 1
  redis.call('HDEL', early, settled)
  local item = cjson.decode(waiting)
  for _, text in ipairs(item.texts) do
    local stored = append(session, events, channel, text)
    released[#released + 1] = stored
    local event = cjson.decode(text)
    if event.type == 'transcription' then
      count(event, item.heard)
      redis.call('PUBLISH', ARGV[5], stored)
    end
  end
end
redis.call('HSET', session, 'settled', settled)
local ttl = redis.call('PTTL', session)
for _, key in ipairs({ early, counts, latencies }) do redis.call('PEXPIRE', key, ttl) end
redis.call('PUBLISH', channel, '')
return released
