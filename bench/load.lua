-- For wrk: sends the requests of a file in order, one a line: path, signature, token, body.
local requests, next = {}, 0

function init(args)
  for line in io.lines(args[1]) do
    local path, signature, token, body = line:match("^(%S+)\t(%S+)\t(%S+)\t(.*)$")
    requests[#requests + 1] = wrk.format("POST", path, {
      ["Host"] = args[2],
      ["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8",
      ["X-Twilio-Signature"] = signature,
      ["I-Twilio-Idempotency-Token"] = token,
    }, body)
  end
end

function request()
  next = next + 1
  return requests[(next - 1) % #requests + 1]
end

function done(summary, latency, _)
  io.write(string.format("RESULT %d %d %d %d %f %f\n", summary.requests, summary.duration,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.errors.status, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
