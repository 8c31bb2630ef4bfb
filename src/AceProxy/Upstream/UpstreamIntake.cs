using AceProxy.Buffering;
using AceProxy.Content;
using AceProxy.EngineApi;
using AceProxy.Engines;

namespace AceProxy.Upstream;

/// <summary>What one live stream wants read, and where it goes.</summary>
/// <param name="Ring">The one that <paramref name="Writer"/> writes.</param>
/// <param name="Admit">Asked once per session that was opened: a failure means it is not wanted.</param>
internal sealed record UpstreamIntake(
    ContentRequest Request,
    ChunkRing Ring,
    RingWriter Writer,
    UpstreamProgress Progress,
    Func<ContentSelector, EngineSession, EngineFailure?> Admit)
{
    /// <summary>Engines where another worker may have a session of the content, which a second one there would take from it.</summary>
    public Func<IReadOnlyList<Engine>> Avoided { get; init; } = () => [];
}
