using AceProxy.Cluster.Connection;
using AceProxy.Engines;
using AceProxy.LiveStreams;

namespace AceProxy.Operations;

/// <summary>
/// A worker is ready while it has an engine to ask and is not about to end. Redis is no condition: without it a worker serves by itself, and
/// if all workers were taken out when Redis goes, nobody would serve at all.
/// </summary>
/// <param name="redis">Null for a worker by itself.</param>
internal sealed class WorkerReadiness(EnginePool engines, Drain drain, IHostApplicationLifetime lifetime, RedisConnection? redis = null) : IReadiness
{
    public IEnumerable<string> Obstacles()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            yield return "the worker is stopping";
        }
        else if (drain.IsDraining)
        {
            yield return "the worker is draining";
        }

        if (engines.Engines.Count == 0)
        {
            yield return "no engine is known";
        }
        else if (!engines.Engines.Any(engine => engine.Health.TakesSessions))
        {
            yield return "no engine takes sessions";
        }
    }

    public IEnumerable<string> Notes() => redis is { IsAway: true } ? ["Redis is away: this worker serves by itself"] : [];
}
