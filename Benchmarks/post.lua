-- A script for wrk that posts a file repeatedly, and prints the result as a line of JSON.
-- Arguments: the file, and the value of the Connection header.
function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    wrk.method = "POST"
    wrk.body = file:read("*a")
    file:close()
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["Connection"] = arguments[2]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(
        string.format(
            '{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"errors":%d}\n',
            summary.requests,
            summary.duration,
            latency:percentile(50),
            latency:percentile(99),
            errors.connect + errors.read + errors.write + errors.status + errors.timeout
        )
    )
end
