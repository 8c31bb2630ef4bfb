using AceProxy.Engines;

namespace AceProxy.Upstream.Recovery;

/// <summary>The engines that one stream would rather not go to: those that have failed it lately, and <paramref name="anothers"/>.</summary>
/// <param name="anothers">Those that it does not go to at all now, where another worker may be reading it.</param>
internal sealed class AvoidedEngines(TimeSpan period, TimeProvider time, Func<IReadOnlyCollection<Engine>> anothers)
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

                return [.. _since.Keys.Union(Anothers)];
            }
        }
    }

    public IReadOnlyCollection<Engine> Anothers => anothers();

    public void Add(Engine engine)
    {
        lock (_gate)
        {
            _since[engine] = time.GetTimestamp();
        }
    }
}
