using AceProxy.EngineApi;

namespace AceProxy.Upstream.Playback;

/// <summary>How one connection to a playback URL ended, in a word and in a sentence, and for how long packets had come: null for none.</summary>
internal sealed record ReadOutcome(ReadEnd End, string Detail, TimeSpan? Flowed = null)
{
    public bool HadData => Flowed is not null;

    public EngineFailure ToFailure() => End switch
    {
        ReadEnd.HeaderTimeout or ReadEnd.Stalled or ReadEnd.Frozen or ReadEnd.Hung => new EngineFailure(EngineFailureKind.TimedOut, Detail),
        ReadEnd.Unreachable or ReadEnd.NoSession => new EngineFailure(EngineFailureKind.Unreachable, Detail),
        ReadEnd.BadResponse or ReadEnd.NotTransportStream => new EngineFailure(EngineFailureKind.BadReply, Detail),
        _ => new EngineFailure(EngineFailureKind.Interrupted, Detail),
    };
}
