using AceProxy.Content;
using AceProxy.Engines;

namespace AceProxy.EngineApi;

/// <summary>
/// The openings that nobody waits for any more. Whoever wants the same content on the same engine next takes such a call over instead of
/// opening a second session; whoever takes it out of here has to deal with its reply. Bounded by the limit on each call.
/// </summary>
internal sealed class LateOpenings
{
    private readonly Lock _gate = new();
    private readonly List<LateOpening> _openings = [];

    public void Add(LateOpening opening)
    {
        lock (_gate)
        {
            _openings.Add(opening);
        }
    }

    /// <summary>False when somebody has taken it over.</summary>
    public bool Remove(LateOpening opening)
    {
        lock (_gate)
        {
            return _openings.Remove(opening);
        }
    }

    public LateOpening? TakeOver(Engine engine, ContentSelector selector, ContentKey key)
    {
        lock (_gate)
        {
            LateOpening? found = _openings.Find(opening => opening.IsOn(engine, key) && opening.Opens(selector));
            if (found is not null)
            {
                _openings.Remove(found);
            }

            return found;
        }
    }

    /// <summary>Completes when nothing of this content is being opened late on this engine.</summary>
    public Task SettledAsync(Engine engine, ContentKey key)
    {
        lock (_gate)
        {
            return Task.WhenAll(_openings.Where(opening => opening.IsOn(engine, key)).Select(opening => opening.Settled));
        }
    }
}
