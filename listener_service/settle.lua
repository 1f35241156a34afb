-- Settles one utterance: at most once, and its events never before those of the utterances before it.
--
-- The function `append` stands before this text (contract/event_log.py).
-- KEYS: session, events, channel, ledger, early, counts, latencies, told
-- ARGV: utterance id, JSON list of event texts, when it was heard, now (seconds), result channel,
--       how many utterances can still be corrected
-- Answers 'gone', 'double', or how many events were released by this call, and the ids of segments
-- that were to be corrected but are not among the told ones.
local session, events, channel, ledger, early, counts, latencies, told = unpack(KEYS)
local id = tonumber(ARGV[1])

if redis.call('EXISTS', session) == 0 then return 'gone' end
local settled = tonumber(redis.call('HGET', session, 'settled') or '0')
if id <= settled or redis.call('HDEL', ledger, id) == 0 then return 'double' end
redis.call('HSET', early, id, cjson.encode({ heard = ARGV[3], texts = cjson.decode(ARGV[2]) }))

-- What a segment counts for: told[utterance id] is a JSON object of these by segment id.
local function share(event)
  return {
    speaker_id = event.speaker_id,
    speaker = event.speaker,
    words = #event.words,
    seconds = string.format('%.3f', event['end'] - event.start),
    sentiment = event.sentiment.label,
  }
end

local COUNTED = { 'segments', 'words', 'speech_seconds', 'positive', 'negative', 'neutral' }

-- Adds a segment to its speaker's counts, or takes it away; nothing is left of a speaker of none.
local function count(segment, sign)
  local who = 'none'
  if segment.speaker_id ~= cjson.null then who = string.format('%d', segment.speaker_id) end
  local function add(what, n)
    return redis.call('HINCRBYFLOAT', counts, who .. ':' .. what, sign * n)
  end
  local segments = add('segments', 1)
  add('words', segment.words)
  add('speech_seconds', segment.seconds)
  add(segment.sentiment, 1)
  if segments == '0' then
    for _, what in ipairs(COUNTED) do redis.call('HDEL', counts, who .. ':' .. what) end
    redis.call('HDEL', counts, who .. ':speaker')
  elseif sign > 0 and segment.speaker ~= cjson.null then
    redis.call('HSET', counts, who .. ':speaker', segment.speaker)
  end
end

local function remember(event, segment)
  local utterance = string.format('%d', event.utterance_id)
  local segments = cjson.decode(redis.call('HGET', told, utterance) or '{}')
  segments[event.segment_id] = segment
  redis.call('HSET', told, utterance, cjson.encode(segments))
  if redis.call('HLEN', told) > tonumber(ARGV[6]) then
    local oldest = math.huge
    for _, known in ipairs(redis.call('HKEYS', told)) do
      oldest = math.min(oldest, tonumber(known))
    end
    redis.call('HDEL', told, oldest)
  end
end

-- Gives segments to another speaker; answers those for which that was news, and those unknown.
local function correct(event)
  local moved, unknown = {}, {}
  for _, segment_id in ipairs(event.segment_ids) do
    local utterance = string.match(segment_id, '^%d+') or ''
    local segments = cjson.decode(redis.call('HGET', told, utterance) or '{}')
    local segment = segments[segment_id]
    if not segment then
      unknown[#unknown + 1] = segment_id
    elseif segment.speaker_id ~= event.speaker_id or segment.speaker ~= event.speaker then
      count(segment, -1)
      segment.speaker_id, segment.speaker = event.speaker_id, event.speaker
      count(segment, 1)
      redis.call('HSET', told, utterance, cjson.encode(segments))
      moved[#moved + 1] = segment_id
    end
  end
  return moved, unknown
end

local function note_latency(heard)
  redis.call('LPUSH', latencies, string.format('%.1f', (tonumber(ARGV[4]) - tonumber(heard)) * 1000))
  redis.call('LTRIM', latencies, 0, 199)
end

local released, dropped = 0, {}
local function release(text, heard)
  local event = cjson.decode(text)
  if event.type == 'speaker_updated' then
    local moved, unknown = correct(event)
    for _, segment_id in ipairs(unknown) do dropped[#dropped + 1] = segment_id end
    if #moved == 0 then return end
    event.segment_ids = moved
    text = cjson.encode(event)
  end
  local stored = append(session, events, channel, text)
  released = released + 1
  if event.type == 'transcription' then
    local segment = share(event)
    count(segment, 1)
    remember(event, segment)
    note_latency(heard)
    redis.call('PUBLISH', ARGV[5], stored)
  end
end

while true do
  local waiting = redis.call('HGET', early, settled + 1)
  if not waiting then break end
  settled = settled + 1
  redis.call('HDEL', early, settled)
  local item = cjson.decode(waiting)
  for _, text in ipairs(item.texts) do release(text, item.heard) end
end
redis.call('HSET', session, 'settled', settled)
local ttl = redis.call('PTTL', session)
for _, key in ipairs({ early, counts, latencies, told }) do redis.call('PEXPIRE', key, ttl) end
redis.call('PUBLISH', channel, '')
return { released, dropped }
