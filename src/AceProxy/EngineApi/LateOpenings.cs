using AceProxy.Content;
using AceProxy.Engines;

namespace AceProxy.EngineApi;

/// <summary>
/// The openings that nobody waits for any more. Whoever wants the same content on the same engine next takes such a call over instead of
/// opening a second session. One whose session is being stopped stays here until it has been. Bounded by the limit on each call.
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

    /// <summary>Nothing is, or will be, open of it that nobody owns.</summary>
    public void Settle(LateOpening opening)
    {
        lock (_gate)
        {
            _openings.Remove(opening);
        }

        opening.Settle();
    }

    /// <summary>From here on the slot of who takes it over counts.</summary>
    public LateOpening? TakeOver(Engine engine, ContentSelector selector, ContentKey key)
    {
        LateOpening? found;
        lock (_gate)
        {
            found = _openings.Find(opening => opening.IsOn(engine, key) && opening.Opens(selector) && opening.TryClaim());
        }

        if (found is not null)
        {
            Settle(found);
        }

        return found;
    }

    /// <summary>Completes when nothing of this content is being opened late on this engine, or stopped there after that.</summary>
    public Task SettledAsync(Engine engine, ContentKey key)
    {
        lock (_gate)
        {
            return Task.WhenAll(_openings.Where(opening => opening.IsOn(engine, key)).Select(opening => opening.Settled));
        }
    }
}
