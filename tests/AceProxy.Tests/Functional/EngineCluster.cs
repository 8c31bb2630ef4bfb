using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.EngineSimulator.Observation;

namespace AceProxy.Tests.Functional;

/// <summary>Several engines that know the same contents; the first ones are forwarded.</summary>
internal sealed class EngineCluster : IAsyncDisposable
{
    private readonly int _forwarded;

    private EngineCluster(SimulatedEngine[] engines, int forwarded) => (Engines, _forwarded) = (engines, forwarded);

    public SimulatedEngine[] Engines { get; }

    /// <summary>For <c>ENGINES</c>.</summary>
    public string Setting => string.Join(
        ',', Engines.Select((engine, number) => number < _forwarded ? $"{engine.EndPoint};forwarded" : engine.EndPoint.ToString()));

    /// <summary>Sessions open now, engine by engine, as the engines count them.</summary>
    public string Open => string.Join(' ', Engines.Select(engine => engine.OpenSessionCount));

    public static async Task<EngineCluster> StartAsync(int engines, int forwarded) =>
        new(await Task.WhenAll(Enumerable.Range(0, engines).Select(_ => SimulatedEngine.StartAsync())), forwarded);

    public void Add(ContentScript script)
    {
        foreach (SimulatedEngine engine in Engines)
        {
            engine.Add(script);
        }
    }

    public SimulatedContent Content(int engine, ContentScript script) =>
        Engines[engine].Contents.Single(content => content.Infohash == script.Infohash);

    /// <summary>The most sessions that were open at once on any engine, from its own record of everything that happened to it.</summary>
    public int MostAtOnce() => Engines.Max(engine =>
    {
        Assert.InRange(engine.Events.Count, 0, 9_999); // the record has not lost its beginning
        int open = 0, most = 0;
        foreach (EngineEvent change in engine.Events)
        {
            open += change.Kind switch
            {
                EngineEventKind.SessionOpened => 1,
                EngineEventKind.SessionStopped or EngineEventKind.SessionSuperseded or EngineEventKind.SessionExpired => -1,
                _ => 0,
            };
            most = Math.Max(most, open);
        }

        return most;
    });

    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedEngine engine in Engines)
        {
            await engine.DisposeAsync();
        }
    }
}
