using AceProxy.Engines;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Observation;
using AceProxy.EngineSimulator.Sessions;

namespace AceProxy.Tests.Functional;

/// <summary>What must hold at the engine, and in the proxy, whatever happened before.</summary>
internal static class EngineAudit
{
    public static int Count(this SimulatedEngine engine, EngineEventKind kind) => engine.Events.Count(change => change.Kind == kind);

    public static int RequestsTo(this SimulatedEngine engine, string path) =>
        engine.Requests.Count(request => request.Target.StartsWith(path, StringComparison.Ordinal));

    /// <summary>Waits until an event has occurred more often than it had.</summary>
    public static Task MoreAsync(this SimulatedEngine engine, EngineEventKind kind, int than) =>
        engine.WaitUntilAsync(present => present.Count(kind) > than, SafetyNet.Limit, TestContext.Current.CancellationToken);

    /// <summary>Waits until nothing is left of any stream: no stream, client, memory, place on the engine, session or connection.</summary>
    public static async Task SettledAsync(this RunningProxy proxy, SimulatedEngine engine)
    {
        await proxy.SettledAsync();
        await engine.WaitUntilAsync(
            present => present is { OpenSessionCount: 0, ReaderCount: 0, ConnectionCount: 0 },
            SafetyNet.Limit, TestContext.Current.CancellationToken);
    }

    public static async Task SettledAsync(this RunningProxy proxy)
    {
        EnginePool engines = proxy.Engines;
        await SafetyNet.EventuallyAsync(
            () => proxy.Streams.All().Count == 0 && proxy.Slabs.Rented == 0 && engines.Engines.All(engine => engines.SessionsOn(engine) == 0),
            () => $"{proxy.Streams.All().Count} streams, {proxy.Streams.All().Sum(stream => stream.Clients.Count)} clients, "
                + $"{proxy.Slabs.Rented} slabs and {engines.Engines.Sum(engines.SessionsOn)} places on engines are left");
    }

    /// <summary>By the stop calls, so that it holds over restarts that lose the sessions themselves.</summary>
    public static void AssertEachStoppedOnce(this SimulatedEngine engine)
    {
        int[] stops = [.. engine.StopsBySession()];
        Assert.True(stops.All(count => count == 1) && stops.Length == engine.SessionsOpened,
            $"{engine.SessionsOpened} sessions, stopped [{string.Join(", ", stops)}] times{Environment.NewLine}{engine.DescribeState()}");
    }

    public static void AssertNoneStoppedTwice(this SimulatedEngine engine) => Assert.DoesNotContain(engine.StopsBySession(), count => count > 1);

    public static void AssertNoneLeftOpen(this SimulatedEngine engine) =>
        Assert.DoesNotContain(engine.Sessions, session => session.State == SessionState.Open);

    public static void AssertOneReaderAtATime(this SimulatedEngine engine)
    {
        int readers = 0, most = 0;
        foreach (EngineEvent change in engine.Events)
        {
            readers += change.Kind switch { EngineEventKind.ReaderStarted => 1, EngineEventKind.ReaderEnded => -1, _ => 0 };
            most = Math.Max(most, readers);
        }

        Assert.Equal(1, most);
    }

    private static IEnumerable<int> StopsBySession(this SimulatedEngine engine) => engine.Requests
        .Where(request => request.Target.StartsWith("/ace/cmd/", StringComparison.Ordinal)
            && request.Target.Contains("method=stop", StringComparison.Ordinal))
        .GroupBy(request => request.Target)
        .Select(session => session.Count());
}
