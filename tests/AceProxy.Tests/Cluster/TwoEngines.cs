using AceProxy.EngineSimulator;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Cluster;

/// <summary>Two engines that have the same content, packet for packet, and ten seconds of it for whoever comes.</summary>
internal sealed class TwoEngines : IAsyncDisposable
{
    private readonly SimulatedEngine[] _engines;

    private TwoEngines(SimulatedEngine[] engines) => _engines = engines;

    public static string Infohash { get; } = Contents.Stamped().Infohash;

    public string First => _engines[0].EndPoint.ToString();

    public string Second => _engines[1].EndPoint.ToString();

    public string Both => $"{First},{Second}";

    public int OpenSessions => _engines.Sum(engine => engine.OpenSessionCount);

    public long SessionsOpened => _engines.Sum(engine => engine.SessionsOpened);

    public static async Task<TwoEngines> StartAsync()
    {
        var engines = new TwoEngines([await SimulatedEngine.StartAsync(), await SimulatedEngine.StartAsync()]);
        foreach (SimulatedEngine engine in engines._engines)
        {
            engine.Add(Contents.Stamped() with { Burst = TimeSpan.FromSeconds(10) });
        }

        return engines;
    }

    /// <summary>It loses its sessions, and nobody is let in any more.</summary>
    /// <param name="engine">0 or 1.</param>
    public void End(int engine)
    {
        _engines[engine].Refuse(true);
        _engines[engine].Restart();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedEngine engine in _engines)
        {
            await engine.DisposeAsync();
        }
    }
}
