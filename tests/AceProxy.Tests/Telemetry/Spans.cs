using System.Collections.Concurrent;
using System.Diagnostics;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Telemetry;

/// <summary>The spans of this program, and of requests, that ended in one trace, which began outside.</summary>
internal sealed class Spans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = [];
    private readonly ActivityListener _listener;

    public Spans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("AceProxy.", StringComparison.Ordinal) || source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == Trace ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == Trace)
                {
                    _ended.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public ActivityTraceId Trace { get; } = ActivityTraceId.CreateRandom();

    public ActivitySpanId Outside { get; } = ActivitySpanId.CreateRandom();

    /// <summary>W3C trace context.</summary>
    public string Parent => $"00-{Trace}-{Outside}-01";

    public IReadOnlyList<Activity> All => [.. _ended];

    public Activity Single(string name) => All.Single(span => span.OperationName == name);

    public Task UntilAsync(params string[] names) => SafetyNet.EventuallyAsync(
        () => names.All(name => All.Any(span => span.OperationName == name)), () => string.Join(", ", All.Select(span => span.OperationName)));

    /// <summary>A request for a stream in this trace, up to the response's header.</summary>
    public async Task<HttpResponseMessage> GetAsync(HttpClient proxy, string query)
    {
        using CancellationTokenSource net = SafetyNet.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/ace/getstream?{query}");
        request.Headers.Add("traceparent", Parent);
        return await proxy.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, net.Token);
    }

    public void Dispose() => _listener.Dispose();
}
