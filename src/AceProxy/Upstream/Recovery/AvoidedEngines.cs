using AceProxy.Engines;

namespace AceProxy.Upstream.Recovery;

/// <summary>The engines that have failed one stream lately, which it would rather not try again for a while.</summary>
internal sealed class AvoidedEngines(TimeSpan period, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Engine, long> _since = [];

    /// <summary>A snapshot.</summary>
    public IReadOnlyCollection<Engine> All
    {
        get
        {
            lock (_gate)
            {
                foreach ((Engine engine, long _) in _since.Where(entry => time.GetElapsedTime(entry.Value) >= period).ToArray())
                {
                    _since.Remove(engine);
                }

                return [.. _since.Keys];
            }
        }
    }

    public void Add(Engine engine)
    {
        lock (_gate)
        {
            _since[engine] = time.GetTimestamp();
        }
    }
}
