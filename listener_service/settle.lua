-- Settles one utterance: at most once, and its events never before those of the utterances before it.
--
-- The function `append` stands before this text (contract/event_log.py).
-- KEYS: session, events, channel, ledger, early, counts, latencies, told, turns, totals, day
-- ARGV: utterance id, JSON list of event texts, when it was heard, now (seconds), result channel,
--       how many utterances can still be corrected, JSON object of what to add to totals and day,
--       how long a day is kept (seconds)
-- Answers 'gone', 'double', or how many events were released by this call, and the ids of segments
-- that were to be corrected but are not among the told ones.
local session, events, channel, ledger, early, counts, latencies, told, turns, totals, day = unpack(KEYS)
local id = tonumber(ARGV[1])

if redis.call('EXISTS', session) == 0 then return 'gone' end
local settled = tonumber(redis.call('HGET', session, 'settled') or '0')
if id <= settled or redis.call('HDEL', ledger, id) == 0 then return 'double' end
for name, n in pairs(cjson.decode(ARGV[7])) do
  redis.call('HINCRBY', totals, name, n)
  redis.call('HINCRBY', day, name, n)
end
redis.call('EXPIRE', day, ARGV[8])
redis.call('HSET', early, id, cjson.encode({ heard = ARGV[3], texts = cjson.decode(ARGV[2]) }))

-- What a segment counts for: told[utterance id] is a JSON object of these by segment id.
local function share(event)
  return {
    speaker_id = event.speaker_id,
    speaker = event.speaker,
    words = #event.words,
    seconds = string.format('%.3f', event['end'] - event.start),
    start = event.start,
    ['end'] = event['end'],
    sentiment = event.sentiment.label,
  }
end

local function who_of(segment)
  if segment.speaker_id == cjson.null then return 'none' end
  return string.format('%d', segment.speaker_id)
end

-- Turn-taking (contract/statistics.py says what the numbers mean), as it was before the told
-- segments, which a correction may still give to others, and as it is now.
local PAUSE_S, BREATH_S, BACK_S, RECENT = 5, 0.1, 1, 20
local SIGN = { positive = '+', negative = '-', neutral = '0' }
local NEW = '{"longest":{},"interruptions":{},"recent":{},"floor":null}'
local before = cjson.decode(redis.call('HGET', turns, 'before') or NEW)
local now = cjson.decode(redis.call('HGET', turns, 'now') or NEW)

local function take_turn(state, segment)
  local who, floor = who_of(segment), state.floor
  if floor == cjson.null or segment.start < floor['end'] - BACK_S then floor = nil end
  local gap = floor and segment.start - floor['end']
  if floor and floor.who == who and gap < PAUSE_S then
    floor['end'] = math.max(floor['end'], segment['end'])
  else
    if floor and floor.who ~= who and floor.who ~= 'none' and who ~= 'none' and gap < BREATH_S then
      state.interruptions[who] = (state.interruptions[who] or 0) + 1
    end
    floor = { who = who, start = segment.start, ['end'] = segment['end'] }
  end
  state.floor = floor
  state.longest[who] = math.max(state.longest[who] or 0, floor['end'] - floor.start)
  for _, name in ipairs({ who, 'all' }) do
    local felt = (state.recent[name] or '') .. SIGN[segment.sentiment]
    state.recent[name] = string.sub(felt, -RECENT)
  end
end

local function take_turns(state, utterance)
  local segments, numbers = cjson.decode(redis.call('HGET', told, utterance)), {}
  for segment_id in pairs(segments) do
    numbers[#numbers + 1] = tonumber(string.match(segment_id, '%d+$'))
  end
  table.sort(numbers)
  for _, number in ipairs(numbers) do
    take_turn(state, segments[string.format('%s.%d', utterance, number)])
  end
end

local function told_utterances()
  local numbers = {}
  for _, known in ipairs(redis.call('HKEYS', told)) do numbers[#numbers + 1] = tonumber(known) end
  table.sort(numbers)
  return numbers
end

local COUNTED = { 'segments', 'words', 'speech_seconds', 'positive', 'negative', 'neutral' }

-- Adds a segment to its speaker's counts, or takes it away; nothing is left of a speaker of none.
local function count(segment, sign)
  local who = who_of(segment)
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
    local oldest = string.format('%d', told_utterances()[1])
    take_turns(before, oldest)
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
  if #moved > 0 then
    now = cjson.decode(cjson.encode(before))
    for _, known in ipairs(told_utterances()) do take_turns(now, string.format('%d', known)) end
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
    take_turn(now, segment)
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
redis.call('HSET', turns, 'before', cjson.encode(before), 'now', cjson.encode(now))
local ttl = redis.call('PTTL', session)
for _, key in ipairs({ early, counts, latencies, told, turns }) do redis.call('PEXPIRE', key, ttl) end
redis.call('PUBLISH', channel, '')
return { released, dropped }
