// Specs here run real processes by real clocks, on machines that others may load. In CI a failure counts when it
// comes twice; the first one is printed, so that it can be mended all the same.
if (process.env['CI']) jest.retryTimes(1, { logErrorsBeforeRetry: true, waitBeforeRetry: 1_000 })
